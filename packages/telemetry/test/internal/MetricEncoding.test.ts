import { Buffer } from "node:buffer"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric } from "effect"
import * as MetricData from "../../src/internal/MetricData.ts"
import * as MetricEncoding from "../../src/internal/MetricEncoding.ts"
import { ProtobufWriter } from "../../src/internal/ProtobufWriter.ts"
import * as Resource from "../../src/internal/Resource.ts"
import { decode, pointsOf } from "../../src/testing/OtlpDecoding.ts"

const resource = Resource.make({ "service.name": "test" })
const times = { start: 1_767_323_045_000_000_000n, now: 1_767_323_046_000_000_000n }

/** What a collector reads of all metrics, the same by both protocols. */
const received = Effect.gen(function* () {
  const metrics = MetricData.collect(yield* Metric.snapshot)
  const writer = new ProtobufWriter(8)
  const bytes = Resource.frame(writer, resource, () => {
    for (const metric of metrics) MetricEncoding.write(writer, 2, metric, times)
  })
  const json = JSON.stringify({
    resourceMetrics: [
      {
        resource: resource.json,
        scopeMetrics: [{ metrics: metrics.map((metric) => MetricEncoding.toJson(metric, times)) }]
      }
    ]
  })
  const fromProtobuf = pointsOf(decode("metrics", "application/x-protobuf", Buffer.from(bytes)))
  assert.deepStrictEqual(fromProtobuf, pointsOf(decode("metrics", "application/json", Buffer.from(json))))
  return fromProtobuf
})

describe("MetricEncoding", () => {
  it.effect("says the same in protobuf and in JSON for every kind", () =>
    Effect.gen(function* () {
      const wait = Metric.histogram("wait", { boundaries: [1, 2.5], attributes: { unit: "s", queue: "a" } })
      yield* Metric.update(wait, 0.5)
      yield* Metric.update(wait, 2)
      yield* Metric.update(wait, 9)
      yield* Metric.value(Metric.histogram("never", { boundaries: [1] }))
      yield* Metric.update(Metric.counter("calls", { incremental: true, description: "Calls" }), 3)
      yield* Metric.update(Metric.counter("big", { bigint: true }), -(2n ** 60n))
      yield* Metric.update(Metric.gauge("load", { attributes: { unit: "1" } }), Number.NEGATIVE_INFINITY)
      yield* Metric.update(Metric.frequency("outcomes"), "opened")
      yield* Metric.update(Metric.summary("size", { maxAge: "1 hour", maxSize: 4, quantiles: [0.5] }), 7)
      const points = yield* received
      const of = (name: string) => points.find((point) => point.name === name)
      const { bounds, bucketCounts, count, sum, unit, attributes } = of("wait") ?? {}
      assert.deepStrictEqual(
        { bounds, bucketCounts, count, sum, unit, attributes },
        { bounds: [1, 2.5], bucketCounts: [1, 1, 1], count: 3, sum: 11.5, unit: "s", attributes: { queue: "a" } }
      )
      assert.strictEqual(of("never")?.count, 0)
      assert.strictEqual(of("calls")?.value, 3)
      assert.isTrue(of("calls")?.monotonic)
      assert.strictEqual(of("big")?.value, -(2 ** 60))
      assert.isFalse(of("big")?.monotonic)
      assert.strictEqual(of("load")?.value, Number.NEGATIVE_INFINITY)
      assert.deepStrictEqual(of("outcomes")?.attributes, { key: "opened" })
      assert.strictEqual(of("size")?.kind, "summary")
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )
})
