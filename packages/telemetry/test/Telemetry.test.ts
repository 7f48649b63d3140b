import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import * as Correlation from "../src/Correlation.ts"
import { OtlpReceiver } from "../src/testing/OtlpReceiver.ts"
import { get, rawGet, system } from "./System.ts"

class Broken extends Schema.TaggedError<Broken>()("Broken", { why: Schema.String }) {}

const routes = Layer.mergeAll(
  HttpRouter.add("GET", "/jobs/:id", Effect.succeed(HttpServerResponse.text("ok")).pipe(Effect.withSpan("Tws.job"))),
  HttpRouter.add("GET", "/missing", Effect.succeed(HttpServerResponse.empty({ status: 404 }))),
  HttpRouter.add("GET", "/unavailable", Effect.succeed(HttpServerResponse.empty({ status: 503 }))),
  HttpRouter.add("GET", "/dies", Effect.die(new Error("boom"))),
  HttpRouter.add("GET", "/fails", Effect.fail(new Broken({ why: "test" })).pipe(Effect.orDie)),
  HttpRouter.add("GET", "/health/live", Effect.succeed(HttpServerResponse.text("up")).pipe(Effect.withSpan("probe"))),
  HttpRouter.add("GET", "/logs", Effect.as(Effect.log("in a request", { n: 1 }), HttpServerResponse.text("logged")))
)

