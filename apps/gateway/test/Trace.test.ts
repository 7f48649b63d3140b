import { createServer, request as forward, type IncomingHttpHeaders } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import * as Telemetry from "@resync/telemetry/Telemetry"
import { OtlpReceiver } from "@resync/telemetry/testing/OtlpReceiver"
import * as TwsHttp from "@resync/tws/TwsHttp"
import { SimulatorServer } from "@resync/tws-simulator/SimulatorServer"
import { Context, Effect, Layer } from "effect"
import { credentials, simulator } from "./Simulated.ts"
import { environment, get, over } from "./TestGateway.ts"

/** A proxy in front of the simulator that keeps the headers of what passes. */
class Recorder extends Context.Service<
  Recorder,
  { readonly url: string; readonly seen: Array<{ readonly path: string; readonly headers: IncomingHttpHeaders }> }
>()("@resync/gateway/test/Recorder") {
  static readonly layer = Layer.effect(
    Recorder,
    Effect.gen(function* () {
      const { url } = yield* SimulatorServer
      const seen: Recorder["Service"]["seen"] = []
      const server = yield* Effect.acquireRelease(
        Effect.callback<ReturnType<typeof createServer>>((resume) => {
          const server = createServer((request, response) => {
            seen.push({ path: request.url ?? "", headers: request.headers })
            const passed = forward(new URL(request.url ?? "/", url), {
              method: request.method ?? "GET",
              headers: request.headers
            })
            passed.on("response", (answer) => {
              response.writeHead(answer.statusCode ?? 500, answer.headers)
              answer.pipe(response)
            })
            request.pipe(passed)
          })
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close().closeAllConnections())
      )
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      return Recorder.of({ url: `http://127.0.0.1:${port}`, seen })
    })
  )
}

const tws = Layer.unwrap(Effect.map(Recorder, ({ url }) => TwsHttp.layer({ urls: [new URL(url)], credentials }))).pipe(
  Layer.provideMerge(Recorder.layer),
  Layer.provideMerge(simulator())
)

/** A gateway that exports to a receiver. */
const traced = Layer.unwrap(
  Effect.map(OtlpReceiver, ({ url }) => {
    const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: "20", RESYNC_LOG_LEVEL: "none" }
    return over(tws, variables).pipe(Layer.provide(Telemetry.layer), Layer.provide(environment(variables)))
  })
).pipe(Layer.provideMerge(OtlpReceiver.layer))

const traceId = "0af7651916cd43dd8448eb211c80319c"
const callerSpan = "b7ad6b7169203331"

describe("the trace of one request", () => {
  it.live(
    "goes from the caller through the gateway, the logical call and its attempts to the scheduler",
    () =>
      Effect.gen(function* () {
        const receiver = yield* OtlpReceiver
        const { seen } = yield* Recorder
        const { control } = yield* SimulatorServer
        // The first attempt fails, so that there is a second.
        yield* control.setFaults([{ path: "*/plan/job*", count: 1, action: { kind: "status", status: 503 } }])
        const { headers, status } = yield* get("/api/v1/tws/jobs?limit=5", {
          traceparent: `00-${traceId}-${callerSpan}-01`,
          "x-correlation-id": "order-4711"
        })
        assert.strictEqual(status, 200)
        assert.strictEqual(headers["x-trace-id"], traceId)
        assert.strictEqual(headers["x-correlation-id"], "order-4711")

        const server = yield* receiver.awaitSpan((span) => span.kind === "server" && span.traceId === traceId)
        assert.strictEqual(server.name, "GET /api/v1/tws/jobs")
        assert.strictEqual(server.parentSpanId, callerSpan)
        assert.strictEqual(server.attributes["http.route"], "/api/v1/tws/jobs")
        assert.strictEqual(server.attributes["http.response.status_code"], 200)
        assert.strictEqual(server.attributes["correlation.id"], "order-4711")
        assert.strictEqual(server.status.code, "unset")

        // Attempts are the client spans whose ids the scheduler got.
        const calls = seen.filter(({ path }) => path.includes("/plan/job"))
        assert.lengthOf(calls, 2)
        const attempts = yield* Effect.forEach(calls, (call) => {
          const [, trace, span] = String(call.headers["traceparent"]).split("-")
          assert.strictEqual(trace, traceId)
          assert.strictEqual(call.headers["x-correlation-id"], "order-4711")
          return receiver.awaitSpan((candidate) => candidate.spanId === span)
        })
        assert.deepStrictEqual(
          attempts.map(({ attributes, kind }) => [kind, attributes["http.response.status_code"]]),
          [
            ["client", 503],
            ["client", 200]
          ]
        )
        assert.strictEqual(attempts[0]?.status.code, "error")
        assert.strictEqual(attempts[1]?.status.code, "unset")

        // Both attempts belong to one logical call, and that to the request.
        const logical = new Set(attempts.map(({ parentSpanId }) => parentSpanId))
        assert.strictEqual(logical.size, 1)
        const call = yield* receiver.awaitSpan((span) => logical.has(span.spanId))
        assert.strictEqual(call.traceId, traceId)
        const ancestors: Array<string> = []
        for (let span: typeof call | undefined = call; span !== undefined; span = yield* receiver.parentOf(span)) {
          ancestors.push(span.spanId)
        }
        assert.include(ancestors, server.spanId)
        assert.deepStrictEqual(yield* receiver.malformed, [])
      }).pipe(Effect.timeout("110 seconds"), Effect.provide(traced)),
    120_000
  )
})
