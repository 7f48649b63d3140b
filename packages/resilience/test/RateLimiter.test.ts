import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Metric, Ref } from "effect"
import { TestClock } from "effect/testing"
import * as RateLimiter from "../src/RateLimiter.ts"

describe("RateLimiter", () => {
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

  it.effect(
    "evenly spread, a call that needs several permits waits as long as so many calls would, and not for ever",
    () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter.make("r", {
          limitForPeriod: 4,
          limitRefreshPeriod: 20,
          mode: "smooth",
          timeoutDuration: "1 second"
        })
        const started: Array<readonly [name: string, at: number]> = []
        const call = (name: string, permits: number) =>
          Effect.forkChild(
            limiter.execute(
              Effect.map(Clock.currentTimeMillis, (at) => started.push([name, at])),
              permits
            ),
            { startImmediately: true }
          )
        yield* call("two", 2)
        const gone = yield* call("gone", 4)
        yield* call("three", 3)
        yield* call("one", 1)
        yield* TestClock.adjust(7)
        yield* Fiber.interrupt(gone)
        for (let n = 0; n < 40; n++) yield* TestClock.adjust(1)
        assert.deepStrictEqual(started, [
          ["two", 5],
          ["three", 20],
          ["one", 25]
        ])
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* limiter.snapshot, { available: 1, waiting: 0 })
      })
  )
})
