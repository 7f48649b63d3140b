/**
 * The circuit breaker as a pure state machine: no clock, no randomness, no effects, immutable states.
 *
 * Every transition starts a new generation. A call remembers the generation that admitted it, and an outcome that comes
 * back to a later one changes nothing, so a slow call from before a trip can neither reopen nor close what came after it.
 *
 * Times are milliseconds of one monotonic clock, so that a correction of the wall clock moves no recovery. Random numbers lie
 * from 0 up to but not including 1.
 */
import { Duration, Schema } from "effect"
import { type CircuitBreakerOptions, type TripPolicy } from "./CircuitBreakerOptions.ts"
import * as Counts from "./internal/Counts.ts"
import * as CountWindow from "./internal/CountWindow.ts"
import * as TimeWindow from "./internal/TimeWindow.ts"

/** How a call ended, for the breaker: an ignored call counts for nothing and gives back its permit. */
export type Outcome = "success" | "failure" | "ignored"

/** Failures in a row. */
export interface Streak {
  readonly _tag: "Streak"
  readonly failures: number
}

/** Failures in a row, or the window of the last outcomes. */
export type Tally = Streak | CountWindow.CountWindow | TimeWindow.TimeWindow

export interface Closed {
  readonly _tag: "CLOSED"
  readonly generation: number
  readonly tally: Tally
  /** Set while it closed only lately and lets through a growing share of calls. */
  readonly ramp: Ramp | undefined
}

export interface Ramp {
  readonly since: number
  /** The opening that it comes from: opening again goes on from it. */
  readonly attempt: number
}

export interface Open {
  readonly _tag: "OPEN"
  readonly generation: number
  /** How many times it opened without closing in between, from 1. */
  readonly attempt: number
  /** From then on a call is admitted as a probe. */
  readonly until: number
  /** What the verdict stood on. */
  readonly counts: Counts.Counts
}

export interface HalfOpen {
  readonly _tag: "HALF_OPEN"
  readonly generation: number
  readonly attempt: number
  readonly since: number
  /** Probes under way or counted; an ignored one is taken off again. */
  readonly admitted: number
  readonly counts: Counts.Counts
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

/** Admits all, counts, and never opens, until told otherwise: to learn thresholds before they bite. */
export interface MetricsOnly {
  readonly _tag: "METRICS_ONLY"
  readonly generation: number
  readonly tally: Tally
}

export type State = Closed | Open | HalfOpen | ForcedOpen | Disabled | MetricsOnly

/** The states by resilience4j's names. */
export const StateName = Schema.Literals(["CLOSED", "OPEN", "HALF_OPEN", "FORCED_OPEN", "DISABLED", "METRICS_ONLY"])
export type StateName = typeof StateName.Type

/** What is known of a call that ended, beside its outcome. */
export interface Detail {
  /** Whether it took longer than a call should. */
  readonly slow?: boolean
  /** How long the dependency asked to be left alone, in milliseconds. */
  readonly retryAfter?: number | undefined
  /** For the spread of the wait, should it open; 0.5 is none. */
  readonly random?: number
}

export type Event =
  | { readonly _tag: "Admit"; readonly now: number; readonly random?: number }
  | {
      readonly _tag: "Record"
      readonly generation: number
      readonly outcome: Outcome
      readonly now: number
      readonly detail?: Detail
    }
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "ForceOpen" }
  | { readonly _tag: "ForceClose" }
  | { readonly _tag: "Disable" }
  | { readonly _tag: "MetricsOnly" }
  | { readonly _tag: "Reset" }
  | { readonly _tag: "Reconfigure" }

/** What an event led to. `admitted` says whether an `Admit` may run; it is true for every other event. */
export interface Step {
  readonly state: State
  readonly admitted: boolean
}

const emptyTally = ({ trip }: CircuitBreakerOptions): Tally =>
  trip._tag === "ConsecutiveFailures"
    ? { _tag: "Streak", failures: 0 }
    : trip.slidingWindowType === "COUNT_BASED"
      ? CountWindow.make(trip.slidingWindowSize)
      : TimeWindow.make(trip.slidingWindowSize)

