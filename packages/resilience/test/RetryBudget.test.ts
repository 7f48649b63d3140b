import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Clock, Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as RetryBudget from "../src/RetryBudget.ts"
import * as MetricSeries from "./MetricSeries.ts"

const make = (retryRatio: number, minRetriesPerSecond = 0) =>
  RetryBudget.make("backend", { retryRatio, minRetriesPerSecond })

const withdrawals = (budget: RetryBudget.RetryBudget) => {
  let n = 0
  while (n < 1000 && budget.withdraw()) n++
  return n
}

describe("RetryBudget", () => {
  for (const [ratio, deposits, expected] of [
    [0.1, 10, 1],
    [0.5, 2, 1],
    [0.5, 3, 1],
    [0.75, 4, 3],
    [2, 1, 2]
  ] as const) {
    it.effect(`BU1 at a ratio of ${ratio}, ${deposits} calls allow ${expected} retries`, () =>
      Effect.gen(function* () {
        const budget = yield* make(ratio)
        for (let i = 0; i < deposits; i++) budget.deposit()
        assert.strictEqual(withdrawals(budget), expected)
      })
    )
  }

  it.effect("BU2 a fresh one allows its reserve", () =>
    Effect.gen(function* () {
      const budget = yield* RetryBudget.make("backend")
      assert.strictEqual(budget.balance(), 100)
      assert.strictEqual(withdrawals(budget), 100)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(withdrawals(budget), 100)
    })
  )

  it.effect("BU3 deposits and withdrawals are forgotten after their time", () =>
    Effect.gen(function* () {
      const budget = yield* make(1)
      budget.deposit()
      yield* TestClock.adjust(9999)
      budget.deposit()
      assert.strictEqual(budget.balance(), 2)
      yield* TestClock.adjust(1)
      assert.strictEqual(budget.balance(), 1)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(budget.balance(), 0)
      assert.isFalse(budget.withdraw())
    })
  )

  it.effect("BU7 nothing earned and nothing kept is never to retry", () =>
    Effect.gen(function* () {
      const budget = yield* make(0)
      for (let i = 0; i < 100; i++) budget.deposit()
      assert.isFalse(budget.withdraw())
    })
  )

  const Action = Schema.Union([
    Schema.TaggedStruct("Deposit", {}),
    Schema.TaggedStruct("Withdraw", {}),
    Schema.TaggedStruct("Wait", { millis: Schema.Literals([1, 400, 999, 1000, 2500, 10_000, 35_000]) })
  ])
  it.effect.prop(
    "BU3 equals the sum over the slices that are left",
    { actions: Arbitrary.array(Arbitrary.schema(Action), { maxLength: 40 }) },
    ({ actions }) =>
      Effect.scoped(
        Effect.gen(function* () {
          const budget = yield* make(0.5, 0.2)
          const log: Array<readonly [slice: number, amount: number]> = []
          for (const action of actions) {
            if (action._tag === "Wait") yield* TestClock.adjust(action.millis)
            const slice = Math.floor((yield* Clock.currentTimeMillis) / 1000)
            const left = log.filter(([at]) => at > slice - 10).reduce((sum, [, amount]) => sum + amount, 2)
            if (action._tag === "Deposit") {
              budget.deposit()
              log.push([slice, 0.5])
            } else if (action._tag === "Withdraw") {
              assert.strictEqual(budget.withdraw(), left >= 1)
              if (left >= 1) log.push([slice, -1])
            } else assert.strictEqual(budget.balance(), Math.max(0, left))
          }
        })
      )
  )

  it.effect("TW8 a clock that steps back changes nothing", () =>
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

  it.effect("EV4 the balance is a gauge", () =>
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

  it.effect("RG10 wrong options are refused", () =>
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
