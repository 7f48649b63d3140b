import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Metric, Ref, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as Permits from "../src/internal/Permits.ts"
import * as RateLimiter from "../src/RateLimiter.ts"

const rejected = <A, E>(self: Effect.Effect<A, E>) => Effect.flip(self)

describe("RateLimiter", () => {
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

  it.effect("RL2 unused cycles do not add up", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.make("r", {
        limitForPeriod: 2,
        limitRefreshPeriod: "1 second",
        timeoutDuration: 0
      })
      yield* TestClock.adjust("10 seconds")
      yield* limiter.execute(Effect.void)
      yield* limiter.execute(Effect.void)
      yield* rejected(limiter.execute(Effect.void))
    })
  )

  it.effect("RL3 a caller may reserve the next cycle, one that would need a later one is refused", () =>
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

  it.effect("RL7 twenty calls at ten a second: ten at once, the rest within the second after", () =>
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

  it.effect("RL8 one that is interrupted while it waits never runs and leaves its place to the next", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.make("r", { limitForPeriod: 1, limitRefreshPeriod: "1 second" })
      const ran = yield* Ref.make<ReadonlyArray<string>>([])
      const call = (name: string) => limiter.execute(Ref.update(ran, (names) => [...names, name]))
      yield* call("first")
      const second = yield* Effect.forkChild(call("second"))
      const third = yield* Effect.forkChild(call("third"))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(second)
      yield* TestClock.adjust("1 second")
      assert.isDefined(third.pollUnsafe())
      assert.deepStrictEqual(yield* Ref.get(ran), ["first", "third"])
    })
  )

  it.effect("RL10 drain takes what is left of the cycle", () =>
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

  it.effect("smooth spreads the calls of a period", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.make("r", {
        limitForPeriod: 4,
        limitRefreshPeriod: "1 second",
        mode: "smooth"
      })
      const started = yield* Ref.make(0)
      yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 5 }), () => limiter.execute(Ref.update(started, (n) => n + 1)), {
          concurrency: "unbounded"
        })
      )
      yield* Effect.yieldNow
      for (const expected of [1, 2, 3, 4, 5]) {
        assert.strictEqual(yield* Ref.get(started), expected)
        yield* TestClock.adjust("250 millis")
      }
    })
  )

  it.effect("has its series from the start and takes them along", () =>
    Effect.gen(function* () {
      const read = Effect.map(Metric.snapshot, (all) => all.map((metric) => metric.id))
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* RateLimiter.make("r")
          assert.includeMembers(yield* read, [
            "resilience4j.ratelimiter.available.permissions",
            "resilience4j.ratelimiter.waiting_threads"
          ])
        })
      )
      assert.isEmpty(yield* read)
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  const Amount = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 8 }))
  it.effect.prop(
    "RL6 so many permits at once wait as long as one by one",
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
})
