import * as EffectCircuitBreaker from "effect/persistence/CircuitBreaker"
import type { TripPolicy } from "../CircuitBreakerOptions.ts"

/** Opens at the next failure: for a verdict that was reached elsewhere. */
export const atOnce = EffectCircuitBreaker.consecutive(1)

/** A trip policy in the words of Effect's store. Those that it does not have are refused when options are decoded. */
export const ofOptions = (trip: TripPolicy): EffectCircuitBreaker.TripPolicy =>
  trip._tag === "ConsecutiveFailures"
    ? EffectCircuitBreaker.consecutive(trip.threshold)
    : EffectCircuitBreaker.rate({
        threshold: trip.failureRateThreshold / 100,
        size: trip.slidingWindowSize,
        minimumCalls: Math.min(trip.minimumNumberOfCalls, trip.slidingWindowSize)
      })