export const closed = (options: CircuitBreakerOptions, generation = 0, ramp?: Ramp): Closed => ({
  _tag: "CLOSED",
  generation,
  tally: emptyTally(options),
  ramp
})

/** The state that a breaker starts in. */
export const initial = (options: CircuitBreakerOptions, now: number): State => {
  switch (options.initialState) {
    case "CLOSED":
      return closed(options)
    case "OPEN":
      return open(options, closed(options, -1), now, {})
    case "METRICS_ONLY":
      return { _tag: "METRICS_ONLY", generation: 0, tally: emptyTally(options) }
    default:
      return { _tag: options.initialState, generation: 0 }
  }
}

/** The wait of the `attempt`-th opening in a row, in milliseconds. */
export const waitMillis = (
  options: CircuitBreakerOptions,
  attempt: number,
  { random = 0.5, retryAfter = 0 }: Detail
) => {
  const max = Math.min(Duration.toMillis(options.exponentialMaxWaitDurationInOpenState), Number.MAX_SAFE_INTEGER)
  const wait =
    Duration.toMillis(options.waitDurationInOpenState) * options.exponentialBackoffMultiplier ** (attempt - 1)
  const spread = 1 + options.randomizedWaitFactor * (2 * random - 1)
  const own = Math.min(max, Math.min(max, wait) * spread)
  return Math.max(own, Math.min(retryAfter, Duration.toMillis(options.maxRetryAfter)))
}

const open = (options: CircuitBreakerOptions, from: Closed | HalfOpen, now: number, detail: Detail): Open => {
  const attempt = from._tag === "HALF_OPEN" ? from.attempt + 1 : (from.ramp?.attempt ?? 0) + 1
  return {
    _tag: "OPEN",
    generation: from.generation + 1,
    attempt,
    until: now + waitMillis(options, attempt, detail),
    counts: counts(from, now)
  }
}

const halfOpen = (from: Open, now: number, admitted: number): HalfOpen => ({
  _tag: "HALF_OPEN",
  generation: from.generation + 1,
  attempt: from.attempt,
  since: now,
  admitted,
  counts: Counts.none
})

/** Closing after probes starts the ramp, if there is one. */
const close = (options: CircuitBreakerOptions, from: HalfOpen, now: number): Closed =>
  closed(
    options,
    from.generation + 1,
    Duration.toMillis(options.rampDuration) > 0 ? { since: now, attempt: from.attempt } : undefined
  )

const tallied = (tally: Tally, now: number): Counts.Counts => {
  switch (tally._tag) {
    case "Streak":
      return { calls: tally.failures, failures: tally.failures, slow: 0 }
    case "CountWindow":
      return { calls: tally.calls, failures: tally.failures, slow: tally.slow }
    case "TimeWindow":
      return TimeWindow.counts(tally, now)
  }
}

/** What the state stands on: the streak or window while closed, the probes while half-open, what tripped it while open. */
export const counts = (state: State, now = 0): Counts.Counts => {
  switch (state._tag) {
    case "CLOSED":
    case "METRICS_ONLY":
      return tallied(state.tally, now)
    case "OPEN":
    case "HALF_OPEN":
      return state.counts
    default:
      return Counts.none
  }
}

/** How many calls it takes to judge in this state. */
const minimumCalls = (options: CircuitBreakerOptions, state: State): number => {
  const { permittedNumberOfCallsInHalfOpenState: permitted, trip } = options
  if (state._tag === "OPEN") return 1
  if (trip._tag === "ConsecutiveFailures") return permitted
  const probing = state._tag === "HALF_OPEN" || (state._tag === "CLOSED" && state.ramp !== undefined)
  const minimum = probing ? Math.min(trip.minimumNumberOfCalls, permitted) : trip.minimumNumberOfCalls
  return trip.slidingWindowType === "COUNT_BASED"
    ? Math.min(minimum, Math.max(trip.slidingWindowSize, probing ? permitted : 0))
    : minimum
}

