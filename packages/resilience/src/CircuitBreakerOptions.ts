import { Duration, Effect, Equal, Schema } from "effect"
import { CircuitBreakerSharing, type CircuitBreakerSharingInput, checkShareable } from "./CircuitBreakerSharing.ts"
import { NonNegativeDuration, PositiveDuration } from "./internal/DurationInput.ts"
import * as WaitSchedule from "./WaitSchedule.ts"

const Percent = Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThanOrEqualTo(100))
const AtLeastOne = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/** Opens after `threshold` failures in a row, in the order in which calls complete. For low traffic. */
export const ConsecutiveFailures = Schema.TaggedStruct("ConsecutiveFailures", { threshold: AtLeastOne })

/**
 * Opens when a share of the last calls failed or was slow, once `minimumNumberOfCalls` are known. For steady traffic.
 *
 * - `failureRateThreshold`: percent of failures at which it opens; reached is enough.
 * - `slowCallRateThreshold`: percent of calls longer than `slowCallDurationThreshold` at which it opens; 100 by default, and
 *   no call is slow as long as the duration is infinite, as it is by default.
 * - `slidingWindowSize`: how many calls (`COUNT_BASED`) or seconds (`TIME_BASED`) are looked back on. A minimum above the
 *   size of a window of calls counts as its size.
 */
export const FailureRate = Schema.TaggedStruct("FailureRate", {
  failureRateThreshold: Percent,
  slowCallRateThreshold: Percent.pipe(Schema.withDecodingDefaultKey(Effect.succeed(100))),
  slowCallDurationThreshold: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("Infinity"))),
  slidingWindowType: Schema.Literals(["COUNT_BASED", "TIME_BASED"]).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("COUNT_BASED" as const))
  ),
  slidingWindowSize: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 })),
  minimumNumberOfCalls: AtLeastOne
})

export const TripPolicy = Schema.Union([ConsecutiveFailures, FailureRate])
export type TripPolicy = typeof TripPolicy.Type
export type TripPolicyInput = typeof TripPolicy.Encoded

/** Trips after `threshold` failures in a row. */
export const consecutiveFailures = (threshold: number): TripPolicy => ({
  _tag: "ConsecutiveFailures",
  threshold
})

/**
 * Trips on the share of failures, and of slow calls, among the last calls. Defaults of resilience4j: 50 % of the last 100
 * calls, all of them needed; only slow calls are off.
 */
export const failureRate = (options?: {
  readonly failureRateThreshold?: number
  readonly slowCallRateThreshold?: number
  readonly slowCallDurationThreshold?: Duration.Input
  readonly slidingWindowType?: "COUNT_BASED" | "TIME_BASED"
  readonly slidingWindowSize?: number
  readonly minimumNumberOfCalls?: number
}): TripPolicy => ({
  _tag: "FailureRate",
  failureRateThreshold: options?.failureRateThreshold ?? 50,
  slowCallRateThreshold: options?.slowCallRateThreshold ?? 100,
  slowCallDurationThreshold: Duration.fromInputUnsafe(options?.slowCallDurationThreshold ?? Duration.infinity),
  slidingWindowType: options?.slidingWindowType ?? "COUNT_BASED",
  slidingWindowSize: options?.slidingWindowSize ?? 100,
  minimumNumberOfCalls:
    options?.minimumNumberOfCalls ??
    (options?.slidingWindowType === "TIME_BASED" ? 100 : (options?.slidingWindowSize ?? 100))
})

/**
 * What a circuit breaker goes by, in resilience4j's terms.
 *
 * When it opens:
 * - `trip`: a failure rate of 50 % over the last 100 calls by default.
 * - `onlyFailuresTrip`: whether only a failure or a slow call opens it. By default any outcome does that completes the minimum
 *   or is counted while the rate stands at its threshold, as in resilience4j.
 *
 * How long it stays open:
 * - `waitDurationInOpenState`: before the first probes, 60 seconds by default. A `Schedule`, or a list of durations, gives
 *   each opening without a close in between its own wait: the first its first delay, and the last one repeats.
 * - `exponentialBackoffMultiplier`, `exponentialMaxWaitDurationInOpenState`: each opening without a close in between waits so
 *   many times longer, up to a maximum; 1 and unbounded by default. A schedule grows by itself and takes no multiplier.
 * - `backoffResetDuration`: how long it must stay closed until an opening counts as the first one again; 0 by default, so a
 *   close is enough.
 * - `randomizedWaitFactor`: spreads the wait by up to this share up and down, so that many clients do not probe at once; 0
 *   by default. The maximum holds all the same.
 * - `maxRetryAfter`: how long a wait that the dependency itself asks for is honoured at most, an hour by default.
 * - `openOnRetryAfter`: whether a failure with such a wait opens at once; false by default.
 * - `automaticTransitionFromOpenToHalfOpenEnabled`: whether a timer goes half-open without a call; false by default, the
 *   first call after the wait does.
 *
 * How it closes again:
 * - `permittedNumberOfCallsInHalfOpenState`: probes let through to decide, 10 by default.
 * - `halfOpenVerdict`: `RATE` judges when all probes are back, `ANY_FAILURE` reopens at the first failure, `EARLY_EXIT` judges
 *   as soon as the probes still out cannot change it. Failures in a row as trip policy always mean `ANY_FAILURE`.
 * - `maxWaitDurationInHalfOpenState`, `transitionToStateAfterWaitDuration`: what happens when the probes do not come back;
 *   0, no bound, and `OPEN` by default.
 * - `rampDuration`, `rampInitialShare`: after closing, let through only this share of calls first and all of them at the end
 *   of the ramp, so that the dependency warms up; 0, no ramp, and 0.1 by default.
 *
 * - `initialState`: `CLOSED` by default.
 * - `shared`: one verdict for several processes, see `CircuitBreakerSharing`; not by default.
 */
