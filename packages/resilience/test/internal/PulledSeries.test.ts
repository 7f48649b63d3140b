import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Metric } from "effect"
import * as CircuitBreaker from "../../src/CircuitBreaker.ts"
import * as PulledSeries from "../../src/internal/PulledSeries.ts"
import * as MetricSeries from "../MetricSeries.ts"

const series = (value: number, attributes?: Record<string, string>): PulledSeries.Series => ({
  id: "pulled",
  type: "Gauge",
  description: "What is pulled",
  attributes,
  hooks: { get: () => ({ value }), update: () => {}, modify: () => {} }
})

const gauge = (attributes?: Record<string, string>) =>
  Metric.gauge(
    "pulled",
    attributes === undefined ? { description: "What is pulled" } : { description: "What is pulled", attributes }
  )

const source = (...all: ReadonlyArray<PulledSeries.Series>): PulledSeries.Source => ({ series: () => all })

const isExtended = Effect.map(Effect.context<never>(), (context) => {
  const registry = Context.get(context, Metric.MetricRegistry)
  return [Object.hasOwn(registry, "values"), Object.hasOwn(registry, "get")]
})

describe("series that exist only while they are read", () => {
  it.effect("are found by their name, kind and attributes, in whatever order these are written", () =>
    Effect.gen(function* () {
      const context = yield* Effect.context<never>()
      const labels = { zone: "eu", name: "a", mode: "x" }
      const sorted = { mode: "y", name: "a", zone: "eu" }
      PulledSeries.attach(
        context,
        "a",
        source(series(1), series(2, labels), series(3, { name: "b" }), series(4, sorted))
      )
      assert.deepStrictEqual(yield* Metric.value(gauge()), { value: 1 })
      assert.deepStrictEqual(yield* Metric.value(gauge(labels)), { value: 2 })
      assert.deepStrictEqual(yield* Metric.value(gauge({ mode: "x", name: "a", zone: "eu" })), { value: 2 })
      assert.deepStrictEqual(yield* Metric.value(gauge({ name: "b" })), { value: 3 })
      assert.deepStrictEqual(yield* Metric.value(gauge(sorted)), { value: 4 })
      assert.deepStrictEqual(yield* Metric.value(gauge({ name: "c" })), { value: 0 })
    }).pipe(MetricSeries.isolated)
  )

  it.effect("leave the registry as it was when the last source goes, and only then", () =>
    Effect.gen(function* () {
      const context = yield* Effect.context<never>()
      const [one, other] = [source(series(1)), source(series(2, { name: "b" }))]
      assert.deepStrictEqual(yield* isExtended, [false, false])
      for (let i = 0; i < 2; i++) {
        PulledSeries.attach(context, "one", one)
        PulledSeries.attach(context, "other", other)
        assert.deepStrictEqual(yield* isExtended, [true, true])
        PulledSeries.detach(context, "one", one)
        assert.deepStrictEqual(yield* MetricSeries.read("pulled", "name"), { b: 2 })
        assert.deepStrictEqual(yield* isExtended, [true, true])
        PulledSeries.detach(context, "other", other)
        assert.deepStrictEqual(yield* isExtended, [false, false])
        assert.deepStrictEqual(yield* MetricSeries.ids, [])
        PulledSeries.detach(context, "other", other)
      }
    }).pipe(MetricSeries.isolated)
  )

  it.effect("take the place of earlier ones, whose end then takes nothing away", () =>
    Effect.gen(function* () {
      const context = yield* Effect.context<never>()
      const [before, after] = [source(series(1)), source(series(2))]
      PulledSeries.attach(context, "a", before)
      PulledSeries.attach(context, "a", after)
      PulledSeries.detach(context, "a", before)
      assert.deepStrictEqual(yield* MetricSeries.read("pulled"), { "": 2 })
    }).pipe(MetricSeries.isolated)
  )

  it.effect("of breakers of one name are told apart by their other labels, and replaced if there are none", () =>
    Effect.gen(function* () {
      const state = "resilience4j.circuitbreaker.failure.rate"
      const zone = (name: string) => Effect.provideService(Metric.CurrentMetricAttributes, { zone: name })
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* CircuitBreaker.make("a").pipe(zone("eu"))
          yield* CircuitBreaker.make("a").pipe(zone("us"))
          yield* CircuitBreaker.make("b")
          yield* CircuitBreaker.make("b")
          yield* CircuitBreaker.make("c")
          assert.deepStrictEqual(yield* MetricSeries.attributes(state), [
            { name: "a", zone: "eu" },
            { name: "a", zone: "us" },
            { name: "b" },
            { name: "c" }
          ])
        })
      )
      assert.deepStrictEqual(yield* isExtended, [false, false])
    }).pipe(MetricSeries.isolated)
  )
})
