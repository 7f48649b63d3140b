import { Schema } from "effect"
import type { CircuitBreakerOptions } from "./CircuitBreakerOptions.ts"
import * as State from "./CircuitBreakerState.ts"

/**
 * A breaker's state to be kept across a restart. Counts are not: what the last process saw is old news. A half-open one comes
 * back as open and ready for a probe.
 */
export const CircuitBreakerSavedState = Schema.Struct({
  state: Schema.Literals(["CLOSED", "OPEN", "FORCED_OPEN", "DISABLED", "METRICS_ONLY"]),
  /** How many times it opened without closing in between; 0 while closed. */
  attempt: Schema.Int,
  /** When the first probe may go out, in milliseconds since the epoch; 0 unless open. */
  openUntil: Schema.Finite
}).annotate({ identifier: "CircuitBreakerSavedState" })
export type CircuitBreakerSavedState = typeof CircuitBreakerSavedState.Type

/** Now, by the clock that states are measured by and by the wall. */
export interface Now {
  readonly monotonic: number
  readonly wall: number
}

export const save = (state: State.State, now: Now): CircuitBreakerSavedState => {
  switch (state._tag) {
    case "OPEN":
      return { state: "OPEN", attempt: state.attempt, openUntil: now.wall + (state.until - now.monotonic) }
    case "HALF_OPEN":
      return { state: "OPEN", attempt: state.attempt, openUntil: now.wall }
    default:
      return { state: state._tag, attempt: 0, openUntil: 0 }
  }
}

/** The state in a process where another `generation` went before. */
export const restore = (
  options: CircuitBreakerOptions,
  saved: CircuitBreakerSavedState,
  now: Now,
  generation: number
): State.State => {
  switch (saved.state) {
    case "OPEN":
      return {
        _tag: "OPEN",
        generation,
        attempt: saved.attempt,
        until: now.monotonic + (saved.openUntil - now.wall),
        counts: { calls: 0, failures: 0, slow: 0 }
      }
    case "FORCED_OPEN":
    case "DISABLED":
      return { _tag: saved.state, generation }
    case "METRICS_ONLY":
      return State.step(options, { _tag: "DISABLED", generation: generation - 1 }, { _tag: "MetricsOnly" }).state
    case "CLOSED":
      return State.closed(options, generation)
  }
}