const rate = (options: CircuitBreakerOptions, state: State, now: number, of: "failures" | "slow"): number => {
  if (options.trip._tag === "ConsecutiveFailures") return -1
  const known = counts(state, now)
  return known.calls >= minimumCalls(options, state) ? (100 * known[of]) / known.calls : -1
}

/** The share of failures in percent, or -1 while fewer calls are known than it takes to judge. */
export const failureRate = (options: CircuitBreakerOptions, state: State, now = 0): number =>
  rate(options, state, now, "failures")

/** The share of slow calls in percent, or -1 while fewer calls are known than it takes to judge. */
export const slowCallRate = (options: CircuitBreakerOptions, state: State, now = 0): number =>
  rate(options, state, now, "slow")

/** The share of calls let through at a time of the ramp. */
const rampShare = (options: CircuitBreakerOptions, ramp: Ramp, now: number): number =>
  options.rampInitialShare +
  (1 - options.rampInitialShare) * ((now - ramp.since) / Math.max(1, Duration.toMillis(options.rampDuration)))

/** The state after time has passed: probes that did not come back in time are given up. */
export const tick = (options: CircuitBreakerOptions, state: State, now: number): State => {
  if (state._tag !== "HALF_OPEN") return state
  const patience = Duration.toMillis(options.maxWaitDurationInHalfOpenState)
  if (patience === 0 || now < state.since + patience) return state
  const then = state.since + patience
  return options.transitionToStateAfterWaitDuration === "OPEN"
    ? open(options, state, then, {})
    : close(options, state, then)
}

/** Goes half-open without a call, if the wait is over. */
export const probeReady = (state: State, now: number): State =>
  state._tag === "OPEN" && now >= state.until ? halfOpen(state, now, 0) : state

/**
 * The state after a call asks to run, or `undefined` when it is rejected. The call that finds the wait of an open breaker
 * over is itself the first probe.
 */
export const admit = (options: CircuitBreakerOptions, state: State, now: number, random = 0): State | undefined => {
  const current = tick(options, state, now)
  switch (current._tag) {
    case "DISABLED":
    case "METRICS_ONLY":
      return current
    case "FORCED_OPEN":
      return undefined
    case "CLOSED": {
      if (current.ramp === undefined) return current
      const share = rampShare(options, current.ramp, now)
      if (share >= 1) return { ...current, ramp: undefined }
      return random < share ? current : undefined
    }
    case "OPEN":
      return now < current.until ? undefined : halfOpen(current, now, 1)
    case "HALF_OPEN":
      return current.admitted < options.permittedNumberOfCallsInHalfOpenState
        ? { ...current, admitted: current.admitted + 1 }
        : undefined
  }
}

/** The state after a call that was admitted in `generation` ended. */
export const record = (
  options: CircuitBreakerOptions,
  state: State,
  generation: number,
  outcome: Outcome,
  now: number,
  detail: Detail = {}
): State => {
  if (generation !== state.generation) return state
  switch (state._tag) {
    case "CLOSED":
      return outcome === "ignored" ? state : recordClosed(options, state, outcome === "failure", now, detail)
    case "HALF_OPEN":
      return recordHalfOpen(options, state, outcome, now, detail)
    case "METRICS_ONLY":
      return outcome === "ignored"
        ? state
        : { ...state, tally: tally(state.tally, outcome === "failure", detail.slow === true, now) }
    default:
      return state
  }
}

const tally = (self: Tally, failed: boolean, slow: boolean, now: number): Tally => {
  switch (self._tag) {
    case "Streak":
      return failed ? { _tag: "Streak", failures: self.failures + 1 } : self.failures === 0 ? self : noStreak
    case "CountWindow":
      return CountWindow.record(self, failed, slow)
    case "TimeWindow":
      return TimeWindow.record(self, failed, slow, now)
  }
}

