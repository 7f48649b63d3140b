import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { RateLimiterOptionsInput } from "../src/RateLimiter.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import * as Resilience from "../src/Resilience.ts"
import { ResiliencePolicyRegistry } from "../src/ResiliencePolicyRegistry.ts"
import { SharedState } from "../src/SharedState.ts"
import * as MetricSeries from "./MetricSeries.ts"

const limit = {
  limitForPeriod: 4,
  limitRefreshPeriod: "1 second",
  timeoutDuration: 0,
  shared: {}
} as const satisfies RateLimiterOptionsInput

/** The policy of one name in two registries that share one state. */
const pair = Effect.fnUntraced(function* (options: RateLimiterOptionsInput = limit) {
  const state = yield* Layer.build(SharedState.layerMemory)
  const node = Layer.build(Layer.fresh(Resilience.layer())).pipe(
    Effect.provideContext(state),
    Effect.flatMap((context) =>
      Context.get(context, ResiliencePolicyRegistry).register("partner", { rateLimit: options })
    )
  )
  return [yield* node, yield* node] as const
})

describe("a shared rate limit", () => {
  it.effect("counts the calls of all nodes, and says when to come back", () =>
    Effect.gen(function* () {
      const [a, b] = yield* pair()
      for (const node of [a, b, a, b]) yield* node.execute(Effect.void)
      const rejected = yield* Effect.flip(b.execute(Effect.void))
      assert.strictEqual(rejected._tag, "RateLimitExceeded")
      assert.strictEqual(Duration.toMillis(rejected.retryAfter), 1000)
      yield* TestClock.adjust("1 second")
      yield* b.execute(Effect.void)
    })
  )

  it.effect("a caller waits as long as it may, for what another node gives free", () =>
    Effect.gen(function* () {
      const [a, b] = yield* pair({ ...limit, timeoutDuration: "2 seconds" })
      for (let i = 0; i < 4; i++) yield* a.execute(Effect.void)
      const waiting = yield* Effect.forkChild(b.execute(Effect.succeed("done")), { startImmediately: true })
      yield* TestClock.adjust("999 millis")
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(waiting), "done")
    })
  )

  it.effect("a caller that gives up has taken nothing", () =>
    Effect.gen(function* () {
      const [a, b] = yield* pair({ ...limit, timeoutDuration: "2 seconds" })
      for (let i = 0; i < 4; i++) yield* a.execute(Effect.void)
      const waiting = yield* Effect.forkChild(b.execute(Effect.void), { startImmediately: true })
      yield* Fiber.interrupt(waiting)
      yield* TestClock.adjust("1 second")
      for (const node of [a, b, a, b]) {
        const call = yield* Effect.forkChild(node.execute(Effect.void), { startImmediately: true })
        assert.isDefined(call.pollUnsafe())
      }
    })
  )

  it.effect("is drained for all", () =>
    Effect.gen(function* () {
      const state = yield* Layer.build(SharedState.layerMemory)
      const make = Effect.provideContext(RateLimiter.make("partner", limit), state)
      const [a, b] = [yield* make, yield* make]
      yield* a.drain
      assert.strictEqual((yield* Effect.flip(b.execute(Effect.void)))._tag, "RateLimitExceeded")
      assert.strictEqual(Duration.toMillis((yield* Effect.flip(b.execute(Effect.void, 5))).retryAfter), Infinity)
      assert.deepStrictEqual(yield* b.snapshot, { available: 0, waiting: 0 })
      assert.deepStrictEqual(yield* MetricSeries.read("resilience4j.ratelimiter.available.permissions", "name"), {
        partner: 0
      })
    }).pipe(MetricSeries.isolated)
  )

  it.effect("cannot be smooth", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(RateLimiter.make("partner", { ...limit, mode: "smooth" }))
      assert.strictEqual(error._tag, "InvalidOptions")
      assert.match(error.message, /smooth/)
    })
  )
})
