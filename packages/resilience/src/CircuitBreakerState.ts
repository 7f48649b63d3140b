/**
 * The circuit breaker as a pure state machine: no clock, no effects, immutable states.
 *
 * Every transition starts a new generation. A call remembers the generation that admitted it, and an outcome that comes
 * back to a later one changes nothing, so a slow call from before a trip can neither reopen nor close what came after it.
 *
 * Times are milliseconds of one monotonic clock, so that a correction of the wall clock moves no recovery.
 */
import { Duration, Schema } from "effect"
import { type CircuitBreakerOptions, type TripPolicy } from "./CircuitBreakerOptions.ts"
import * as CountWindow from "./internal/CountWindow.ts"

/** How a call ended, for the breaker: an ignored call counts for nothing and gives back its permit. */
export type Outcome = "success" | "failure" | "ignored"

/** Failures in a row. */
export interface Streak {
  readonly _tag: "Streak"
  readonly failures: number
}

/** Failures in a row, or the window of the last outcomes. */
export type Tally = Streak | CountWindow.CountWindow

/** The calls that a verdict stands on, and how many of them failed. */
export interface Counts {
  readonly calls: number
  readonly failures: number
}

export interface Closed {
  readonly _tag: "CLOSED"
  readonly generation: number
  readonly tally: Tally
}

export interface Open {
  readonly _tag: "OPEN"
  readonly generation: number
  /** How many times it opened without closing in between, from 1. */
  readonly attempt: number
  /** From then on a call is admitted as a probe. */
  readonly until: number
  /** What the verdict stood on. */
  readonly counts: Counts
}

export interface HalfOpen {
  readonly _tag: "HALF_OPEN"
  readonly generation: number
  readonly attempt: number
  /** Probes under way or counted; an ignored one is taken off again. */
  readonly admitted: number
  readonly successes: number
  readonly failures: number
}

/** Rejects until told otherwise. */
export interface ForcedOpen {
  readonly _tag: "FORCED_OPEN"
  readonly generation: number
}

/** Admits all and records nothing until told otherwise. */
export interface Disabled {
  readonly _tag: "DISABLED"
  readonly generation: number
}

export type State = Closed | Open | HalfOpen | ForcedOpen | Disabled

/** The states by resilience4j's names. */
export const StateName = Schema.Literals(["CLOSED", "OPEN", "HALF_OPEN", "FORCED_OPEN", "DISABLED"])
export type StateName = typeof StateName.Type

export type Event =
  | { readonly _tag: "Admit"; readonly now: number }
  | { readonly _tag: "Record"; readonly generation: number; readonly outcome: Outcome; readonly now: number }
  | { readonly _tag: "ForceOpen" }
  | { readonly _tag: "ForceClose" }
  | { readonly _tag: "Disable" }
  | { readonly _tag: "Reset" }
  | { readonly _tag: "Reconfigure" }

/** What an event led to. `admitted` says whether an `Admit` may run; it is true for every other event. */
export interface Step {
  readonly state: State
  readonly admitted: boolean
}

const emptyTally = (options: CircuitBreakerOptions): Tally =>
  options.trip._tag === "ConsecutiveFailures"
    ? { _tag: "Streak", failures: 0 }
    : CountWindow.make(options.trip.slidingWindowSize)

export const closed = (options: CircuitBreakerOptions, generation = 0): Closed => ({
  _tag: "CLOSED",
  generation,
  tally: emptyTally(options)
})

const open = (options: CircuitBreakerOptions, from: Closed | HalfOpen, now: number): Open => ({
  _tag: "OPEN",
  generation: from.generation + 1,
  attempt: from._tag === "HALF_OPEN" ? from.attempt + 1 : 1,
  until: now + Duration.toMillis(options.waitDurationInOpenState),
  counts: { calls: counts(from).calls, failures: counts(from).failures }
})

/** What the state stands on: the streak or window while closed, the probes while half-open, what tripped it while open. */
export const counts = (state: State): Counts => {
  switch (state._tag) {
    case "CLOSED":
      return state.tally._tag === "Streak"
        ? { calls: state.tally.failures, failures: state.tally.failures }
        : state.tally
    case "OPEN":
      return state.counts
    case "HALF_OPEN":
      return { calls: state.successes + state.failures, failures: state.failures }
    default:
      return { calls: 0, failures: 0 }
  }
}

/** The share of failures in percent, or -1 while fewer calls are known than it takes to judge. */
export const failureRate = (options: CircuitBreakerOptions, state: State): number => {
  if (options.trip._tag === "ConsecutiveFailures") return -1
  const { calls, failures } = counts(state)
  const minimum =
    state._tag === "CLOSED"
      ? Math.min(options.trip.minimumNumberOfCalls, options.trip.slidingWindowSize)
      : state._tag === "HALF_OPEN"
        ? halfOpenMinimum(options)
        : 1
  return calls >= minimum ? (100 * failures) / calls : -1
}

