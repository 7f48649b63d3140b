import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric, Ref } from "effect"
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
})
