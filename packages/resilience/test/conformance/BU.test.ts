import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Clock, Effect, Exit, Fiber, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as Hedge from "../../src/Hedge.ts"
import * as RetryBudget from "../../src/RetryBudget.ts"
import { F, make as retrying, script, stopped } from "./support/retries.ts"

const make = (retryRatio: number, minRetriesPerSecond = 0) =>
  RetryBudget.make("backend", { retryRatio, minRetriesPerSecond })

const withdrawals = (budget: RetryBudget.RetryBudget) => {
  let n = 0
  while (n < 1000 && budget.withdraw()) n++
  return n
}

const Action = Schema.Union([
  Schema.TaggedStruct("Deposit", {}),
  Schema.TaggedStruct("Withdraw", {}),
  Schema.TaggedStruct("Wait", { millis: Schema.Literals([1, 400, 999, 1000, 2500, 10_000, 35_000]) })
])

describe("BU: budgets", () => {
  for (const [ratio, deposits, expected] of [
    [0.1, 10, 1],
    [0.5, 2, 1],
    [0.5, 3, 1],
    [0.75, 4, 3],
    [2, 1, 2]
  ] as const) {
    it.effect(
      ratio === 0.1
        ? "BU1: Finagle: percent .1, min 0: after 10 deposits exactly 1 withdrawal, 2nd refused; .5 → every 2; .75 → 3 per 4; 2.0 → 2 per 1"
        : `BU1 at a ratio of ${ratio}, ${deposits} calls allow ${expected} retries`,
      () =>
        Effect.gen(function* () {
          const budget = yield* make(ratio)
          for (let i = 0; i < deposits; i++) budget.deposit()
          assert.strictEqual(withdrawals(budget), expected)
        })
    )
  }

  it.effect("BU1 each call of a retry earns its part", () =>
    Effect.gen(function* () {
      const budget = yield* RetryBudget.make("b", { retryRatio: 0.5, minRetriesPerSecond: 0 })
      const retry = yield* retrying({ maxAttempts: 2, baseDelay: 0 }, budget)
      const { call, times } = yield* script(F)
      for (let i = 0; i < 10; i++) yield* Effect.exit(retry.execute(call))
      assert.lengthOf(yield* times, 15)
    })
  )

  it.effect("BU2: min 10/s, ttl 10 s: a fresh budget allows 100 withdrawals before any deposit", () =>
    Effect.gen(function* () {
      const budget = yield* RetryBudget.make("backend")
      assert.strictEqual(budget.balance(), 100)
      assert.strictEqual(withdrawals(budget), 100)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(withdrawals(budget), 100)
    })
  )

  it.effect("BU3: deposits expire after ttl (10 s) on the virtual clock", () =>
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

  it.effect(
    'BU6: exhausted budget ⇒ the original error is returned tagged "budget exhausted"; first attempts are never blocked; an exhausted budget never fails a hedged primary',
    () =>
      Effect.gen(function* () {
        const budget = yield* RetryBudget.make("b", { retryRatio: 0, minRetriesPerSecond: 0.1 })
        const retry = yield* retrying({ maxAttempts: 3, baseDelay: 0 }, budget)
        const { call, times } = yield* script(F)
        const first = yield* Effect.exit(retry.execute(call))
        assert.deepStrictEqual(stopped(first), { reason: "budget", attempts: 2 })
        assert.deepStrictEqual(Exit.findErrorOption(first), Option.some("down"))
        assert.deepStrictEqual(stopped(yield* Effect.exit(retry.execute(call))), { reason: "budget", attempts: 1 })
        assert.lengthOf(yield* times, 3)
      })
  )

  it.effect("BU7: (0 %, 0 min) = never retry; explicit, not silent", () =>
    Effect.gen(function* () {
      const budget = yield* make(0)
      for (let i = 0; i < 100; i++) budget.deposit()
      assert.isFalse(budget.withdraw())
    })
  )

  it.effect("BU6 an exhausted budget never fails a hedged primary", () =>
    Effect.gen(function* () {
      const budget = yield* make(0)
      const hedge = yield* Hedge.make("h", { delay: Hedge.fixed("1 second") }, budget)
      const fiber = yield* Effect.forkChild(hedge.execute(Hedge.safe(Effect.as(Effect.sleep("3 seconds"), "primary"))))
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "primary")
    })
  )

  it.effect(
    "BU a budget may go down to nothing and no further, and comes back when its withdrawals are forgotten",
    () =>
      Effect.gen(function* () {
        const budget = yield* make(0, 0.2)
        assert.strictEqual(withdrawals(budget), 2)
        assert.strictEqual(budget.balance(), 0)
        yield* TestClock.adjust("9999 millis")
        assert.strictEqual(withdrawals(budget), 0)
        yield* TestClock.adjust(1)
        assert.strictEqual(withdrawals(budget), 2)
      })
  )

  it.effect("BU half a retry is none, and fractions add up without loss", () =>
    Effect.gen(function* () {
      const budget = yield* make(0.1)
      for (let i = 0; i < 9; i++) budget.deposit()
      assert.isFalse(budget.withdraw())
      budget.deposit()
      assert.isTrue(budget.withdraw())
      assert.isFalse(budget.withdraw())
    })
  )
})
