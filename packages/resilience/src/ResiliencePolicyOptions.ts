import { type Duration, Effect, Schema } from "effect"
import type { ConcurrencyLimited } from "./AdaptiveLimiter.ts"
import { AdaptiveLimiterOptions, type AdaptiveLimiterOptionsInput } from "./AdaptiveLimiterOptions.ts"
import { AdaptiveThrottleOptions, type AdaptiveThrottleOptionsInput, type CallThrottled } from "./AdaptiveThrottle.ts"
import { type BulkheadFull, BulkheadOptions, type BulkheadOptionsInput } from "./Bulkhead.ts"
import { ChaosOptions, type ChaosOptionsInput, type FaultInjected } from "./ChaosOptions.ts"
import { CircuitBreakerOptions, type CircuitBreakerOptionsInput } from "./CircuitBreakerOptions.ts"
import type { CircuitOpen } from "./CircuitOpen.ts"
import type { DeadlineExceeded } from "./Deadline.ts"
import { HedgeOptions, type HedgeOptionsInput } from "./HedgeOptions.ts"
import { PositiveDuration } from "./internal/DurationInput.ts"
import { stated } from "./internal/stated.ts"
import { type RateLimitExceeded, RateLimiterOptions, type RateLimiterOptionsInput } from "./RateLimiter.ts"
import type { RetriesExhausted } from "./RetriesExhausted.ts"
import { RetryBudgetOptions, type RetryBudgetOptionsInput } from "./RetryBudget.ts"
import { type RetryErrorOf, RetryPolicyOptions, type RetryPolicyOptionsInput } from "./RetryPolicy.ts"
import { type AttemptTimedOut, TimeoutMode } from "./TimeLimiter.ts"

/**
 * A whole policy as data. What is absent is not applied. The order, outermost first, is
 *
 * ```
 * deadline → retry (retryBudget) → hedge (retryBudget) → circuitBreaker → throttle → rateLimit → bulkhead
 *   → adaptiveLimit → attemptTimeout → chaos → call
 * ```
 *
 * so that the breaker judges each attempt, a rejection by it takes no permit, waiting for a permit or a turn is inside the deadline but
 * not inside the attempt's time, and an attempt that takes too long is a failure that counts. Each attempt of a hedge goes
 * through breaker and bulkhead for itself; the adaptive limit sees the time of the call without waits of ours; chaos stands
 * in the place of the dependency.
 *
 * `retryPlacement: "inside-circuit-breaker"` swaps breaker and retry, with the hedge in it: the breaker then sees one verdict
 * for each logical call. It trips later, and a retry that rescues a call hides what it cost.
 *
 * `attemptTimeoutMode` is what comes first when an attempt is over its time: its finalizers, `cooperative`, or the error,
 * `disconnect`. Only what is put in by `executeSafe` is hedged.
 */
export const ResiliencePolicyOptions = Schema.Struct({
  deadline: Schema.optionalKey(PositiveDuration),
  retry: Schema.optionalKey(RetryPolicyOptions),
  retryBudget: Schema.optionalKey(RetryBudgetOptions),
  hedge: Schema.optionalKey(HedgeOptions),
  circuitBreaker: Schema.optionalKey(CircuitBreakerOptions),
  throttle: Schema.optionalKey(AdaptiveThrottleOptions),
  rateLimit: Schema.optionalKey(RateLimiterOptions),
  bulkhead: Schema.optionalKey(BulkheadOptions),
  adaptiveLimit: Schema.optionalKey(AdaptiveLimiterOptions),
  attemptTimeout: Schema.optionalKey(PositiveDuration),
  attemptTimeoutMode: TimeoutMode.pipe(Schema.withDecodingDefaultKey(Effect.succeed("cooperative" as const))),
  chaos: Schema.optionalKey(ChaosOptions),
  retryPlacement: Schema.Literals(["outside-circuit-breaker", "inside-circuit-breaker"]).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("outside-circuit-breaker" as const))
  )
}).annotate({ identifier: "ResiliencePolicyOptions" })
export type ResiliencePolicyOptions = typeof ResiliencePolicyOptions.Type

