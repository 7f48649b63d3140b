import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Random } from "effect"
import { TestClock } from "effect/testing"
import * as AdaptiveThrottle from "../src/AdaptiveThrottle.ts"
import { BulkheadFull } from "../src/Bulkhead.ts"

const run = (throttle: AdaptiveThrottle.AdaptiveThrottle, times: number, accepted: boolean) =>
  Effect.forEach(Array.from({ length: times }), () =>
    Effect.ignore(throttle.execute(accepted ? Effect.void : Effect.fail("overloaded")))
  )

describe("AdaptiveThrottle", () => {
  it.effect("lets all through while most are accepted, refuses more and more when they are not, and forgets", () =>
    Effect.gen(function* () {
      const throttle = yield* AdaptiveThrottle.make("t", { window: "2 minutes" })
      yield* run(throttle, 50, true)
      assert.strictEqual(yield* throttle.probability, 0)
      yield* run(throttle, 150, false)
      const refusing = yield* throttle.probability
      assert.approximately(refusing, 100 / 201, 1e-12)
      const error = yield* throttle.execute(Effect.void).pipe(Effect.flip, Effect.eventually)
      assert.strictEqual(error._tag, "CallThrottled")
      yield* TestClock.adjust("3 minutes")
      assert.strictEqual(yield* throttle.probability, 0)
    }).pipe(Random.withSeed("throttle"))
  )

  it.effect("never refuses more than its bound, so that it notices the recovery", () =>
    Effect.gen(function* () {
      const throttle = yield* AdaptiveThrottle.make("t", { maxRejectionProbability: 0.5 })
      yield* run(throttle, 1000, false)
      assert.strictEqual(yield* throttle.probability, 0.5)
    }).pipe(Random.withSeed("bound"))
  )
})

describe("AdaptiveThrottle's counts", () => {
  const refusing = Effect.gen(function* () {
    const throttle = yield* AdaptiveThrottle.make("t", { multiplier: 1, maxRejectionProbability: 1 })
    yield* run(throttle, 1, false)
    return throttle
  })

  it.effect("what was interrupted or refused further inside is taken back", () =>
    Effect.gen(function* () {
      const throttle = yield* AdaptiveThrottle.make("t", { multiplier: 1, maxRejectionProbability: 1 })
      const under = yield* Effect.forkChild(throttle.execute(Effect.never), { startImmediately: true })
      assert.strictEqual(yield* throttle.probability, 1 / 2)
      yield* Fiber.interrupt(under)
      assert.strictEqual(yield* throttle.probability, 0)
      const full = new BulkheadFull({ name: "x", reason: "queue-full", maxConcurrentCalls: 1, maxQueuedCalls: 0 })
      yield* Effect.exit(throttle.execute(Effect.fail(full)))
      assert.strictEqual(yield* throttle.probability, 0)
    })
  )

  it.effect("refuses by chance with that probability, and a refusal is a request", () =>
    Effect.gen(function* () {
      const throttle = yield* refusing
      const draw = (next: number) =>
        Effect.provideService(Random.Random, { nextDoubleUnsafe: () => next, nextIntUnsafe: () => 0 })
      assert.strictEqual(yield* throttle.probability, 1 / 2)
      yield* draw(0.5)(throttle.execute(Effect.void))
      assert.strictEqual(yield* throttle.probability, 1 / 3)
      const { message, ...error } = yield* Effect.flip(draw(0.3)(throttle.execute(Effect.void)))
      assert.deepInclude(error, { name: "t", probability: 1 / 3 })
      assert.strictEqual(message, "t throttles 33 % of its calls")
      assert.strictEqual(yield* throttle.probability, 2 / 4)
    })
  )

  it.effect("asks no chance while nothing is to be refused", () =>
    Effect.gen(function* () {
      const throttle = yield* AdaptiveThrottle.make("t")
      const never = Effect.provideService(Random.Random, { nextDoubleUnsafe: () => -1, nextIntUnsafe: () => 0 })
      assert.strictEqual(yield* never(throttle.execute(Effect.succeed(1))), 1)
    })
  )

  it.effect("starts anew with another window, and keeps its counts without", () =>
    Effect.gen(function* () {
      let window = Duration.minutes(2)
      const throttle = yield* AdaptiveThrottle.makeWith("t", () => ({
        multiplier: 1,
        maxRejectionProbability: 1,
        window
      }))
      yield* run(throttle, 1, false)
      window = Duration.seconds(120)
      assert.strictEqual(yield* throttle.probability, 1 / 2)
      window = Duration.minutes(3)
      assert.strictEqual(yield* throttle.probability, 0)
    })
  )
})
