import type { Metric } from "effect"

/** One series of a metric at one moment. */
export type Point =
  | { readonly _tag: "Number"; readonly labels: Labels; readonly value: number | bigint }
  | { readonly _tag: "Histogram"; readonly labels: Labels; readonly state: Metric.HistogramState }
  | { readonly _tag: "Summary"; readonly labels: Labels; readonly state: Metric.SummaryState }

export type Labels = ReadonlyArray<readonly [key: string, value: string]>

/** A metric with all its series. `kind` names the field of `opentelemetry.proto.metrics.v1.Metric` that it goes to. */
export interface MetricData {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly kind: "gauge" | "sum" | "histogram" | "summary"
  readonly monotonic: boolean
  readonly points: Array<Point>
}

/** The unit of a metric is told by its attribute `unit`, in UCUM or by Effect's words. */
const ucum: Readonly<Record<string, string>> = {
  nanoseconds: "ns",
  microseconds: "us",
  milliseconds: "ms",
  seconds: "s",
  bytes: "By"
}

const kindOf = (snapshot: Metric.Metric.Snapshot): MetricData["kind"] => {
  switch (snapshot.type) {
    case "Counter":
    case "Frequency":
      return "sum"
    case "Gauge":
      return "gauge"
    case "Histogram":
      return "histogram"
    case "Summary":
      return "summary"
  }
}

const pointsOf = (snapshot: Metric.Metric.Snapshot, labels: Labels): Array<Point> => {
  switch (snapshot.type) {
    case "Counter":
      return [{ _tag: "Number", labels, value: snapshot.state.count }]
    case "Gauge":
      return [{ _tag: "Number", labels, value: snapshot.state.value }]
    case "Frequency":
      return [...snapshot.state.occurrences].map(([key, value]) => ({
        _tag: "Number",
        labels: [...labels, ["key", key]],
        value
      }))
    case "Histogram":
      return [{ _tag: "Histogram", labels, state: snapshot.state }]
    case "Summary":
      return [{ _tag: "Summary", labels, state: snapshot.state }]
  }
}

/** Groups the series of a snapshot by metric. */
export const collect = (snapshots: ReadonlyArray<Metric.Metric.Snapshot>): ReadonlyArray<MetricData> => {
  const metrics = new Map<string, MetricData>()
  for (const snapshot of snapshots) {
    const kind = kindOf(snapshot)
    const monotonic = snapshot.type === "Frequency" || (snapshot.type === "Counter" && snapshot.state.incremental)
    const attributes = snapshot.attributes ?? {}
    const unit = attributes["unit"] ?? attributes["time_unit"] ?? ""
    const key = `${snapshot.id} ${kind} ${monotonic}`
    const metric = metrics.get(key) ?? {
      name: snapshot.id,
      description: snapshot.description ?? "",
      unit: ucum[unit] ?? unit,
      kind,
      monotonic,
      points: []
    }
    metrics.set(key, metric)
    const labels = Object.entries(attributes).filter(([name]) => name !== "unit" && name !== "time_unit")
    metric.points.push(...pointsOf(snapshot, labels))
  }
  return [...metrics.values()]
}

/** Counts per bucket, the last one for what is above all boundaries. Effect's buckets are cumulative. */
export const bucketsOf = (
  state: Metric.HistogramState
): { readonly bounds: Array<number>; readonly counts: Array<number> } => {
  const bounds: Array<number> = []
  const counts: Array<number> = []
  let before = 0
  for (const [bound, cumulative] of state.buckets) {
    if (bound === Number.POSITIVE_INFINITY) break
    bounds.push(bound)
    counts.push(cumulative - before)
    before = cumulative
  }
  counts.push(state.count - before)
  return { bounds, counts }
}

export const quantilesOf = (state: Metric.SummaryState): Array<{ readonly quantile: number; readonly value: number }> =>
  state.quantiles.flatMap(([quantile, value]) => (value === undefined ? [] : [{ quantile, value }]))