export const CircuitBreakerFields = Schema.Struct({
  trip: TripPolicy.pipe(Schema.withDecodingDefaultKey(Effect.succeed(failureRate()))),
  onlyFailuresTrip: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  waitDurationInOpenState: Schema.Union([PositiveDuration, WaitSchedule.WaitSchedule]).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("60 seconds"))
  ),
  exponentialBackoffMultiplier: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(1))
  ),
  exponentialMaxWaitDurationInOpenState: NonNegativeDuration.pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("Infinity"))
  ),
  backoffResetDuration: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0))),
  randomizedWaitFactor: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.99 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(0))
  ),
  maxRetryAfter: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("1 hour"))),
  openOnRetryAfter: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  automaticTransitionFromOpenToHalfOpenEnabled: Schema.Boolean.pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(false))
  ),
  permittedNumberOfCallsInHalfOpenState: AtLeastOne.pipe(Schema.withDecodingDefaultKey(Effect.succeed(10))),
  halfOpenVerdict: Schema.Literals(["RATE", "ANY_FAILURE", "EARLY_EXIT"]).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("RATE" as const))
  ),
  maxWaitDurationInHalfOpenState: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0))),
  transitionToStateAfterWaitDuration: Schema.Literals(["OPEN", "CLOSED"]).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("OPEN" as const))
  ),
  rampDuration: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0))),
  rampInitialShare: Schema.Finite.check(Schema.isBetween({ minimum: 0.01, maximum: 1 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(0.1))
  ),
  initialState: Schema.Literals(["CLOSED", "OPEN", "FORCED_OPEN", "DISABLED", "METRICS_ONLY"]).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("CLOSED" as const))
  ),
  shared: Schema.optionalKey(CircuitBreakerSharing)
})

/** The options, as far as they can be had together. */
export const CircuitBreakerOptions = CircuitBreakerFields.check(
  Schema.makeFilter(checkShareable),

  Schema.makeFilter(
    ({ exponentialBackoffMultiplier, waitDurationInOpenState }) =>
      !WaitSchedule.isWaitSchedule(waitDurationInOpenState) ||
      exponentialBackoffMultiplier === 1 ||
      "no exponentialBackoffMultiplier beside a schedule of waits"
  )
).annotate({ identifier: "CircuitBreakerOptions" })

/** Complete, validated options. */
export type CircuitBreakerOptions = typeof CircuitBreakerOptions.Type

/** What a caller writes: any part of the options, durations as `"30 seconds"`, milliseconds or `Duration`. */
export interface CircuitBreakerOptionsInput {
  readonly trip?: TripPolicyInput | undefined
  readonly onlyFailuresTrip?: boolean | undefined
  readonly waitDurationInOpenState?: Duration.Input | WaitSchedule.Input | undefined
  readonly exponentialBackoffMultiplier?: number | undefined
  readonly exponentialMaxWaitDurationInOpenState?: Duration.Input | undefined
  readonly backoffResetDuration?: Duration.Input | undefined
  readonly randomizedWaitFactor?: number | undefined
  readonly maxRetryAfter?: Duration.Input | undefined
  readonly openOnRetryAfter?: boolean | undefined
  readonly automaticTransitionFromOpenToHalfOpenEnabled?: boolean | undefined
  readonly permittedNumberOfCallsInHalfOpenState?: number | undefined
  readonly halfOpenVerdict?: CircuitBreakerOptions["halfOpenVerdict"] | undefined
  readonly maxWaitDurationInHalfOpenState?: Duration.Input | undefined
  readonly transitionToStateAfterWaitDuration?: CircuitBreakerOptions["transitionToStateAfterWaitDuration"] | undefined
  readonly rampDuration?: Duration.Input | undefined
  readonly rampInitialShare?: number | undefined
  readonly initialState?: CircuitBreakerOptions["initialState"] | undefined
  readonly shared?: CircuitBreakerSharingInput | undefined
}

/** Whether two breakers with these options behave alike. */
export const equals = (self: CircuitBreakerOptions, that: CircuitBreakerOptions): boolean => Equal.equals(self, that)
