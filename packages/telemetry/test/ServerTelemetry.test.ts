import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Metric } from "effect"
import {
  HttpClient,
  HttpClientError,
  HttpClientRequest,
  HttpRouter,
  HttpServerRequest,
  HttpServerResponse
} from "effect/http"
import * as ClientTelemetry from "../src/ClientTelemetry.ts"

import * as HttpMetrics from "../src/internal/HttpMetrics.ts"
import * as Telemetry from "../src/Telemetry.ts"
import { rawGet } from "./System.ts"

const routes = Layer.unwrap(
  HttpClient.HttpClient.use((client) =>
    Effect.succeed(
      Layer.mergeAll(
        HttpRouter.add("GET", "/jobs/:id", Effect.succeed(HttpServerResponse.text("ok"))),
        HttpRouter.add("GET", "/dies", Effect.die(new Error("boom"))),
        HttpRouter.add(
          "GET",
          "/headers",
          HttpServerRequest.HttpServerRequest.use((request) =>
            Effect.succeed(HttpServerResponse.jsonUnsafe(request.headers))
          )
        ),
        HttpRouter.add(
          "GET",
          "/through",
          ClientTelemetry.client(client)
            .get("/headers")
            .pipe(
              Effect.flatMap((response) => response.json),
              Effect.map((body) => HttpServerResponse.jsonUnsafe(body)),
              Effect.orDie
            )
        )
      )
    )
  )
)

/** A server with telemetry that goes nowhere. */
const untraced = HttpRouter.serve(routes, {
  disableListenLog: true,
  disableLogger: true,
  middleware: Telemetry.middleware
}).pipe(
  Layer.provideMerge(NodeHttpServer.layerTest),
  Layer.provideMerge(Telemetry.layer.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord({}))))),
  Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map()))
)

const series = (name: string) =>
  Effect.map(Metric.snapshot, (all) => all.filter((one) => one.id === name).map((one) => one.attributes))

const server = {
  "http.request.method": "GET",
  "network.protocol.version": "1.1",
  unit: "s",
  "url.scheme": "http"
}

describe("ServerTelemetry", () => {
  it.live("measures by route without a tracer", () =>
    Effect.gen(function* () {
      yield* rawGet("/jobs/1")
      yield* rawGet("/jobs/2")
      yield* rawGet("/nowhere")
      yield* rawGet("/dies")
      yield* rawGet("/health/live")
      assert.sameDeepMembers(yield* series("http.server.request.duration"), [
        { ...server, "http.route": "/jobs/:id", "http.response.status_code": "200" },
        { ...server, "http.response.status_code": "404" },
        { ...server, "http.route": "/dies", "http.response.status_code": "500", "error.type": "Error" }
      ])
      const active = (yield* Metric.snapshot).find((one) => one.id === "http.server.active_requests")
      assert.strictEqual(active?.type === "Counter" ? active.state.count : -1, 0)
    }).pipe(Effect.provide(untraced))
  )

  it.live("hands a caller's trace on unchanged without a tracer, and invents none", () =>
    Effect.gen(function* () {
      const through = (headers: Record<string, string>) =>
        Effect.flatMap(rawGet("/through", headers), (response) => response.json)
      const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
      assert.include(yield* through({ traceparent }), { traceparent })
      assert.notProperty(yield* through({}), "traceparent")
    }).pipe(Effect.provide(untraced))
  )
})

describe("ClientTelemetry", () => {
  it.effect("counts failures by their kind and knows the template of the path", () =>
    Effect.gen(function* () {
      const refused = HttpClient.make((request) =>
        Effect.fail(new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request }) }))
      )
      const call = ClientTelemetry.client(refused).execute(HttpClientRequest.post("https://tws.example/plan/p1/job"))
      yield* call.pipe(Effect.provideService(ClientTelemetry.UrlTemplate, "/plan/{planId}/job"), Effect.flip)
      assert.deepStrictEqual(yield* series("http.client.request.duration"), [
        {
          "error.type": "TransportError",
          "http.request.method": "POST",
          "server.address": "tws.example",
          "server.port": "443",
          unit: "s",
          "url.scheme": "https",
          "url.template": "/plan/{planId}/job"
        }
      ])
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )
})

describe("HttpMetrics", () => {
  it.effect("puts what is beyond its bound into one series", () =>
    Effect.gen(function* () {
      const metrics = HttpMetrics.make("server")
      const context = yield* Effect.context<never>()
      for (let n = 0; n < HttpMetrics.maxSeries + 10; n++)
        metrics.duration(context, `k${n}`, () => ({ "http.route": `/${n}` }), 1)
      const all = yield* series("http.server.request.duration")
      assert.strictEqual(all.length, HttpMetrics.maxSeries + 1)
      assert.strictEqual(all.filter((one) => one?.["otel.metric.overflow"] === "true").length, 1)
      assert.strictEqual(HttpMetrics.methodOf("BREW"), "_OTHER")
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )
})
