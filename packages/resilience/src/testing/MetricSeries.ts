/**
 * Reads metrics as they are now.
 *
 * **Example**
 *
 * ```ts
 * import { MetricSeries } from "@resync/resilience/testing"
 * import { Effect } from "effect"
 *
 * export const failedCalls = Effect.map(
 *   MetricSeries.read("resilience4j.circuitbreaker.calls"),
 *   (calls) => calls["failed"]
 * )
 * ```
 */
import { Effect, Metric } from "effect"

/** Runs an effect with a registry of metrics of its own. */
export const isolated = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideServiceEffect(
    self,
    Metric.MetricRegistry,
    Effect.sync(() => new Map())
  )

/** The values of the series of a metric, by one attribute of theirs or as a single number without. */
export const read = (id: string, by = "kind"): Effect.Effect<Record<string, number>> =>
  Effect.map(Metric.snapshot, (snapshot) =>
    Object.fromEntries(
      snapshot
        .filter((series) => series.id === id)
        .map((series) => {
          const { state } = series
          const value =
            typeof state === "object" && "count" in state ? state.count : "value" in state ? state.value : Number.NaN
          return [series.attributes?.[by] ?? "", Number(value)]
        })
    )
  )

/** The ids of all series. */
export const ids: Effect.Effect<ReadonlyArray<string>> = Effect.map(Metric.snapshot, (snapshot) =>
  [...new Set(snapshot.map((series) => series.id))].sort()
)

/** The attributes of the series of a metric, in the order of the names of what they are of. */
export const attributes = (id: string): Effect.Effect<ReadonlyArray<Readonly<Record<string, string>>>> =>
  Effect.map(Metric.snapshot, (snapshot) =>
    snapshot
      .flatMap((series) => (series.id === id ? [{ ...series.attributes }] : []))
      .sort((a, b) => ((a["name"] ?? "") < (b["name"] ?? "") ? -1 : 1))
  )
