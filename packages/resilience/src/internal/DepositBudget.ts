import { type Clock, Duration } from "effect"
import type * as RetryBudget from "../RetryBudget.ts"

/** The window is kept in slices; what is older than the whole of them is forgotten. */
const slices = 10

const nothing = () => {}

/** Finagle's form: each call deposits a part of a retry, each retry withdraws a whole one. */
export const make = (options: RetryBudget.DepositBudgetOptions, clock: Clock.Clock): RetryBudget.RetryBudget => {
  const sliceMillis = Duration.toMillis(options.ttl) / slices
  const reserve = options.minRetriesPerSecond * Duration.toSeconds(options.ttl)
  /** What each slice adds: a part of a retry for each call, less the retries taken. */
  const added = new Float64Array(slices)
  let current = 0

  // A clock that steps back leaves everything in the slice that it was in.
  const forget = (): void => {
    const slice = Math.floor(Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000 / sliceMillis)
    const passed = Math.min(slices, slice - current)
    for (let i = 1; i <= passed; i++) added[(current + i) % slices] = 0
    if (slice > current) current = slice
  }

  const add = (amount: number): void => {
    forget()
    const slot = current % slices
    added[slot] = (added[slot] ?? 0) + amount
  }

  const balance = (): number => {
    forget()
    return Math.max(
      0,
      added.reduce((sum, amount) => sum + amount, reserve)
    )
  }

  return {
    options,
    deposit: () => add(options.retryRatio),
    withdraw() {
      // A sum of fractions may fall a hair short of the whole retry that it stands for.
      if (balance() < 1 - 1e-9) return false
      add(-1)
      return true
    },
    balance,
    countsUnderWay: false,
    callEnded: nothing,
    retryEnded: nothing
  }
}
