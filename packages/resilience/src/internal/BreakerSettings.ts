import { Duration } from "effect"
import type { CircuitBreakerOptions } from "../CircuitBreakerOptions.ts"

/** Options, and what they mean for the price of a call: reckoned once, and shared by all breakers that have them. */
export interface BreakerSettings {
  readonly options: CircuitBreakerOptions
  /** Milliseconds after which a call is slow. */
  readonly slowAfter: number
  /** Whether a closed breaker needs to know when a call began, and when it ended. */
  readonly timesBegin: boolean
  readonly timesEnd: boolean
}

const known = new WeakMap<CircuitBreakerOptions, BreakerSettings>()

export const of = (options: CircuitBreakerOptions): BreakerSettings => {
  const settings = known.get(options) ?? make(options)
  known.set(options, settings)
  return settings
}

const make = (options: CircuitBreakerOptions): BreakerSettings => {
  const { backoffResetDuration, trip } = options
  const slowAfter =
    trip._tag === "FailureRate" ? Duration.toMillis(trip.slowCallDurationThreshold) : Number.POSITIVE_INFINITY
  const timesBegin = slowAfter !== Number.POSITIVE_INFINITY
  const byTheSecond = trip._tag === "FailureRate" && trip.slidingWindowType === "TIME_BASED"
  return {
    options,
    slowAfter,
    timesBegin,
    timesEnd: timesBegin || byTheSecond || Duration.isPositive(backoffResetDuration)
  }
}
