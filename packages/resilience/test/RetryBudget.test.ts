import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import * as RetryBudget from "../src/RetryBudget.ts"
import * as MetricSeries from "./MetricSeries.ts"

const make = (retryRatio: number, minRetriesPerSecond = 0) =>
  RetryBudget.make("backend", { retryRatio, minRetriesPerSecond })

describe("RetryBudget", () => {
  it.effect("a clock that steps back changes nothing", () =>
    Effect.gen(function* () {
      let nanos = 25_000_000_000n
      const clock = yield* Clock.Clock
      const stepping = Object.assign(Object.create(clock), { monotonicTimeNanosUnsafe: () => nanos })
      const budget = yield* Effect.provideService(make(1), Clock.Clock, stepping)
      budget.deposit()
      nanos = 3_000_000_000n
      assert.strictEqual(budget.balance(), 1)
      budget.deposit()
      nanos = 25_000_000_000n
      assert.strictEqual(budget.balance(), 2)
    })
  )

  it.effect("the balance is a gauge", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const read = MetricSeries.read("resilience.retry.budget.balance", "name")
        yield* Effect.scoped(
          Effect.gen(function* () {
            const budget = yield* make(1, 0.1)
            assert.deepStrictEqual(yield* read, { backend: 1 })
            budget.deposit()
            assert.deepStrictEqual(yield* read, { backend: 2 })
          })
        )
        assert.deepStrictEqual(yield* read, {})
      })
    )
  )

  it.effect("wrong options are refused", () =>
    Effect.gen(function* () {
      for (const options of [
        { retryRatio: -1 },
        { minRetriesPerSecond: -1 },
        { ttl: "500 millis" },
        { ttl: "61 seconds" }
      ] as const) {
        const error = yield* Effect.flip(RetryBudget.make("backend", options))
        assert.strictEqual(error.pattern, "RetryBudget")
      }
    })
  )
})
