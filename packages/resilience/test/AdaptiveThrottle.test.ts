import { assert, describe, it } from "@effect/vitest"
import { Effect, Random } from "effect"
import { TestClock } from "effect/testing"
import * as AdaptiveThrottle from "../src/AdaptiveThrottle.ts"

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
