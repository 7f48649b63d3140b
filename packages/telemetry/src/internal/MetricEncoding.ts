import * as Attributes from "./Attributes.ts"
import { bucketsOf, type MetricData, type Point, quantilesOf } from "./MetricData.ts"
import type { ProtobufWriter } from "./ProtobufWriter.ts"

/** Sums and histograms tell their total since `start`. */
const cumulative = 2

export interface Times {
  readonly start: bigint
  readonly now: bigint
}

const fields = { gauge: 5, sum: 7, histogram: 9, summary: 11 } as const

/** Writes one metric as `opentelemetry.proto.metrics.v1.Metric` into the given field. */
export const write = (writer: ProtobufWriter, field: number, metric: MetricData, times: Times): void => {
  const message = writer.begin(field)
  writer.string(1, metric.name)
  if (metric.description !== "") writer.string(2, metric.description)
  if (metric.unit !== "") writer.string(3, metric.unit)
  const data = writer.begin(fields[metric.kind])
  for (const point of metric.points) writePoint(writer, point, times)
  if (metric.kind === "sum" || metric.kind === "histogram") writer.uint(2, cumulative)
  if (metric.kind === "sum") writer.bool(3, metric.monotonic)
  writer.end(data)
  writer.end(message)
}

const labelFields = { Number: 7, Histogram: 9, Summary: 7 } as const

const writePoint = (writer: ProtobufWriter, point: Point, times: Times): void => {
  const message = writer.begin(1)
  writer.fixed64(2, times.start)
  writer.fixed64(3, times.now)
  for (const [key, value] of point.labels) Attributes.writeKeyValue(writer, labelFields[point._tag], key, value)
  switch (point._tag) {
    case "Number":
      if (typeof point.value === "bigint") writer.fixed64(6, BigInt.asUintN(64, point.value))
      else writer.double(4, point.value)
      break
    case "Histogram": {
      const { bounds, counts } = bucketsOf(point.state)
      writer.fixed64(4, BigInt(point.state.count))
      writer.double(5, point.state.sum)
      for (const count of counts) writer.fixed64(6, BigInt(count))
      for (const bound of bounds) writer.double(7, bound)
      if (point.state.count > 0) {
        writer.double(11, point.state.min)
        writer.double(12, point.state.max)
      }
      break
    }
    case "Summary":
      writer.fixed64(4, BigInt(point.state.count))
      writer.double(5, point.state.sum)
      for (const { quantile, value } of quantilesOf(point.state)) {
        const entry = writer.begin(6)
        writer.double(1, quantile)
        writer.double(2, value)
        writer.end(entry)
      }
      break
  }
  writer.end(message)
}

/** The same metric in the OTLP/JSON form. */
export const toJson = (metric: MetricData, times: Times): object => ({
  name: metric.name,
  description: metric.description,
  unit: metric.unit,
  [metric.kind]: {
    dataPoints: metric.points.map((point) => pointJson(point, times)),
    ...(metric.kind === "sum" || metric.kind === "histogram" ? { aggregationTemporality: cumulative } : undefined),
    ...(metric.kind === "sum" ? { isMonotonic: metric.monotonic } : undefined)
  }
})

const pointJson = (point: Point, times: Times): object => {
  const common = {
    startTimeUnixNano: String(times.start),
    timeUnixNano: String(times.now),
    attributes: point.labels.map(([key, value]) => Attributes.toKeyValue(key, value))
  }
  switch (point._tag) {
    case "Number":
      return typeof point.value === "bigint"
        ? { ...common, asInt: String(point.value) }
        : { ...common, asDouble: Attributes.number(point.value) }
    case "Histogram": {
      const { bounds, counts } = bucketsOf(point.state)
      return {
        ...common,
        count: String(point.state.count),
        sum: Attributes.number(point.state.sum),
        bucketCounts: counts.map(String),
        explicitBounds: bounds,
        ...(point.state.count > 0 ? { min: point.state.min, max: point.state.max } : undefined)
      }
    }
    case "Summary":
      return {
        ...common,
        count: String(point.state.count),
        sum: Attributes.number(point.state.sum),
        quantileValues: quantilesOf(point.state)
      }
  }
}
