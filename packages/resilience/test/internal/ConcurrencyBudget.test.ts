import { assert, describe, it } from "@effect/vitest"
import * as ConcurrencyBudget from "../../src/internal/ConcurrencyBudget.ts"

const make = (maxRate: number, minConcurrentRetries: number) =>
  ConcurrencyBudget.make({ _tag: "ConcurrencyBudget", maxRate, minConcurrentRetries })

describe("ConcurrencyBudget", () => {
  it("always allows a few, and takes back what has ended", () => {
    const budget = make(0.2, 2)
    assert.isTrue(budget.countsUnderWay)
    assert.strictEqual(budget.balance(), 2)
    assert.deepStrictEqual([budget.withdraw(), budget.withdraw(), budget.withdraw()], [true, true, false])
    assert.strictEqual(budget.balance(), 0)
    budget.retryEnded()
    assert.strictEqual(budget.balance(), 1)
    assert.isTrue(budget.withdraw())
  })

  it("allows a share of the calls under way, also where the product falls a hair short", () => {
    const budget = make(0.1, 0)
    assert.isFalse(budget.withdraw())
    for (let i = 0; i < 30; i++) budget.deposit()
    // 30 · 0.1 is 3 and not 2.9999….
    assert.strictEqual(budget.balance(), 3)
    assert.deepStrictEqual([1, 2, 3, 4].map(budget.withdraw), [true, true, true, false])
    for (let i = 0; i < 20; i++) budget.callEnded()
    // More are under way than are allowed now.
    assert.strictEqual(budget.balance(), 0)
    budget.retryEnded()
    budget.retryEnded()
    assert.isFalse(budget.withdraw())
    budget.retryEnded()
    assert.isTrue(budget.withdraw())
  })

  it("never allows any with nothing allowed", () => {
    const budget = make(0, 0)
    for (let i = 0; i < 100; i++) budget.deposit()
    assert.isFalse(budget.withdraw())
    assert.strictEqual(budget.options._tag, "ConcurrencyBudget")
  })
})
