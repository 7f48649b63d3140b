import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric, References } from "effect"
import {
  HttpClient,
  HttpClientRequest,
  HttpClientResponse,
  HttpRouter,
  HttpServerRequest,
  HttpServerResponse
} from "effect/http"
import * as Baggage from "../src/Baggage.ts"
import * as ClientTelemetry from "../src/ClientTelemetry.ts"
import * as Correlation from "../src/Correlation.ts"
import { OtlpReceiver } from "../src/testing/OtlpReceiver.ts"
import { rawGet, system } from "./System.ts"

/** Answers with what the handler knows of its request, and calls the next service, which answers its headers. */
const routes = Layer.mergeAll(
  HttpRouter.add(
    "GET",
    "/id",
    Effect.gen(function* () {
      const annotations = yield* References.CurrentLogAnnotations
      return HttpServerResponse.jsonUnsafe({
        id: yield* Correlation.CorrelationId,
        annotation: annotations[Correlation.attribute],
        baggage: Object.fromEntries(yield* Baggage.Current)
      })
    })
  ),
  HttpRouter.add(
    "GET",
    "/headers",
    HttpServerRequest.HttpServerRequest.use((request) => Effect.succeed(HttpServerResponse.jsonUnsafe(request.headers)))
  )
)

/** Calls the next service and answers the headers that arrived there. */
const upstream = Layer.unwrap(
  HttpClient.HttpClient.use((client) =>
    Effect.succeed(
      HttpRouter.add(
        "GET",
        "/through",
        Effect.gen(function* () {
          const response = yield* ClientTelemetry.client(client).get("/headers")
          return HttpServerResponse.jsonUnsafe(yield* response.json)
        }).pipe(Effect.orDie)
      )
    )
  )
)

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

describe("Correlation", () => {
  it.live("takes a well-formed id, and else the id of the trace", () =>
    Effect.gen(function* () {
      const ask = (headers: Record<string, string>) =>
        Effect.gen(function* () {
          const response = yield* rawGet("/id", headers)
          const body = yield* response.json
          return { body, header: response.headers["x-correlation-id"] }
        })
      const own = { id: "order-66", annotation: "order-66", baggage: {} }
      assert.deepStrictEqual(yield* ask({ "x-correlation-id": "order-66" }), { body: own, header: "order-66" })
      assert.deepStrictEqual(yield* ask({ "x-request-id": "order-66" }), { body: own, header: "order-66" })
      const both = yield* ask({ "x-correlation-id": "order-66", "x-request-id": "other" })
      assert.strictEqual(both.header, "order-66")
      for (const bad of ['"quoted"', "a b", "x".repeat(129), "<script>"]) {
        const traced = yield* ask({ "x-correlation-id": bad, traceparent })
        assert.strictEqual(traced.header, "0af7651916cd43dd8448eb211c80319c")
      }
      const made = yield* ask({})
      assert.match(made.header ?? "", /^[0-9a-f]{32}$/)
      assert.notStrictEqual(made.header, (yield* ask({})).header)
    }).pipe(Effect.provide(system(routes)), Effect.timeout("50 seconds"))
  )

  it.live("hands id, baggage and trace on to the next service", () =>
    Effect.gen(function* () {
      const receiver = yield* OtlpReceiver
      const response = yield* rawGet("/through", {
        traceparent,
        tracestate: "vendor=opaque",
        baggage: "tenant=acme,user%20id=1;secret, region = eu%2Fwest ",
        "x-correlation-id": "order-66"
      })
      const headers = (yield* response.json) as Record<string, string>
      assert.strictEqual(headers["x-correlation-id"], "order-66")
      assert.strictEqual(headers["baggage"], "correlation.id=order-66,tenant=acme,user%20id=1,region=eu%2Fwest")
      assert.strictEqual(headers["tracestate"], "vendor=opaque")
      assert.isUndefined(headers["b3"])
      const caller = yield* receiver.awaitSpan((span) => span.kind === "client")
      assert.strictEqual(headers["traceparent"], `00-0af7651916cd43dd8448eb211c80319c-${caller.spanId}-01`)
      const server = yield* receiver.awaitSpan((span) => span.name === "GET /through")
      assert.strictEqual(caller.parentSpanId, server.spanId)
      assert.strictEqual(server.attributes["correlation.id"], "order-66")
    }).pipe(Effect.provide(system(Layer.merge(routes, upstream))), Effect.timeout("50 seconds"))
  )

  it.live("propagates only what OTEL_PROPAGATORS names", () =>
    Effect.gen(function* () {
      const response = yield* rawGet("/through", {
        traceparent,
        baggage: "tenant=acme",
        "x-correlation-id": "order-66"
      })
      const headers = (yield* response.json) as Record<string, string>
      assert.strictEqual(headers["x-correlation-id"], "order-66")
      assert.isUndefined(headers["baggage"])
      assert.isUndefined(headers["traceparent"])
    }).pipe(
      Effect.provide(system(Layer.merge(routes, upstream), { OTEL_PROPAGATORS: "none" })),
      Effect.timeout("50 seconds")
    )
  )

  it.effect("adds its headers to any client and keeps those of the caller", () =>
    Effect.gen(function* () {
      const echo = HttpClient.make((request) =>
        Effect.succeed(HttpClientResponse.fromWeb(request, Response.json(request.headers)))
      )
      const call = Correlation.client(echo).execute(
        HttpClientRequest.setHeader(HttpClientRequest.get("http://x/"), "baggage", "own=1")
      )
      const inside = yield* call.pipe(
        Effect.provideService(Correlation.CorrelationId, "order-66"),
        Effect.flatMap((response) => response.json)
      )
      assert.include(inside, { "x-correlation-id": "order-66", baggage: "own=1" })
      const outside = (yield* Effect.flatMap(call, (response) => response.json)) as Record<string, string>
      assert.isUndefined(outside["x-correlation-id"])
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )
})

describe("Baggage", () => {
  it("leaves out what is malformed or beyond the bounds", () => {
    assert.deepStrictEqual(
      [...Baggage.parse("a=1,=2,b,c d=3,e=%zz,f=x%20y;p=1")],
      [
        ["a", "1"],
        ["f", "x y"]
      ]
    )
    const many = Array.from({ length: 100 }, (_, n) => `k${n}=v`).join(",")
    assert.strictEqual(Baggage.parse(many).size, Baggage.maxEntries)
    assert.strictEqual(Baggage.parse(`a=${"x".repeat(Baggage.maxBytes)}`).size, 0)
    const long = new Map([
      ["long", "x".repeat(Baggage.maxBytes)],
      ["short", "ä"]
    ])
    assert.strictEqual(Baggage.format(long), "short=%C3%A4")
    assert.isUndefined(Baggage.format(Baggage.empty))
  })
})