const noStreak: Streak = { _tag: "Streak", failures: 0 }

const recordClosed = (
  options: CircuitBreakerOptions,
  state: Closed,
  failed: boolean,
  now: number,
  detail: Detail
): State => {
  const next = tally(state.tally, failed, detail.slow === true, now)
  if (next === state.tally) return state
  const counted: Closed = { _tag: "CLOSED", generation: state.generation, tally: next, ramp: state.ramp }
  const asked = failed && options.openOnRetryAfter && detail.retryAfter !== undefined
  return asked || trips(options.trip, counted, minimumCalls(options, counted), now)
    ? open(options, counted, now, detail)
    : counted
}

/** Whether what is counted reaches a threshold, in the arithmetic of the hot path. */
const trips = (trip: TripPolicy, { tally }: Closed, minimum: number, now: number): boolean => {
  if (trip._tag === "ConsecutiveFailures") return tally._tag === "Streak" && tally.failures >= trip.threshold
  const known = tally._tag === "CountWindow" ? tally : tallied(tally, now)
  return known.calls >= minimum && exceeds(trip, known)
}

const exceeds = (trip: Extract<TripPolicy, { _tag: "FailureRate" }>, known: Counts.Counts): boolean =>
  100 * known.failures >= trip.failureRateThreshold * known.calls ||
  (known.slow > 0 && 100 * known.slow >= trip.slowCallRateThreshold * known.calls)

const recordHalfOpen = (
  options: CircuitBreakerOptions,
  state: HalfOpen,
  outcome: Outcome,
  now: number,
  detail: Detail
): State => {
  if (outcome === "ignored") return { ...state, admitted: state.admitted - 1 }
  const counted: HalfOpen = {
    ...state,
    counts: Counts.count(state.counts, outcome === "failure", detail.slow === true)
  }
  switch (verdict(options, counted)) {
    case "open":
      return open(options, counted, now, detail)
    case "close":
      return close(options, counted, now)
    case "wait":
      return counted
  }
}

/** What the probes that are back say. */
const verdict = (options: CircuitBreakerOptions, state: HalfOpen): "open" | "close" | "wait" => {
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

/** Applies one event. */
export const step = (options: CircuitBreakerOptions, state: State, event: Event): Step => {
  if (event._tag === "Admit") {
    const next = admit(options, state, event.now, event.random)
    return next === undefined
      ? { state: tick(options, state, event.now), admitted: false }
      : { state: next, admitted: true }
  }
  return { state: change(options, state, event), admitted: true }
}

const change = (options: CircuitBreakerOptions, state: State, event: Exclude<Event, { _tag: "Admit" }>): State => {
  const generation = state.generation + 1
  switch (event._tag) {
    case "Record":
      return record(options, state, event.generation, event.outcome, event.now, event.detail)
    case "Tick":
      return tick(options, state, event.now)
    case "ForceOpen":
      return state._tag === "FORCED_OPEN" ? state : { _tag: "FORCED_OPEN", generation }
    case "ForceClose":
      return state._tag === "CLOSED" ? state : closed(options, generation)
    case "Disable":
      return state._tag === "DISABLED" ? state : { _tag: "DISABLED", generation }
    case "MetricsOnly":
      return state._tag === "METRICS_ONLY" ? state : { _tag: "METRICS_ONLY", generation, tally: emptyTally(options) }
    case "Reset":
      return closed(options, generation)
    case "Reconfigure":
      return reconfigure(options, state, generation)
  }
}

/** New options keep the state but not what was counted under the old ones. */
const reconfigure = (options: CircuitBreakerOptions, state: State, generation: number): State => {
  switch (state._tag) {
    case "CLOSED":
      return closed(options, generation, state.ramp)
    case "METRICS_ONLY":
      return { _tag: "METRICS_ONLY", generation, tally: emptyTally(options) }
    case "HALF_OPEN":
      return { ...state, generation, admitted: 0, counts: Counts.none }
    default:
      return { ...state, generation }
  }
}
