import { Context, Effect, Metric, type Scope } from "effect"
import { StateName } from "../CircuitBreakerState.ts"
import * as PulledSeries from "./PulledSeries.ts"

/** What the series of a breaker show. */
export interface Reading {
  /** How many are in a state: of one breaker 1 in the one that it is in. */
  readonly inState: (state: StateName) => number
  readonly failureRate: number
  readonly slowCallRate: number
  readonly bufferedCalls: number
  readonly failedCalls: number
  readonly slowCalls: number
  readonly calls: {
    readonly successful: number
    readonly failed: number
    readonly ignored: number
    readonly notPermitted: number
  }
}

const noop = () => {}
const kinds = ["successful", "failed", "ignored"] as const

const gauge = (
  id: string,
  description: string,
  attributes: Record<string, string>,
  value: number
): PulledSeries.Series => ({
  id: `resilience4j.circuitbreaker.${id}`,
  type: "Gauge",
  description,
  attributes,
  hooks: { get: () => ({ value }), update: noop, modify: noop }
})

const counter = (
  id: string,
  description: string,
  attributes: Record<string, string>,
  count: number
): PulledSeries.Series => ({
  id: `resilience4j.circuitbreaker.${id}`,
  type: "Counter",
  description,
  attributes,
  hooks: { get: () => ({ count, incremental: true }), update: noop, modify: noop }
})

/** The series of one breaker, by the names and tags that resilience4j gives Micrometer. */
export const series = function* (
  labels: Readonly<Record<string, string>>,
  read: Reading
): Generator<PulledSeries.Series> {
  for (const state of StateName.literals) {
    yield gauge(
      "state",
      "1 for the state that the circuit breaker is in; with keys, how many of them are",
      { ...labels, state: state.toLowerCase() },
      read.inState(state)
    )
  }
  yield gauge(
    "failure.rate",
    "Failed calls in percent of those that the circuit breaker stands on, -1 while too few are known",
    labels,
    read.failureRate
  )
  yield gauge(
    "slow.call.rate",
    "Slow calls in percent of those that the circuit breaker stands on, -1 while too few are known",
    labels,
    read.slowCallRate
  )
  yield gauge("slow.calls", "Slow calls among those that the circuit breaker stands on", labels, read.slowCalls)
  for (const [kind, calls] of [
    ["successful", read.bufferedCalls - read.failedCalls],
    ["failed", read.failedCalls]
  ] as const) {
    yield gauge("buffered.calls", "Calls that the circuit breaker stands on", { ...labels, kind }, calls)
  }
  for (const kind of kinds) {
    yield counter("calls", "Calls that ran, by how they ended", { ...labels, kind }, read.calls[kind])
  }
  yield counter(
    "not.permitted.calls",
    "Calls that were rejected",
    { ...labels, kind: "not_permitted" },
    read.calls.notPermitted
  )
}

/** Shows the series of a breaker as long as the scope is open. */
export const register = (
  context: Context.Context<never>,
  labels: Readonly<Record<string, string>>,
  read: () => Omit<Reading, "inState"> & { readonly state: StateName }
): Effect.Effect<void, never, Scope.Scope> => {
  const all = labelled(context, labels)
  const source: PulledSeries.Source = {
    series: () => {
      const { state, ...reading } = read()
      return series(all, { ...reading, inState: (name) => (name === state ? 1 : 0) })
    }
  }
  return Effect.asVoid(
    Effect.acquireRelease(
      Effect.sync(() => PulledSeries.attach(context, keyOf(all), source)),
      () => Effect.sync(() => PulledSeries.detach(context, keyOf(all), source))
    )
  )
}

type Labels = Readonly<Record<string, string>>

/** The labels of a breaker with those that the surroundings give all metrics. */
export const labelled = (context: Context.Context<never>, labels: Labels): Labels => ({
  ...labels,
  ...Context.get(context, Metric.CurrentMetricAttributes)
})

/** Two breakers of one name and other labels have series of their own. */
export const keyOf = ({ name = "", ...more }: Labels): string =>
  Object.keys(more).length === 0 ? name : JSON.stringify([name, more])
