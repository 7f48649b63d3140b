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
import type { CircuitBreakerOptions } from "./CircuitBreakerOptions.ts"
import * as Counts from "./internal/Counts.ts"
import { rate, trips, verdict } from "./internal/judgement.ts"
import * as Tally from "./internal/Tally.ts"
import * as WaitSchedule from "./WaitSchedule.ts"

/** How a call ended, for the breaker: an ignored call counts for nothing and gives back its permit. */
export type Outcome = "success" | "failure" | "ignored"

export interface Closed {
  readonly _tag: "CLOSED"
  readonly generation: number
  readonly tally: Tally.Tally
  /** Set while it closed only lately and lets through a growing share of calls. */
  readonly ramp: Ramp | undefined
  /** Set while the openings before it still count for the next wait, by `backoffResetDuration`. */
  readonly recovered?: Ramp
}

/** Since when it is closed again. */
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
  /** Probes from before the options were changed: what they find is dropped, but each holds a permit until it is back. */
  readonly stale?: { readonly since: number; readonly running: number }
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
  readonly tally: Tally.Tally
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
  /** The wait before spread and cap, should it open: what a schedule with chance in it gave this time. */
  readonly wait?: number | undefined
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
  /** From `OPEN` and `FORCED_OPEN` only; elsewhere it changes nothing. */
  | { readonly _tag: "ForceHalfOpen"; readonly now: number }
  | { readonly _tag: "Reset" }
  | { readonly _tag: "Reconfigure" }

/** What an event led to. `admitted` says whether an `Admit` may run; it is true for every other event. */
export interface Step {
  readonly state: State
  readonly admitted: boolean
}

export const closed = (options: CircuitBreakerOptions, generation = 0, ramp?: Ramp): Closed => ({
  _tag: "CLOSED",
  generation,
  tally: Tally.empty(options.trip),
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
      return { _tag: "METRICS_ONLY", generation: 0, tally: Tally.empty(options.trip) }
    default:
      return { _tag: options.initialState, generation: 0 }
  }
}

/** The wait of the `attempt`-th opening in a row, in milliseconds. */
export const waitMillis = (
  options: CircuitBreakerOptions,
  attempt: number,
  { random = 0.5, retryAfter = 0, wait = plannedMillis(options, attempt) }: Detail
) => {
  const max = Math.min(Duration.toMillis(options.exponentialMaxWaitDurationInOpenState), Number.MAX_SAFE_INTEGER)
  const spread = 1 + options.randomizedWaitFactor * (2 * random - 1)
  const own = Math.min(max, Math.min(max, wait) * spread)
  return Math.max(own, Math.min(retryAfter, Duration.toMillis(options.maxRetryAfter)))
}

/** The same before spread, cap and what a dependency asks for. */
export const plannedMillis = (options: CircuitBreakerOptions, attempt: number): number =>
  WaitSchedule.isWaitSchedule(options.waitDurationInOpenState)
    ? WaitSchedule.millisOf(options.waitDurationInOpenState, attempt)
    : Duration.toMillis(options.waitDurationInOpenState) * options.exponentialBackoffMultiplier ** (attempt - 1)

const open = (options: CircuitBreakerOptions, from: Closed | HalfOpen, now: number, detail: Detail): Open => {
  const attempt = openings(options, from, now) + 1
  return {
    _tag: "OPEN",
    generation: from.generation + 1,
    attempt,
    until: now + waitMillis(options, attempt, detail),
    counts: counts(from, now)
  }
}

/** The openings that count for the next wait. */
const openings = (options: CircuitBreakerOptions, from: Closed | HalfOpen, now: number): number => {
  if (from._tag === "HALF_OPEN") return from.attempt
  if (from.ramp !== undefined) return from.ramp.attempt
  return from.recovered !== undefined && now - from.recovered.since < Duration.toMillis(options.backoffResetDuration)
    ? from.recovered.attempt
    : 0
}

/** The same opening at an exact time, with what only then is known for its wait. */
export const openedAt = (options: CircuitBreakerOptions, state: Open, now: number, detail: Detail): Open => ({
  ...state,
  until: now + waitMillis(options, state.attempt, detail)
})

const halfOpen = (from: Pick<Open, "generation" | "attempt">, now: number, admitted: number): HalfOpen => ({
  _tag: "HALF_OPEN",
  generation: from.generation + 1,
  attempt: from.attempt,
  since: now,
  admitted,
  counts: Counts.none
})

/** Closing after probes starts the ramp, if there is one. */
const close = (options: CircuitBreakerOptions, from: HalfOpen, now: number): Closed => {
  const again: Ramp = { since: now, attempt: from.attempt }
  const next = closed(options, from.generation + 1, Duration.toMillis(options.rampDuration) > 0 ? again : undefined)
  return Duration.toMillis(options.backoffResetDuration) > 0 ? { ...next, recovered: again } : next
}

/** What the state stands on: the streak or window while closed, the probes while half-open, what tripped it while open. */
export const counts = (state: State, now = 0): Counts.Counts => {
  switch (state._tag) {
    case "CLOSED":
    case "METRICS_ONLY":
      return Tally.counts(state.tally, now)
    case "OPEN":
    case "HALF_OPEN":
      return state.counts
    default:
      return Counts.none
  }
}

