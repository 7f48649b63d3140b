import { Duration, Effect, Equal, Schema } from "effect"
import { PositiveDuration } from "./internal/DurationInput.ts"

/** Opens after `threshold` failures in a row, in the order in which calls complete. For low traffic. */
export const ConsecutiveFailures = Schema.TaggedStruct("ConsecutiveFailures", {
  threshold: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
})

/**
 * Opens when at least `failureRateThreshold` percent of the last `slidingWindowSize` calls failed, once
 * `minimumNumberOfCalls` are known. For steady traffic. A minimum above the window size counts as the window size.
 */
export const FailureRate = Schema.TaggedStruct("FailureRate", {
  /** Percent, over 0 and at most 100; reached is enough. */
  failureRateThreshold: Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThanOrEqualTo(100)),
  slidingWindowSize: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 })),
  minimumNumberOfCalls: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
})

export const TripPolicy = Schema.Union([ConsecutiveFailures, FailureRate])
export type TripPolicy = typeof TripPolicy.Type

/** Trips after `threshold` failures in a row. */
export const consecutiveFailures = (threshold: number): TripPolicy => ({ _tag: "ConsecutiveFailures", threshold })

/** Trips on the share of failures among the last calls. Defaults of resilience4j: 50 %, the last 100 calls, all of them needed. */
export const failureRate = (options?: {
  readonly failureRateThreshold?: number
  readonly slidingWindowSize?: number
  readonly minimumNumberOfCalls?: number
}): TripPolicy => ({
  _tag: "FailureRate",
  failureRateThreshold: options?.failureRateThreshold ?? 50,
  slidingWindowSize: options?.slidingWindowSize ?? 100,
  minimumNumberOfCalls: options?.minimumNumberOfCalls ?? options?.slidingWindowSize ?? 100
})

const fields = {
  trip: TripPolicy,
  waitDurationInOpenState: PositiveDuration,
  permittedNumberOfCallsInHalfOpenState: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
}

/**
 * What a circuit breaker goes by, in resilience4j's terms.
 *
 * - `trip`: when to open. Default: a failure rate of 50 % over the last 100 calls.
 * - `waitDurationInOpenState`: how long to reject before probing. Default 60 seconds.
 * - `permittedNumberOfCallsInHalfOpenState`: probes let through to decide. Default 10.
 */
export const CircuitBreakerOptions = Schema.Struct({
  trip: fields.trip.pipe(Schema.withDecodingDefaultKey(Effect.succeed(failureRate()))),
  waitDurationInOpenState: fields.waitDurationInOpenState.pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("60 seconds"))
  ),
  permittedNumberOfCallsInHalfOpenState: fields.permittedNumberOfCallsInHalfOpenState.pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(10))
  )
}).annotate({ identifier: "CircuitBreakerOptions" })

/** Complete, validated options. */
export type CircuitBreakerOptions = typeof CircuitBreakerOptions.Type

/** What a caller writes: any part of the options, durations as `"30 seconds"`, milliseconds or `Duration`. */
export interface CircuitBreakerOptionsInput {
  readonly trip?: TripPolicy | undefined
  readonly waitDurationInOpenState?: Duration.Input | undefined
  readonly permittedNumberOfCallsInHalfOpenState?: number | undefined
}

/** Whether two breakers with these options behave alike. */
export const equals = (self: CircuitBreakerOptions, that: CircuitBreakerOptions): boolean =>
  Equal.equals(self.trip, that.trip) &&
  Duration.equals(self.waitDurationInOpenState, that.waitDurationInOpenState) &&
  self.permittedNumberOfCallsInHalfOpenState === that.permittedNumberOfCallsInHalfOpenState
