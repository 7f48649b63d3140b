import type * as RetryBudget from "../RetryBudget.ts"

/** Failsafe-go's form: so many retries under way for each call under way, and always a few. */
export const make = (options: RetryBudget.ConcurrencyBudgetOptions): RetryBudget.RetryBudget => {
  let calls = 0
  let retries = 0
  const allowed = (): number =>
    // A product of fractions may fall a hair short of the whole retry that it stands for.
    Math.floor(Math.max(options.minConcurrentRetries, calls * options.maxRate) + 1e-9)

  return {
    options,
    deposit() {
      calls++
    },
    withdraw() {
      if (retries >= allowed()) return false
      retries++
      return true
    },
    balance: () => Math.max(0, allowed() - retries),
    countsUnderWay: true,
    callEnded() {
      calls--
    },
    retryEnded() {
      retries--
    }
  }
}
