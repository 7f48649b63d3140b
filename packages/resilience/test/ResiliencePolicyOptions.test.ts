import { assert, describe, it } from "@effect/vitest"
import { merge } from "../src/ResiliencePolicyOptions.ts"
import type { RetryBudgetOptionsInput } from "../src/RetryBudget.ts"

const budget = (base?: RetryBudgetOptionsInput, own?: RetryBudgetOptionsInput) =>
  merge(base === undefined ? {} : { retryBudget: base }, own === undefined ? {} : { retryBudget: own })

describe("options of a policy over those of another", () => {
  it("lie part by part and field by field", () => {
    const base = {
      attemptTimeout: "1 second",
      retry: { maxAttempts: 3, jitter: "full" },
      bulkhead: { maxConcurrentCalls: 4 }
    } as const
    assert.deepStrictEqual(merge(base, { retry: { maxAttempts: 5 }, rateLimit: { limitForPeriod: 9 } }), {
      ...base,
      retry: { maxAttempts: 5, jitter: "full" },
      rateLimit: { limitForPeriod: 9 }
    })
    assert.deepStrictEqual(merge({}, {}), {})
    assert.deepStrictEqual(merge(base, { attemptTimeout: "2 seconds" }), { ...base, attemptTimeout: "2 seconds" })
  })

  it("what is not said takes nothing away", () => {
    const base = { retry: { maxAttempts: 3 }, bulkhead: {} }
    assert.deepStrictEqual(merge(base, { retry: { maxAttempts: undefined }, bulkhead: undefined }), base)
  })

  it("a budget takes over what another of its form has, and nothing of one of another form", () => {
    const shares = { _tag: "ConcurrencyBudget", maxRate: 0.5, minConcurrentRetries: 1 } as const
    const deposits = { retryRatio: 0.3, minRetriesPerSecond: 7 } as const
    assert.deepStrictEqual(budget(), {})
    assert.deepStrictEqual(budget(shares), { retryBudget: shares })
    assert.deepStrictEqual(budget(undefined, shares), { retryBudget: shares })
    assert.deepStrictEqual(budget(shares, { _tag: "ConcurrencyBudget", maxRate: 0.1 }), {
      retryBudget: { ...shares, maxRate: 0.1 }
    })
    assert.deepStrictEqual(budget(deposits, { retryRatio: 0.1 }), { retryBudget: { ...deposits, retryRatio: 0.1 } })
    assert.deepStrictEqual(budget(shares, { retryRatio: 0.1 }), { retryBudget: { retryRatio: 0.1 } })
    assert.deepStrictEqual(budget(deposits, { _tag: "ConcurrencyBudget" }), {
      retryBudget: { _tag: "ConcurrencyBudget" }
    })
  })
})
