import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric } from "effect"
import * as MetricSeries from "../../src/testing/MetricSeries.ts"

const counter = (id: string, attributes?: Record<string, string>) => Metric.counter(id, attributes && { attributes })

describe("MetricSeries", () => {
  it.effect("reads every kind by one attribute, or as a single number without", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        yield* Metric.update(counter("calls", { kind: "failed", name: "a" }), 3)
        yield* Metric.update(counter("calls", { kind: "successful", name: "b" }), 5)
        yield* Metric.update(counter("all"), 7)
        yield* Metric.update(Metric.frequency("words"), "hello")
        yield* Metric.update(Metric.gauge("temperature"), 21)
        assert.deepStrictEqual(yield* MetricSeries.read("calls"), { failed: 3, successful: 5 })
        assert.deepStrictEqual(yield* MetricSeries.read("calls", "name"), { a: 3, b: 5 })
        assert.deepStrictEqual(yield* MetricSeries.read("all"), { "": 7 })
        assert.deepStrictEqual(yield* MetricSeries.read("temperature"), { "": 21 })
        assert.deepStrictEqual(yield* MetricSeries.read("words"), { "": Number.NaN })
      })
    )
  )

  it.effect("names them in order, whatever the order in which they came", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        for (const name of ["b", "c", "a"]) yield* Metric.update(counter("second", { name }), 1)
        yield* Metric.update(counter("first", { kind: "x" }), 1)
        assert.deepStrictEqual(yield* MetricSeries.ids, ["first", "second"])
        assert.deepStrictEqual(yield* MetricSeries.attributes("second"), [{ name: "a" }, { name: "b" }, { name: "c" }])
        assert.deepStrictEqual(yield* MetricSeries.attributes("first"), [{ kind: "x" }])
      })
    )
  )
})
