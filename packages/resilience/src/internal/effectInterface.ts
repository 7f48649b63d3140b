/** Our words for a circuit in those of `effect/persistence/CircuitBreaker`. */
import { Duration } from "effect"
import * as Theirs from "effect/persistence/CircuitBreaker"
import type { FailureWithRetryAfter } from "../CircuitBreaker.ts"
import type * as State from "../CircuitBreakerState.ts"
import { CircuitOpen } from "../CircuitOpen.ts"
import { stackless } from "./stackless.ts"

export const verdictOf = (outcome: Theirs.Outcome): State.Outcome | FailureWithRetryAfter => {
  switch (outcome._tag) {
    case "Success":
      return "success"
    case "Ignored":
      return "ignored"
    case "Failure":
      return outcome.retryAfter === undefined ? "failure" : { outcome: "failure", retryAfter: outcome.retryAfter }
  }
}

const reasonOf = ({ cause, retryAfter, state }: CircuitOpen, key: string): Theirs.CircuitBreakerErrorReason => {
  if (cause !== undefined) return new Theirs.CircuitBreakerStoreError({ message: cause.message, cause: cause.cause })
  return state === "HALF_OPEN"
    ? new Theirs.CircuitHalfOpen({ key })
    : new Theirs.CircuitOpen({ key, retryAfter }, { disableChecks: true })
}

/** The rejection of the breaker of this name; the errors of what it guards stay as they are. */
export const errorOf = <E>(error: E | CircuitOpen, name: string, key: string): E | Theirs.CircuitBreakerError =>
  error instanceof CircuitOpen
    ? error.name === name
      ? stackless(() => new Theirs.CircuitBreakerError({ reason: reasonOf(error, key) }))
      : // Of a breaker inside the call, so it is an error of the call's.
        (error as E)
    : error

export const stateOf = (state: State.State, key: string, retryAfter: Duration.Duration): Theirs.State => {
  switch (state._tag) {
    case "OPEN":
      return { _tag: "Open", key, retryAfter, consecutiveOpenings: state.attempt }
    case "FORCED_OPEN":
      return { _tag: "Open", key, retryAfter: Duration.infinity, consecutiveOpenings: 0 }
    case "HALF_OPEN":
      return { _tag: "HalfOpen", key, probing: state.admitted > 0, consecutiveOpenings: state.attempt }
    default:
      return { _tag: "Closed", key }
  }
}

type Name = "Closed" | "Open" | "HalfOpen"

const names: Readonly<Record<State.StateName, Name>> = {
  CLOSED: "Closed",
  DISABLED: "Closed",
  METRICS_ONLY: "Closed",
  OPEN: "Open",
  FORCED_OPEN: "Open",
  HALF_OPEN: "HalfOpen"
}

/** A transition that the other interface knows: commands lead to some that it does not. */
export const transitionOf = (
  { from: before, to: after }: { readonly from: State.StateName; readonly to: State.StateName },
  key: string,
  { now, state }: { readonly now: number; readonly state: State.State }
): Theirs.Transition | undefined => {
  const from = names[before]
  const to = names[after]
  if (to === "HalfOpen") return from === "Open" ? { key, from, to } : undefined
  if (to === "Closed") return from === "HalfOpen" ? { key, from, to } : undefined
  if (from === "Open") return undefined
  return state._tag === "OPEN"
    ? { key, from, to, retryAfter: Duration.millis(Math.max(0, state.until - now)), consecutiveOpenings: state.attempt }
    : { key, from, to, retryAfter: Duration.infinity, consecutiveOpenings: 0 }
}
