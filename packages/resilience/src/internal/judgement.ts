import type { CircuitBreakerOptions, TripPolicy } from "../CircuitBreakerOptions.ts"
import type { Closed, HalfOpen, State } from "../CircuitBreakerState.ts"
import type * as Counts from "./Counts.ts"
import type * as Tally from "./Tally.ts"

type Rated = Extract<TripPolicy, { _tag: "FailureRate" }>

/** How many calls it takes to judge in this state. */
const minimumCalls = (options: CircuitBreakerOptions, state: State): number => {
  const { permittedNumberOfCallsInHalfOpenState: permitted, trip } = options
  if (state._tag === "OPEN") return 1
  if (trip._tag === "ConsecutiveFailures") return permitted
  if (state._tag === "HALF_OPEN" && options.halfOpenVerdict === "ANY_FAILURE") return permitted
  const probing = state._tag === "HALF_OPEN" || (state._tag === "CLOSED" && state.ramp !== undefined)
  const minimum = probing ? Math.min(trip.minimumNumberOfCalls, permitted) : trip.minimumNumberOfCalls
  return trip.slidingWindowType === "COUNT_BASED"
    ? Math.min(minimum, Math.max(trip.slidingWindowSize, probing ? permitted : 0))
    : minimum
}

/** A share of what is known in percent, or -1 while fewer calls are known than it takes to judge. */
export const rate = (
  options: CircuitBreakerOptions,
  state: State,
  known: Counts.Counts,
  of: "failures" | "slow"
): number =>
  options.trip._tag === "FailureRate" && known.calls >= minimumCalls(options, state)
    ? (100 * known[of]) / known.calls
    : -1

const exceeds = (trip: Rated, known: Counts.Counts): boolean =>
  100 * known.failures >= trip.failureRateThreshold * known.calls ||
  (known.slow > 0 && 100 * known.slow >= trip.slowCallRateThreshold * known.calls)

/** Whether what was just counted reaches a threshold, in the arithmetic of the hot path. */
export const trips = (options: CircuitBreakerOptions, state: Closed, tally: Tally.Tally): boolean => {
  const { trip } = options
  if (trip._tag === "ConsecutiveFailures") return tally._tag === "Streak" && tally.failures >= trip.threshold
  if (tally._tag === "Streak") return false
  return tally.calls >= minimumCalls(options, state) && exceeds(trip, tally)
}

/** What the probes that are back say. */
export const verdict = (options: CircuitBreakerOptions, state: HalfOpen): "open" | "close" | "wait" => {
  const { halfOpenVerdict, trip } = options
  const { calls, failures, slow } = state.counts
  const needed = minimumCalls(options, state)
  if (trip._tag === "ConsecutiveFailures") return failures > 0 ? "open" : calls >= needed ? "close" : "wait"
  if (halfOpenVerdict === "ANY_FAILURE" && failures > 0) return "open"
  if (calls >= needed) return exceeds(trip, state.counts) ? "open" : "close"
  if (halfOpenVerdict !== "EARLY_EXIT") return "wait"
  // The best and the worst that the probes still out can make of it.
  if (exceeds(trip, { calls: needed, failures, slow })) return "open"
  const out = needed - calls
  return exceeds(trip, { calls: needed, failures: failures + out, slow: slow + out }) ? "wait" : "close"
}