describe("Telemetry", () => {
  for (const protocol of ["http/protobuf", "http/json"]) {
    it.live(`exports spans, metrics and logs by ${protocol}`, () =>
      Effect.gen(function* () {
        const receiver = yield* OtlpReceiver
        yield* get("/jobs/7?token=hush&limit=3", { "user-agent": "probe/1" }).pipe(Effect.withSpan("root"))
        const server = yield* receiver.awaitSpan((span) => span.kind === "server")
        assert.strictEqual(server.name, "GET /jobs/:id")
        const { "server.port": port, "client.address": client, ...attributes } = server.attributes
        assert.isNumber(port)
        assert.strictEqual(client, "127.0.0.1")
        assert.isString(attributes["correlation.id"])
        assert.deepStrictEqual(attributes, {
          "correlation.id": attributes["correlation.id"],
          "http.request.method": "GET",
          "http.route": "/jobs/:id",
          "url.path": "/jobs/7",
          "url.query": "token=<redacted>&limit=3",
          "url.scheme": "http",
          "server.address": "127.0.0.1",
          "user_agent.original": "probe/1",
          "http.response.status_code": 200,
          "network.protocol.version": "1.1"
        })
        assert.strictEqual(server.status.code, "unset")
        assert.strictEqual(server.resource["service.name"], "gateway")
        assert.strictEqual(server.resource["team"], "a b")
        assert.isTrue(server.endTime > server.startTime)

        const caller = yield* receiver.awaitSpan((span) => span.kind === "client")
        assert.deepStrictEqual(yield* receiver.parentOf(server), caller)
        assert.strictEqual(caller.name, "GET")
        assert.strictEqual(caller.attributes["url.full"], `http://127.0.0.1:${port}/jobs/7?token=<redacted>&limit=3`)
        const root = yield* receiver.awaitSpan((span) => span.name === "root")
        assert.deepStrictEqual(yield* receiver.parentOf(caller), root)
        assert.isUndefined(root.parentSpanId)
        const inner = yield* receiver.awaitSpan((span) => span.name === "Tws.job")
        assert.deepStrictEqual(yield* receiver.parentOf(inner), server)

        const duration = yield* receiver.awaitPoint((point) => point.name === "http.server.request.duration")
        assert.strictEqual(duration.unit, "s")
        assert.strictEqual(duration.kind, "histogram")
        assert.strictEqual(duration.count, 1)
        assert.strictEqual(duration.bucketCounts.length, duration.bounds.length + 1)
        assert.deepStrictEqual(duration.attributes, {
          "http.request.method": "GET",
          "http.response.status_code": "200",
          "http.route": "/jobs/:id",
          "network.protocol.version": "1.1",
          "url.scheme": "http"
        })
        yield* receiver.awaitPoint((point) => point.name === "http.client.request.duration" && point.count === 1)
        const active = yield* receiver.awaitPoint((point) => point.name === "http.server.active_requests")
        assert.strictEqual(active.kind, "sum")
        assert.isFalse(active.monotonic)
        assert.strictEqual(active.temporality, "cumulative")
        yield* receiver.awaitPoint((point) => point.name === "nodejs.eventloop.delay.p99")

        yield* get("/logs", { "x-correlation-id": "order-66" })
        const log = yield* receiver.awaitLog((one) => one.body === "in a request")
        assert.strictEqual(log.attributes["correlation.id"], "order-66")
        assert.strictEqual(log.attributes["n"], 1)
        assert.strictEqual(log.severityText, "INFO")
        assert.strictEqual(log.severityNumber, 9)
        const logged = yield* receiver.awaitSpan((span) => span.attributes["http.route"] === "/logs")
        assert.strictEqual(log.traceId, logged.traceId)
        assert.strictEqual(log.spanId, logged.spanId)
        assert.deepStrictEqual(yield* receiver.malformed, [])
      }).pipe(Effect.provide(system(routes, { OTEL_EXPORTER_OTLP_PROTOCOL: protocol })), Effect.timeout("50 seconds"))
    )
  }

  it.live("sets status and error.type by the conventions", () =>
    Effect.gen(function* () {
      const receiver = yield* OtlpReceiver
      const serverSpan = (route: string) =>
        receiver.awaitSpan((span) => span.kind === "server" && span.attributes["http.route"] === route)
      for (const path of ["/missing", "/unavailable", "/dies", "/fails", "/nowhere"]) yield* get(path)

      const missing = yield* serverSpan("/missing")
      assert.deepStrictEqual(missing.status, { code: "unset", message: "" })
      assert.isUndefined(missing.attributes["error.type"])
      const unavailable = yield* serverSpan("/unavailable")
      assert.deepStrictEqual(unavailable.status, { code: "error", message: "" })
      assert.strictEqual(unavailable.attributes["error.type"], "503")
      assert.deepStrictEqual(unavailable.events, [])
      const dies = yield* serverSpan("/dies")
      assert.strictEqual(dies.status.code, "error")
      assert.strictEqual(dies.attributes["error.type"], "Error")
      assert.strictEqual(dies.attributes["http.response.status_code"], 500)
      assert.strictEqual(dies.events[0]?.attributes["exception.message"], "boom")
      const fails = yield* serverSpan("/fails")
      assert.strictEqual(fails.attributes["error.type"], "Broken")
      const nowhere = yield* receiver.awaitSpan(
        (span) => span.attributes["url.path"] === "/nowhere" && span.kind === "server"
      )
      assert.strictEqual(nowhere.name, "GET")
      assert.strictEqual(nowhere.attributes["http.response.status_code"], 404)

      const caller = yield* receiver.awaitSpan(
        (span) => span.kind === "client" && span.attributes["http.response.status_code"] === 404
      )
      assert.strictEqual(caller.status.code, "error")
      assert.strictEqual(caller.attributes["error.type"], "404")
    }).pipe(Effect.provide(system(routes)), Effect.timeout("50 seconds"))
  )

  it.live("leaves health checks out and continues a caller's trace", () =>
    Effect.gen(function* () {
      const receiver = yield* OtlpReceiver
      yield* rawGet("/health/live")
      const response = yield* rawGet("/jobs/1", {
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
      })
      assert.strictEqual(response.headers[Correlation.header], "0af7651916cd43dd8448eb211c80319c")
      const server = yield* receiver.awaitSpan((span) => span.kind === "server")
      assert.strictEqual(server.traceId, "0af7651916cd43dd8448eb211c80319c")
      assert.strictEqual(server.parentSpanId, "b7ad6b7169203331")
      yield* rawGet("/jobs/2", { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00" })
      yield* rawGet("/jobs/3")
      yield* receiver.awaitSpan((span) => span.attributes["url.path"] === "/jobs/3")
      const spans = yield* receiver.spans
      assert.isFalse(spans.some((span) => span.name === "probe" || span.attributes["url.path"] === "/health/live"))
      assert.isFalse(spans.some((span) => span.attributes["url.path"] === "/jobs/2"))
    }).pipe(Effect.provide(system(routes)), Effect.timeout("50 seconds"))
  )
})
