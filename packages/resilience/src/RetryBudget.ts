/**
 * Bounds how much load retries and hedges add when everything fails at once, in one of two forms.
 *
 * - `DepositBudget`, after Finagle's `RetryBudget`: each call deposits a part of a retry, each retry takes a whole one, and a
 *   reserve lets a quiet client retry at all. Deposits and withdrawals are forgotten after `ttl`.
 * - `ConcurrencyBudget`, after failsafe-go's `Budget` and Envoy's retry budget: retries under way are a share of the calls
 *   under way, of which a few are always allowed. It needs no rate to be known and frees itself as calls end.
 */
import { Clock, Duration, Effect, Metric, Schema, type Scope } from "effect"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import * as ConcurrencyBudget from "./internal/ConcurrencyBudget.ts"
import * as DepositBudget from "./internal/DepositBudget.ts"
import { PositiveDuration } from "./internal/DurationInput.ts"
import * as Series from "./internal/Series.ts"

/**
 * - `retryRatio`: retries that each call earns, 0.2 by default: one retry for every five calls.
 * - `minRetriesPerSecond`: retries allowed without any call, 10 by default.
 * - `ttl`: how long both count, 10 seconds by default.
 *
 * Both zero means never to retry.
 */
export const DepositBudgetOptions = Schema.Struct({
  _tag: Schema.tagDefaultOmit("DepositBudget"),
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
})
export type DepositBudgetOptions = typeof DepositBudgetOptions.Type

/**
 * - `maxRate`: retries under way for each call under way, 0.2 by default.
 * - `minConcurrentRetries`: retries that may be under way whatever the calls, 3 by default.
 *
 * A retry is under way from the decision to its end, its wait included. Both zero means never to retry.
 */
export const ConcurrencyBudgetOptions = Schema.TaggedStruct("ConcurrencyBudget", {
  maxRate: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(0.2))
  ),
  minConcurrentRetries: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(3))
  )
})
export type ConcurrencyBudgetOptions = typeof ConcurrencyBudgetOptions.Type

/** One of the two forms, told apart by `_tag`; without one it is the deposits. */
export const RetryBudgetOptions = Schema.Union([ConcurrencyBudgetOptions, DepositBudgetOptions]).annotate({
  identifier: "RetryBudgetOptions"
})
export type RetryBudgetOptions = typeof RetryBudgetOptions.Type

export interface DepositBudgetOptionsInput {
  readonly _tag?: "DepositBudget" | undefined
  readonly retryRatio?: number | undefined
  readonly minRetriesPerSecond?: number | undefined
  readonly ttl?: Duration.Input | undefined
}

export interface ConcurrencyBudgetOptionsInput {
  readonly _tag: "ConcurrencyBudget"
  readonly maxRate?: number | undefined
  readonly minConcurrentRetries?: number | undefined
}

export type RetryBudgetOptionsInput = DepositBudgetOptionsInput | ConcurrencyBudgetOptionsInput

export interface RetryBudget {
  readonly options: RetryBudgetOptions
  /** Credits one call, when it begins. */
  readonly deposit: () => void
  /** Takes one retry, or answers false when none is left. */
  readonly withdraw: () => boolean
  /** Retries that could be taken now. */
  readonly balance: () => number
  /** Whether it goes by what is under way, so that each `deposit` and `withdraw` has to be followed by its end. */
  readonly countsUnderWay: boolean
  readonly callEnded: () => void
  readonly retryEnded: () => void
}

/**
 * Makes a budget, to be shared by the calls that go to one dependency. Its methods run at once, without an effect, since
 * they stand in the way of every call.
 */
export const make: (
  name: string,
  options?: RetryBudgetOptionsInput
) => Effect.Effect<RetryBudget, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (name, input = {}) {
  const options = yield* decode(RetryBudgetOptions, "RetryBudget", name)(input)
  const budget =
    options._tag === "ConcurrencyBudget"
      ? ConcurrencyBudget.make(options)
      : DepositBudget.make(options, yield* Clock.Clock)
  yield* Series.register([
    [
      Metric.gauge("resilience.retry.budget.balance", {
        description: "Retries that the budget would allow now",
        attributes: { name }
      }),
      budget.balance
    ]
  ])
  return budget
})
