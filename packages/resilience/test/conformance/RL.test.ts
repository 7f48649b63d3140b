import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Ref, Schema } from "effect"
import { TestClock } from "effect/testing"
import { consecutiveFailures } from "../../src/CircuitBreakerOptions.ts"
import * as Permits from "../../src/internal/Permits.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as Resilience from "../../src/Resilience.ts"
import { ResiliencePolicyRegistry } from "../../src/ResiliencePolicyRegistry.ts"
import { limiter, limiterEdges } from "./cases/timed.ts"
import { prove } from "./script/prove.ts"

const Amount = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 8 }))

const rejected = <A, E>(self: Effect.Effect<A, E>) => Effect.flip(self)

describe("RL: rate limiter", () => {
  prove(limiter)

  prove(limiterEdges)

  it.effect("RL1 one permit a cycle: the second call of a cycle is refused with the time to the next", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.make("r", {
        limitForPeriod: 1,
        limitRefreshPeriod: "250 millis",
        timeoutDuration: 0
      })
      for (const _ of [0, 250, 500]) {
        yield* limiter.execute(Effect.void)
        const error = yield* rejected(limiter.execute(Effect.void))
        assert.strictEqual(error._tag, "RateLimitExceeded")
        assert.deepStrictEqual(error.retryAfter, Duration.millis(250))
        yield* TestClock.adjust("250 millis")
      }
    })
  )

  it.effect(
    "RL3: reservation: cycle 250, timeout 250: 1st immediate; 2nd granted after 250 with available −1 and waiting 1; a 3rd needing >250 refused (−1)",
    () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter.make("r", {
          limitForPeriod: 1,
          limitRefreshPeriod: "250 millis",
          timeoutDuration: "250 millis"
        })
        yield* limiter.execute(Effect.void)
        const second = yield* Effect.forkChild(limiter.execute(Effect.succeed("second")))
        yield* Effect.yieldNow
        assert.deepStrictEqual(yield* limiter.snapshot, { available: -1, waiting: 1 })
        yield* rejected(limiter.execute(Effect.void))
        assert.deepStrictEqual(yield* limiter.snapshot, { available: -1, waiting: 1 })
        yield* TestClock.adjust("249 millis")
        assert.isUndefined(second.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* Fiber.join(second), "second")
      })
  )

  it.effect.prop(
    "RL6: acquire(n) waits the same as n × acquire(1)",
    [Amount, Amount, Schema.Boolean],
    ([limit, wanted, smooth]) =>
      Effect.sync(() => {
        const rate = { limit: Math.max(limit, wanted), period: 1000, smooth }
        const start = Permits.take(rate, Permits.make(rate, 0), limit, 0)
        let single = start
        let due = 0
        for (let i = 0; i < wanted; i++) {
          due = Permits.whenAvailable(rate, single, 1, due)
          single = Permits.take(rate, single, 1, due)
        }
        assert.approximately(Permits.whenAvailable(rate, start, wanted, 0), due, 1e-6)
      })
  )

  it.effect("RL7: 20 calls, 10/s: first 10 at t0, the rest in (t0, t0+1 s]", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.make("r", { limitForPeriod: 10 })
      const started = yield* Ref.make(0)
      const all = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 20 }), () => limiter.execute(Ref.update(started, (n) => n + 1)), {
          concurrency: "unbounded"
        })
      )
      yield* Effect.yieldNow
      assert.strictEqual(yield* Ref.get(started), 10)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Ref.get(started), 20)
      yield* Fiber.join(all)
    })
  )

  it.effect("RL9: changing limit applies from the next cycle; changing timeout applies to new waiters", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.make("r", { limitForPeriod: 2, timeoutDuration: "10 seconds" })
      const started: Array<number> = []
      const call = (n: number) => limiter.execute(Effect.sync(() => started.push(n)))
      yield* call(1)
      yield* limiter.reconfigure({ limitForPeriod: 4 })
      yield* call(2)
      for (const n of [3, 4, 5, 6]) yield* Effect.forkChild(call(n), { startImmediately: true })
      assert.deepStrictEqual(started, [1, 2])

      yield* limiter.reconfigure({ timeoutDuration: 0 })
      assert.deepStrictEqual((yield* rejected(call(7))).retryAfter, Duration.seconds(2))
      yield* TestClock.adjust("999 millis")
      assert.deepStrictEqual(started, [1, 2])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(started, [1, 2, 3, 4, 5, 6])

      yield* limiter.reconfigure({ limitForPeriod: 1 })
      yield* rejected(call(8))
      yield* TestClock.adjust("1 second")
      yield* call(9)
      yield* rejected(call(10))
      const error = yield* rejected(limiter.reconfigure({ limitForPeriod: 0 }))
      assert.deepInclude(error, { _tag: "InvalidOptions", pattern: "RateLimiter", name: "r" })
      assert.deepStrictEqual(started, [1, 2, 3, 4, 5, 6, 9])
    })
  )

  it.effect("RL10: drain(): on a 429 result the remaining permits of the cycle are removed", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.make("r", { limitForPeriod: 5, timeoutDuration: 0 })
      yield* limiter.execute(Effect.void)
      yield* limiter.drain
      yield* rejected(limiter.execute(Effect.void))
      yield* TestClock.adjust("1 second")
      yield* limiter.execute(Effect.void)
    })
  )

  it.effect("RL11 more permits than a cycle has are refused at once", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.make("r", { limitForPeriod: 5 })
      const error = yield* rejected(limiter.execute(Effect.void, 6))
      assert.isFalse(Duration.isFinite(error.retryAfter))
    })
  )

  it.effect("RL12: rejection carries retryAfter; error typed; not counted by an outer breaker", () =>
    Effect.gen(function* () {
      const policies = yield* ResiliencePolicyRegistry
      const policy = yield* policies.register("p", {
        retry: { maxAttempts: 3, baseDelay: 0 },
        circuitBreaker: { trip: consecutiveFailures(1) },
        rateLimit: { limitForPeriod: 1, timeoutDuration: 0 },
        bulkhead: {},
        attemptTimeout: "1 second"
      })
      assert.deepStrictEqual(
        (yield* policy.layers).map((layer) => layer.pattern),
        ["RetryPolicy", "CircuitBreaker", "RateLimiter", "Bulkhead", "TimeLimiter"]
      )
      yield* policy.execute(Effect.void)
      const error = yield* Effect.flip(policy.execute(Effect.void))
      assert.strictEqual(error._tag, "RateLimitExceeded")
      yield* policies.reconfigure("p", { rateLimit: { limitForPeriod: 2 } })
      assert.strictEqual((yield* policies.snapshot)[0]?.options.rateLimit?.limitForPeriod, 2)
    }).pipe(Effect.provide(Resilience.layer()))
  )
})
