import { type Duration, Effect, Schema } from "effect"
import { type BulkheadFull, BulkheadOptions, type BulkheadOptionsInput } from "./Bulkhead.ts"
import { CircuitBreakerOptions, type CircuitBreakerOptionsInput } from "./CircuitBreakerOptions.ts"
import { type CircuitOpen } from "./CircuitOpen.ts"
import { type DeadlineExceeded } from "./Deadline.ts"
import { PositiveDuration } from "./internal/DurationInput.ts"
import { stated } from "./internal/stated.ts"
import { type RateLimitExceeded, RateLimiterOptions, type RateLimiterOptionsInput } from "./RateLimiter.ts"
import { RetryBudgetOptions, type RetryBudgetOptionsInput } from "./RetryBudget.ts"
import { RetryPolicyOptions, type RetryPolicyOptionsInput } from "./RetryPolicy.ts"
import { type AttemptTimedOut } from "./TimeLimiter.ts"

/**
 * A whole policy as data. What is absent is not applied. The order, outermost first, is
 *
 * `deadline → retry (retryBudget) → circuitBreaker → rateLimit → bulkhead → attemptTimeout → call`
 *
 * so that the breaker judges each attempt, a rejection by it takes no permit, waiting for a permit or a turn is inside the deadline but
 * not inside the attempt's time, and an attempt that takes too long is a failure that counts.
 *
 * `retryPlacement: "inside-circuit-breaker"` swaps retry and breaker: the breaker then sees one verdict for each logical
 * call. It trips later, and a retry that rescues a call hides what it cost.
 */
export const ResiliencePolicyOptions = Schema.Struct({
  deadline: Schema.optionalKey(PositiveDuration),
  retry: Schema.optionalKey(RetryPolicyOptions),
  retryBudget: Schema.optionalKey(RetryBudgetOptions),
  circuitBreaker: Schema.optionalKey(CircuitBreakerOptions),
  rateLimit: Schema.optionalKey(RateLimiterOptions),
  bulkhead: Schema.optionalKey(BulkheadOptions),
  attemptTimeout: Schema.optionalKey(PositiveDuration),
  retryPlacement: Schema.Literals(["outside-circuit-breaker", "inside-circuit-breaker"]).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("outside-circuit-breaker" as const))
  )
}).annotate({ identifier: "ResiliencePolicyOptions" })
export type ResiliencePolicyOptions = typeof ResiliencePolicyOptions.Type

export interface ResiliencePolicyOptionsInput {
  readonly deadline?: Duration.Input | undefined
  readonly retry?: RetryPolicyOptionsInput | undefined
  readonly retryBudget?: RetryBudgetOptionsInput | undefined
  readonly circuitBreaker?: CircuitBreakerOptionsInput | undefined
  readonly rateLimit?: RateLimiterOptionsInput | undefined
  readonly bulkhead?: BulkheadOptionsInput | undefined
  readonly attemptTimeout?: Duration.Input | undefined
  readonly retryPlacement?: ResiliencePolicyOptions["retryPlacement"] | undefined
}

/** All that a policy can add to the errors of what it guards. */
export type PolicyError = CircuitOpen | RateLimitExceeded | BulkheadFull | AttemptTimedOut | DeadlineExceeded

/** Just the errors that a policy of these options adds. What may be there, as far as the type tells, counts as there. */
export type PolicyErrorOf<Options> = [Part<Options, "baseConfig", PolicyError>] extends [never]
  ?
      | Part<Options, "circuitBreaker", CircuitOpen>
      | Part<Options, "rateLimit", RateLimitExceeded>
      | Part<Options, "bulkhead", BulkheadFull>
      | Part<Options, "attemptTimeout", AttemptTimedOut>
      | Part<Options, "deadline", DeadlineExceeded>
  : PolicyError

/** The error of a part, unless the options surely do not have it. */
type Part<Options, Key extends string, E> = Key extends keyof Options
  ? [Options[Key]] extends [undefined]
    ? never
    : E
  : never

/** Lays options over others, part by part and field by field. */
export const merge = (
  base: ResiliencePolicyOptionsInput,
  over: ResiliencePolicyOptionsInput
): ResiliencePolicyOptionsInput => {
  const own = stated(over)
  return {
    ...base,
    ...own,
    ...part("retry", base, own),
    ...part("retryBudget", base, own),
    ...part("circuitBreaker", base, own),
    ...part("rateLimit", base, own),
    ...part("bulkhead", base, own)
  }
}

const part = <K extends "retry" | "retryBudget" | "circuitBreaker" | "rateLimit" | "bulkhead">(
  key: K,
  base: ResiliencePolicyOptionsInput,
  own: ResiliencePolicyOptionsInput
): Pick<ResiliencePolicyOptionsInput, K> | undefined =>
  base[key] === undefined && own[key] === undefined
    ? undefined
    : // A spread of two values of one type is of that type, which the compiler does not follow for a key that varies.
      ({ [key]: { ...base[key], ...own[key] } } as Pick<ResiliencePolicyOptionsInput, K>)
