// What one server span of ten attributes costs until it is protobuf, by this package and by `effect/observability`.
// Processor time, not time on the wall: node packages/telemetry/bench/spans.ts
import { Context, Effect, Exit, Layer, Option, Tracer } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { OtlpExporter, OtlpSerialization, OtlpTracer } from "effect/observability"
import { ProtobufWriter } from "../src/internal/ProtobufWriter.ts"
import { RecordingSpan } from "../src/internal/RecordingSpan.ts"
import * as Resource from "../src/internal/Resource.ts"
import * as SpanEncoding from "../src/internal/SpanEncoding.ts"

const batch = 512
const batches = 100
const rounds = 5

let made = 0

const record = (tracer: Tracer.Tracer): void => {
  for (let n = 0; n < batch; n++) {
    const startTime = 1_767_323_045_000_000_000n + BigInt(made++)
    const span = tracer.span({
      name: "GET",
      parent: Option.none(),
      annotations: Context.empty(),
      links: [],
      startTime,
      kind: "server",
      root: true,
      sampled: true
    })
    span.attribute("http.request.method", "GET")
    span.attribute("http.route", "/api/v1/tws/jobs/:id")
    span.attribute("url.path", `/api/v1/tws/jobs/${made}`)
    span.attribute("url.scheme", "http")
    span.attribute("server.address", "127.0.0.1")
    span.attribute("server.port", 8080)
    span.attribute("client.address", "127.0.0.1")
    span.attribute("user_agent.original", "load/1.0")
    span.attribute("http.response.status_code", 200)
    span.attribute("network.protocol.version", "1.1")
    span.end(startTime + 1_000_000n, Exit.void)
  }
}

/** The best of some rounds, in nanoseconds per span. */
const measure = (label: string, one: Effect.Effect<void>) =>
  Effect.gen(function* () {
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < rounds; round++) {
      const before = process.cpuUsage()
      for (let n = 0; n < batches; n++) yield* one
      const { system, user } = process.cpuUsage(before)
      best = Math.min(best, ((user + system) * 1_000) / (batch * batches))
    }
    console.log(`${label.padEnd(40)} ${best.toFixed(0).padStart(8)} ns per span`)
  })

const writer = new ProtobufWriter()
const resource = Resource.make({ "service.name": "bench" })
let held: Array<RecordingSpan> = []
const own = Tracer.make({ span: (options) => new RecordingSpan(options, true, (span) => held.push(span)) })

const recordOnly = Effect.sync(() => {
  record(own)
  held = []
})

const recordAndEncode = Effect.sync(() => {
  record(own)
  const spans = held
  held = []
  Resource.frame(writer, resource, () => {
    for (const span of spans) SpanEncoding.write(writer, 2, span)
  })
})

const taken = HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response())))
const effects = OtlpTracer.layer({
  url: "http://bench/",
  resource: { serviceName: "bench" },
  maxBatchSize: batch * 2
}).pipe(Layer.provide([OtlpSerialization.layerProtobuf, Layer.succeed(HttpClient.HttpClient, taken)]))

await Effect.runPromise(
  Effect.gen(function* () {
    yield* measure("@resync/telemetry, on the request's way", recordOnly)
    yield* measure("@resync/telemetry, encoded", recordAndEncode)
    const tracer = yield* Tracer.Tracer
    const { flush } = yield* OtlpExporter.Flusher
    yield* measure(
      "effect/observability, encoded",
      Effect.andThen(
        Effect.sync(() => record(tracer)),
        flush
      )
    )
  }).pipe(Effect.provide(effects))
)