export interface ResiliencePolicyOptionsInput {
  readonly deadline?: Duration.Input | undefined
  readonly retry?: RetryPolicyOptionsInput | undefined
  readonly retryBudget?: RetryBudgetOptionsInput | undefined
  readonly hedge?: HedgeOptionsInput | undefined
  readonly circuitBreaker?: CircuitBreakerOptionsInput | undefined
  readonly throttle?: AdaptiveThrottleOptionsInput | undefined
  readonly rateLimit?: RateLimiterOptionsInput | undefined
  readonly bulkhead?: BulkheadOptionsInput | undefined
  readonly adaptiveLimit?: AdaptiveLimiterOptionsInput | undefined
  readonly attemptTimeout?: Duration.Input | undefined
  readonly attemptTimeoutMode?: TimeoutMode | undefined
  readonly chaos?: ChaosOptionsInput | undefined
  readonly retryPlacement?: ResiliencePolicyOptions["retryPlacement"] | undefined
}

/** The patterns that a policy can be of. */
export const Pattern = Schema.Literals([
  "Deadline",
  "RetryPolicy",
  "Hedge",
  "CircuitBreaker",
  "AdaptiveThrottle",
  "RateLimiter",
  "Bulkhead",
  "AdaptiveLimiter",
  "TimeLimiter",
  "Chaos"
])
export type Pattern = typeof Pattern.Type

/** All that a policy can add to the errors of what it guards. */
export type PolicyError =
  | DeadlineExceeded
  | RetriesExhausted
  | CircuitOpen
  | CallThrottled
  | RateLimitExceeded
  | BulkheadFull
  | ConcurrencyLimited
  | AttemptTimedOut
  | FaultInjected

/** Just the errors that a policy of these options adds. What may be there, as far as the type tells, counts as there. */
export type PolicyErrorOf<Options> = [Part<Options, "baseConfig", PolicyError>] extends [never]
  ?
      | Part<Options, "deadline", DeadlineExceeded>
      | ("retry" extends keyof Options ? RetryErrorOf<NonNullable<Options["retry" & keyof Options]>> : never)
      | Part<Options, "circuitBreaker", CircuitOpen>
      | Part<Options, "throttle", CallThrottled>
      | Part<Options, "rateLimit", RateLimitExceeded>
      | Part<Options, "bulkhead", BulkheadFull>
      | Part<Options, "adaptiveLimit", ConcurrencyLimited>
      | Part<Options, "attemptTimeout", AttemptTimedOut>
      | Part<Options, "chaos", FaultInjected>
  : PolicyError

/** The error of a part, unless the options surely do not have it. */
type Part<Options, Key extends string, E> = Key extends keyof Options
  ? [Options[Key]] extends [undefined]
    ? never
    : E
  : never

/** The parts that are laid over each other field by field. */
const parts = [
  "retry",
  "hedge",
  "circuitBreaker",
  "throttle",
  "rateLimit",
  "bulkhead",
  "adaptiveLimit",
  "chaos"
] as const

/** Lays options over others, part by part and field by field. */
export const merge = (
  base: ResiliencePolicyOptionsInput,
  over: ResiliencePolicyOptionsInput
): ResiliencePolicyOptionsInput => {
  const own = stated(over)
  return Object.assign({ ...base, ...own }, budget(base, own), ...parts.map((key) => part(key, base, own)))
}

const part = <K extends (typeof parts)[number]>(
  key: K,
  base: ResiliencePolicyOptionsInput,
  own: ResiliencePolicyOptionsInput
): Pick<ResiliencePolicyOptionsInput, K> | undefined =>
  own[key] === undefined
    ? undefined
    : // A spread of two values of one type is of that type, which the compiler does not follow for a key that varies.
      ({ [key]: { ...base[key], ...own[key] } } as Pick<ResiliencePolicyOptionsInput, K>)

/** A budget of another form takes nothing over. */
const budget = (
  { retryBudget: base }: ResiliencePolicyOptionsInput,
  { retryBudget: own }: ResiliencePolicyOptionsInput
): Pick<ResiliencePolicyOptionsInput, "retryBudget"> | undefined =>
  base === undefined || own === undefined || isConcurrency(base) !== isConcurrency(own)
    ? undefined
    : // Of one form, as has just been seen.
      { retryBudget: { ...base, ...own } as RetryBudgetOptionsInput }

const isConcurrency = (options: RetryBudgetOptionsInput): boolean => options._tag === "ConcurrencyBudget"