const halfOpenMinimum = ({ permittedNumberOfCallsInHalfOpenState: permitted, trip }: CircuitBreakerOptions): number =>
  trip._tag === "FailureRate" ? Math.min(trip.minimumNumberOfCalls, permitted) : permitted

/**
 * The state after a call asks to run, or `undefined` when it is rejected. The call that finds the wait of an open breaker
 * over is itself the first probe.
 */
export const admit = (options: CircuitBreakerOptions, state: State, now: number): State | undefined => {
  switch (state._tag) {
    case "CLOSED":
    case "DISABLED":
      return state
    case "FORCED_OPEN":
      return undefined
    case "OPEN":
      return now < state.until
        ? undefined
        : {
            _tag: "HALF_OPEN",
            generation: state.generation + 1,
            attempt: state.attempt,
            admitted: 1,
            successes: 0,
            failures: 0
          }
    case "HALF_OPEN":
      return state.admitted < options.permittedNumberOfCallsInHalfOpenState
        ? { ...state, admitted: state.admitted + 1 }
        : undefined
  }
}

/** The state after a call that was admitted in `generation` ended. */
export const record = (
  options: CircuitBreakerOptions,
  state: State,
  generation: number,
  outcome: Outcome,
  now: number
): State => {
  if (generation !== state.generation) return state
  if (state._tag === "CLOSED") return outcome === "ignored" ? state : recordClosed(options, state, outcome, now)
  if (state._tag === "HALF_OPEN") return recordHalfOpen(options, state, outcome, now)
  return state
}

const recordClosed = (
  options: CircuitBreakerOptions,
  state: Closed,
  outcome: "success" | "failure",
  now: number
): State => {
  const failed = outcome === "failure"
  const { generation, tally } = state
  if (tally._tag === "Streak") {
    if (!failed && tally.failures === 0) return state
    const failures = failed ? tally.failures + 1 : 0
    const next: Closed = { _tag: "CLOSED", generation, tally: { _tag: "Streak", failures } }
    const trips = options.trip._tag === "ConsecutiveFailures" && failures >= options.trip.threshold
    return trips ? open(options, next, now) : next
  }
  const window = CountWindow.record(tally, failed)
  const next: Closed = { _tag: "CLOSED", generation, tally: window }
  return options.trip._tag === "FailureRate" && reached(options.trip, window) ? open(options, next, now) : next
}

/** The same as comparing `failureRate` with its threshold, in the arithmetic of the hot path. */
const reached = (
  trip: Extract<TripPolicy, { _tag: "FailureRate" }>,
  { calls, failures, size }: CountWindow.CountWindow
) => calls >= Math.min(trip.minimumNumberOfCalls, size) && 100 * failures >= trip.failureRateThreshold * calls

const recordHalfOpen = (options: CircuitBreakerOptions, state: HalfOpen, outcome: Outcome, now: number): State => {
  if (outcome === "ignored") return { ...state, admitted: state.admitted - 1 }
  const next: HalfOpen = {
    ...state,
    successes: state.successes + (outcome === "success" ? 1 : 0),
    failures: state.failures + (outcome === "failure" ? 1 : 0)
  }
  const reopens =
    options.trip._tag === "ConsecutiveFailures"
      ? next.failures > 0
      : failureRate(options, next) >= options.trip.failureRateThreshold
  if (reopens) return open(options, next, now)
  return next.successes + next.failures >= halfOpenMinimum(options) ? closed(options, state.generation + 1) : next
}

/** Applies one event. */
export const step = (options: CircuitBreakerOptions, state: State, event: Event): Step => {
  switch (event._tag) {
    case "Admit": {
      const next = admit(options, state, event.now)
      return next === undefined ? { state, admitted: false } : { state: next, admitted: true }
    }
    case "Record":
      return { state: record(options, state, event.generation, event.outcome, event.now), admitted: true }
    case "ForceOpen":
      return {
        state: state._tag === "FORCED_OPEN" ? state : { _tag: "FORCED_OPEN", generation: state.generation + 1 },
        admitted: true
      }
    case "ForceClose":
      return { state: state._tag === "CLOSED" ? state : closed(options, state.generation + 1), admitted: true }
    case "Disable":
      return {
        state: state._tag === "DISABLED" ? state : { _tag: "DISABLED", generation: state.generation + 1 },
        admitted: true
      }
    case "Reset":
      return { state: closed(options, state.generation + 1), admitted: true }
    case "Reconfigure":
      return { state: reconfigure(options, state), admitted: true }
  }
}

/** New options keep the state but not what was counted under the old ones. */
const reconfigure = (options: CircuitBreakerOptions, state: State): State => {
  const generation = state.generation + 1
  switch (state._tag) {
    case "CLOSED":
      return closed(options, generation)
    case "HALF_OPEN":
      return { ...state, generation, admitted: 0, successes: 0, failures: 0 }
    default:
      return { ...state, generation }
  }
}
