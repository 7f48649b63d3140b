import { spawnSync } from "node:child_process"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Config, Effect, Layer, Metric } from "effect"
import { HttpClient, HttpClientRequest, HttpRouter } from "effect/http"
import * as Prometheus from "../src/Prometheus.ts"
import * as RuntimeMetrics from "../src/RuntimeMetrics.ts"

const isolated = Layer.sync(Metric.MetricRegistry, () => new Map())

/** Metrics of every kind, with names, labels and texts that need care. */
const fill = Effect.gen(function* () {
  const awkward = { "http.route": '/a/"b"\\c\n:id', "1st": "ü", unit: "s" }
  yield* Metric.update(
    Metric.histogram("http.server.request.duration", {
      description: "Duration\nwith a \\ and a second line",
      boundaries: [0.5, 1],
      attributes: awkward
    }),
    0.7
  )
  const calls = Metric.counter("calls_total", { description: "Calls", incremental: true })
  yield* Metric.update(Metric.withAttributes(calls, { kind: "successful" }), 3)
  yield* Metric.update(Metric.gauge("heap.used", { attributes: { unit: "By" } }), 4096)
  yield* Metric.update(Metric.withAttributes(calls, { kind: "failed" }), 1)
  yield* Metric.update(Metric.counter("in-flight", { description: "In flight" }), 2)
  yield* Metric.update(Metric.frequency("outcomes"), "opened")
  yield* Metric.update(Metric.gauge("utilization", { attributes: { unit: "1" } }), Number.POSITIVE_INFINITY)
  yield* Metric.update(Metric.gauge("calls", { description: "another type under a taken name" }), 1)
  yield* Metric.update(Metric.summary("wait", { maxAge: "1 hour", maxSize: 10, quantiles: [0.5, 1] }), 3)
})

const expected = `# HELP http_server_request_duration_seconds Duration\\nwith a \\\\ and a second line
# TYPE http_server_request_duration_seconds histogram
http_server_request_duration_seconds_bucket{_1st="ü",http_route="/a/\\"b\\"\\\\c\\n:id",le="0.5"} 0
http_server_request_duration_seconds_bucket{_1st="ü",http_route="/a/\\"b\\"\\\\c\\n:id",le="1"} 1
http_server_request_duration_seconds_bucket{_1st="ü",http_route="/a/\\"b\\"\\\\c\\n:id",le="+Inf"} 1
http_server_request_duration_seconds_sum{_1st="ü",http_route="/a/\\"b\\"\\\\c\\n:id"} 0.7
http_server_request_duration_seconds_count{_1st="ü",http_route="/a/\\"b\\"\\\\c\\n:id"} 1
# HELP calls_total Calls
# TYPE calls_total counter
calls_total{kind="successful"} 3
calls_total{kind="failed"} 1
# HELP heap_used_bytes heap_used_bytes
# TYPE heap_used_bytes gauge
heap_used_bytes 4096
# HELP in_flight In flight
# TYPE in_flight gauge
in_flight 2
# HELP outcomes_total outcomes
# TYPE outcomes_total counter
outcomes_total{key="opened"} 1
# HELP utilization_ratio utilization_ratio
# TYPE utilization_ratio gauge
utilization_ratio +Inf
# HELP wait wait
# TYPE wait summary
wait{quantile="0.5"} 3
wait{quantile="1"} 3
wait_sum 3
wait_count 1
`

/** The checker that comes with Prometheus; where it is not installed the test says so, except in CI. */
const promtool = (input: string) => spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" })
const installed = spawnSync("promtool", ["--version"]).status === 0

describe("Prometheus", () => {
  it.effect("writes families, escapes and suffixes as the format asks", () =>
    Effect.gen(function* () {
      yield* fill
      assert.strictEqual(yield* Prometheus.text, expected)
    }).pipe(Effect.provide(isolated))
  )

  it.effect("writes OpenMetrics with its own rules", () =>
    Effect.gen(function* () {
      yield* fill
      const text = yield* Prometheus.openMetrics
      assert.include(text, "# TYPE calls counter\n")
      assert.include(text, 'calls_total{kind="failed"} 1\n')
      assert.include(text, "# UNIT heap_used_bytes bytes\n")
      assert.include(text, 'le="1.0"} 1\n')
      assert.isTrue(text.endsWith("# EOF\n"))
    }).pipe(Effect.provide(isolated))
  )

  it.live("is accepted by promtool", (context) =>
    Effect.gen(function* () {
      const ci = yield* Config.Boolean("CI").pipe(Config.withDefault(false))
      if (!installed && !ci) return context.skip("promtool is not installed")
      yield* fill
      const check = promtool(yield* Prometheus.text)
      assert.deepStrictEqual({ status: check.status, said: check.stdout + check.stderr }, { status: 0, said: "" })
    }).pipe(Effect.provide(Layer.provideMerge(RuntimeMetrics.layer, isolated)))
  )

  it.live("answers a scrape in the format it asks for", () =>
    Effect.gen(function* () {
      yield* Metric.update(Metric.counter("seen", { incremental: true }), 1)
      const client = yield* HttpClient.HttpClient
      const scrape = (accept: string) =>
        client.execute(HttpClientRequest.setHeader(HttpClientRequest.get("/metrics"), "accept", accept))
      const plain = yield* scrape("*/*")
      assert.strictEqual(plain.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
      assert.include(yield* plain.text, "# TYPE seen_total counter\nseen_total 1\n")
      const open = yield* scrape("application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
      assert.strictEqual(open.headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8")
      assert.include(yield* open.text, "# TYPE seen counter\nseen_total 1\n")
    }).pipe(
      Effect.provide(
        HttpRouter.serve(Prometheus.layerHttp(), { disableListenLog: true, disableLogger: true }).pipe(
          Layer.provideMerge(NodeHttpServer.layerTest),
          Layer.provideMerge(isolated)
        )
      )
    )
  )
})

describe("RuntimeMetrics", () => {
  it.live("reads the runtime while its scope is open, and not after", () =>
    Effect.gen(function* () {
      const names = Effect.map(Metric.snapshot, (all) => new Map(all.map((one) => [one.id, one])))
      const open = yield* Effect.provide(names, RuntimeMetrics.layer)
      for (const name of [
        "nodejs.eventloop.delay.p99",
        "nodejs.eventloop.utilization",
        "nodejs.eventloop.time",
        "v8js.memory.heap.used",
        "v8js.memory.heap.space.physical_size",
        "process.cpu.time",
        "process.memory.usage"
      ]) {
        assert.isTrue(open.has(name), name)
      }
      const memory = open.get("process.memory.usage")
      assert.isAbove(memory?.type === "Counter" ? Number(memory.state.count) : 0, 1_000_000)
      const closed = yield* names
      assert.isFalse(closed.has("process.memory.usage"))
    }).pipe(Effect.provide(isolated))
  )
})
