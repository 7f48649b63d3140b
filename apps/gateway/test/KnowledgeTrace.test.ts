import { NodeHttpClient, NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as RagEngine from "@resync/rag-engine/RagEngine"
import { directory } from "@resync/service/testing/ServiceProcess"
import * as TestStores from "@resync/store/testing/TestStores"
import * as Telemetry from "@resync/telemetry/Telemetry"
import { OtlpReceiver } from "@resync/telemetry/testing/OtlpReceiver"
import { Array as Arr, Effect, Layer } from "effect"
import { HttpBody, HttpClientRequest } from "effect/http"
import { environment, send, withKnowledge } from "./TestGateway.ts"

const store = Arr.getUnsafe(await TestStores.all(), 0)

const engine = Layer.unwrap(Effect.map(directory, (dataDir) => RagEngine.layer({ dataDir, corpus: false }))).pipe(
  Layer.provide([store?.layer ?? (Layer.empty as never), NodeServices.layer, NodeHttpClient.layerUndici])
)

/** A gateway with its knowledge inside that exports to a receiver. */
const traced = Layer.unwrap(
  Effect.map(OtlpReceiver, ({ url }) => {
    const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: "20", RESYNC_LOG_LEVEL: "none" }
    return withKnowledge(engine, variables).pipe(Layer.provide(Telemetry.layer), Layer.provide(environment(variables)))
  })
).pipe(Layer.provideMerge(OtlpReceiver.layer))

const traceId = "0af7651916cd43dd8448eb211c80319d"
const callerSpan = "b7ad6b7169203331"

describe("the trace of one upload", () => {
  it.live(
    "goes from the request through the queue to the index, as one",
    () =>
      Effect.gen(function* () {
        const receiver = yield* OtlpReceiver
        const form = new FormData()
        form.append("file", new Blob(["# Limits\n\nA limit of 0 keeps every job READY."]), "limits.md")
        const { body, headers, status } = yield* send(
          HttpClientRequest.post("/api/v1/rag/documents", {
            body: HttpBody.formData(form),
            headers: { traceparent: `00-${traceId}-${callerSpan}-01` }
          })
        )
        assert.strictEqual(status, 202)
        assert.strictEqual(headers["x-trace-id"], traceId)

        const named = (name: string) => receiver.awaitSpan((span) => span.traceId === traceId && span.name === name)
        const request = yield* named("POST /api/v1/rag/documents")
        assert.strictEqual(request.parentSpanId, callerSpan)
        const upload = yield* named("Uploads.upload")
        assert.strictEqual(upload.kind, "producer")
        const job = yield* named("Ingestion.job")
        // The queue lies between: the job continues the upload, and is linked to it.
        assert.strictEqual(job.parentSpanId, upload.spanId)
        for (const name of [
          "DocumentParser.cut",
          "PassageIndex.prepare",
          "PassageIndex.replace",
          "Ingestion.publish"
        ]) {
          const span = yield* named(name)
          const above: Array<string> = []
          for (let at: typeof span | undefined = span; at !== undefined; at = yield* receiver.parentOf(at)) {
            above.push(at.name)
          }
          assert.include(above, "Ingestion.job", name)
          assert.strictEqual(above.at(-1), "POST /api/v1/rag/documents", name)
        }
        assert.strictEqual((yield* send(HttpClientRequest.get(`/api/v1/rag/jobs/${body.jobId}`))).status, 200)
        assert.deepStrictEqual(yield* receiver.malformed, [])
      }).pipe(Effect.timeout("60 seconds"), Effect.provide(traced)),
    90_000
  )
})
