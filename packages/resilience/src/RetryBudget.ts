/**
 * Bounds how much load retries add when everything fails at once: each call deposits a fraction of a retry, each retry takes
 * a whole one, and a reserve lets a quiet client retry at all. Deposits and withdrawals are forgotten after `ttl`.
 *
 * The form is Finagle's `RetryBudget`; its defaults are 20 % and 10 a second over 10 seconds.
 */
import { Clock, Duration, Effect, Metric, Schema, type Scope } from "effect"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import { PositiveDuration } from "./internal/DurationInput.ts"
import * as Series from "./internal/Series.ts"

/**
 * - `retryRatio`: retries that each call earns, 0.2 by default: one retry for every five calls.
 * - `minRetriesPerSecond`: retries allowed without any call, 10 by default.
 * - `ttl`: how long both count, 10 seconds by default.
 *
 * Both zero means never to retry.
 */
export const RetryBudgetOptions = Schema.Struct({
  retryRatio: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1000 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(0.2))
  ),
  minRetriesPerSecond: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(10))
  ),
  ttl: PositiveDuration.check(
    Schema.makeFilter(
      (ttl) => (Duration.toSeconds(ttl) >= 1 && Duration.toSeconds(ttl) <= 60) || "a duration of 1 to 60 seconds"
    )
  ).pipe(Schema.withDecodingDefaultKey(Effect.succeed("10 seconds")))
}).annotate({ identifier: "RetryBudgetOptions" })
export type RetryBudgetOptions = typeof RetryBudgetOptions.Type

export interface RetryBudgetOptionsInput {
  readonly retryRatio?: number | undefined
  readonly minRetriesPerSecond?: number | undefined
  readonly ttl?: Duration.Input | undefined
}

export interface RetryBudget {
  readonly options: RetryBudgetOptions
  /** Credits one call. */
  readonly deposit: () => void
  /** Takes one retry, or answers false when none is left. */
  readonly withdraw: () => boolean
  /** Retries that could be taken now. */
  readonly balance: () => number
}

/** The window is kept in slices; what is older than the whole of them is forgotten. */
const slices = 10

/**
 * Makes a budget, to be shared by the calls that go to one dependency. Its methods run at once, without an effect, since
 * they stand in the way of every call.
 */
export const make: (
  name: string,
  options?: RetryBudgetOptionsInput
) => Effect.Effect<RetryBudget, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (name, input = {}) {
  const options = yield* decode(RetryBudgetOptions, "RetryBudget", name)(input)
  const clock = yield* Clock.Clock
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

  yield* Series.register([
    [
      Metric.gauge("resilience.retry.budget.balance", {
        description: "Retries that the budget would allow now",
        attributes: { name }
      }),
      balance
    ]
  ])

  return {
    options,
    deposit: () => add(options.retryRatio),
    withdraw() {
      // A sum of fractions may fall a hair short of the whole retry that it stands for.
      if (balance() < 1 - 1e-9) return false
      add(-1)
      return true
    },
    balance
  }
})