/** The share of failures in percent, or -1 while fewer calls are known than it takes to judge. */
export const failureRate = (options: CircuitBreakerOptions, state: State, now = 0): number =>
  rate(options, state, counts(state, now), "failures")

/** The share of slow calls in percent, or -1 while fewer calls are known than it takes to judge. */
export const slowCallRate = (options: CircuitBreakerOptions, state: State, now = 0): number =>
  rate(options, state, counts(state, now), "slow")

/** Whether it is closed and nothing of earlier openings is in force any more. */
export const isSettled = (options: CircuitBreakerOptions, state: State, now: number): boolean =>
  state._tag === "CLOSED" &&
  (state.ramp === undefined || rampShare(options, state.ramp, now) >= 1) &&
  (state.recovered === undefined || now - state.recovered.since >= Duration.toMillis(options.backoffResetDuration))

/** The share of calls let through at a time of the ramp. */
const rampShare = (options: CircuitBreakerOptions, ramp: Ramp, now: number): number =>
  options.rampInitialShare +
  (1 - options.rampInitialShare) * ((now - ramp.since) / Math.max(1, Duration.toMillis(options.rampDuration)))

/** When the probes of a half-open breaker are given up. */
export const patienceEnds = (options: CircuitBreakerOptions, state: HalfOpen): number => {
  const patience = Duration.toMillis(options.maxWaitDurationInHalfOpenState)
  return patience === 0 ? Number.POSITIVE_INFINITY : state.since + patience
}

/** The state after time has passed: probes that did not come back in time are given up. */
export const tick = (options: CircuitBreakerOptions, state: State, now: number): State => {
  if (state._tag !== "HALF_OPEN") return state
  const then = patienceEnds(options, state)
  if (now < then) return state
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
      return current.admitted + (current.stale?.running ?? 0) < options.permittedNumberOfCallsInHalfOpenState
        ? { ...current, admitted: current.admitted + 1 }
        : undefined
  }
}

/**
 * The state after a call that was admitted in `generation` ended. `counting` is how windows count: by default the state that
 * is given stays as it is; who owns it may count in place.
 */
export const record = (
  options: CircuitBreakerOptions,
  state: State,
  generation: number,
  outcome: Outcome,
  now: number,
  detail: Detail = {},
  counting: Tally.Counting = Tally.pure
): State => {
  if (generation !== state.generation) return letGo(state, generation)
  switch (state._tag) {
    case "CLOSED":
      return outcome === "ignored" ? state : recordClosed(options, state, outcome === "failure", now, detail, counting)
    case "HALF_OPEN":
      return recordHalfOpen(options, state, outcome, now, detail)
    case "METRICS_ONLY": {
      if (outcome === "ignored") return state
      const tally = counting(state.tally, outcome === "failure", detail.slow === true, now)
      return tally === state.tally ? state : { ...state, tally }
    }
    default:
      return state
  }
}

/** What an outcome of an older generation leads to: at most a permit comes back. */
const letGo = (state: State, generation: number): State => {
  if (state._tag !== "HALF_OPEN" || state.stale === undefined) return state
  const { stale, ...rest } = state
  if (generation < stale.since || generation > state.generation) return state
  return stale.running === 1 ? rest : { ...rest, stale: { ...stale, running: stale.running - 1 } }
}

const recordClosed = (
  options: CircuitBreakerOptions,
  state: Closed,
  failed: boolean,
  now: number,
  detail: Detail,
  counting: Tally.Counting
): State => {
  const tally = counting(state.tally, failed, detail.slow === true, now)
  const asked = failed && options.openOnRetryAfter && detail.retryAfter !== undefined
  const mayTrip = !options.onlyFailuresTrip || failed || detail.slow === true
  if (asked || (mayTrip && trips(options, state, tally))) return open(options, { ...state, tally }, now, detail)
  return tally === state.tally ? state : { ...state, tally }
}

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
      return state._tag === "METRICS_ONLY"
        ? state
        : { _tag: "METRICS_ONLY", generation, tally: Tally.empty(options.trip) }
    case "ForceHalfOpen":
      if (state._tag === "OPEN") return halfOpen(state, event.now, 0)
      return state._tag === "FORCED_OPEN" ? halfOpen({ ...state, attempt: 1 }, event.now, 0) : state
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
      return { ...state, generation, tally: Tally.empty(options.trip) }
    case "METRICS_ONLY":
      return { _tag: "METRICS_ONLY", generation, tally: Tally.empty(options.trip) }
    case "HALF_OPEN":
      return halfOpenAnew(state, generation)
    default:
      return { ...state, generation }
  }
}

/** The probes under way find out nothing for the new options, but they are still calls to a dependency that may be down. */
const halfOpenAnew = (state: HalfOpen, generation: number): HalfOpen => {
  const running = state.admitted - state.counts.calls + (state.stale?.running ?? 0)
  const since = state.stale?.since ?? state.generation
  const { stale: _, ...rest } = state
  return {
    ...rest,
    generation,
    admitted: 0,
    counts: Counts.none,
    ...(running === 0 ? {} : { stale: { since, running } })
  }
}

/** The state as it is now: what the breaker counts from now on does not show in it. */
export const detached = (state: State): State =>
  state._tag === "CLOSED" || state._tag === "METRICS_ONLY" ? { ...state, tally: Tally.copy(state.tally) } : state
