import { Buffer } from "node:buffer"
import { createServer, type IncomingHttpHeaders, type Server } from "node:http"
import { gunzipSync } from "node:zlib"
import { Context, Effect, Layer } from "effect"
import * as OtlpDecoding from "./OtlpDecoding.ts"

export type { Attributes, ReceivedLog, ReceivedPoint, ReceivedSpan } from "./OtlpDecoding.ts"

/** One export request that was taken. */
export interface ReceivedRequest {
  readonly signal: OtlpDecoding.Signal
  readonly headers: IncomingHttpHeaders
  /** The body as it came, decompressed. */
  readonly body: Buffer
}

/** What the receiver does with a request: take it, answer a status, or never answer. */
export type Behaviour = "accept" | "hang" | { readonly status: number; readonly headers?: Record<string, string> }

/**
 * A collector for tests: a real HTTP server on a free port that decodes http/protobuf and http/json with the official
 * definitions of OpenTelemetry and keeps what it was sent.
 *
 * ```ts
 * const receiver = yield* OtlpReceiver
 * // … a program under `Telemetry.layer` whose `OTEL_EXPORTER_OTLP_ENDPOINT` is `receiver.url`
 * const server = yield* receiver.awaitSpan((span) => span.kind === "server")
 * ```
 */
export class OtlpReceiver extends Context.Service<
  OtlpReceiver,
  {
    /** `http://127.0.0.1:<port>`, for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
    readonly url: string
    readonly requests: Effect.Effect<ReadonlyArray<ReceivedRequest>>
    readonly spans: Effect.Effect<ReadonlyArray<OtlpDecoding.ReceivedSpan>>
    readonly points: Effect.Effect<ReadonlyArray<OtlpDecoding.ReceivedPoint>>
    readonly logs: Effect.Effect<ReadonlyArray<OtlpDecoding.ReceivedLog>>
    /** What did not keep to the definitions. Always empty in a sound test. */
    readonly malformed: Effect.Effect<ReadonlyArray<unknown>>
    /** The first span that fits, now or later. Waits for ever: give it a timeout. */
    awaitSpan(fits: (span: OtlpDecoding.ReceivedSpan) => boolean): Effect.Effect<OtlpDecoding.ReceivedSpan>
    awaitPoint(fits: (point: OtlpDecoding.ReceivedPoint) => boolean): Effect.Effect<OtlpDecoding.ReceivedPoint>
    awaitLog(fits: (log: OtlpDecoding.ReceivedLog) => boolean): Effect.Effect<OtlpDecoding.ReceivedLog>
    /** The span's parent, when it was received. */
    parentOf(span: OtlpDecoding.ReceivedSpan): Effect.Effect<OtlpDecoding.ReceivedSpan | undefined>
    /** Changes what happens to requests from now on. */
    behave(behaviour: Behaviour): Effect.Effect<void>
    readonly clear: Effect.Effect<void>
  }
>()("@resync/telemetry/testing/OtlpReceiver") {
  static readonly layer: Layer.Layer<OtlpReceiver> = Layer.effect(
    OtlpReceiver,
    Effect.gen(function* () {
      const requests: Array<ReceivedRequest> = []
      const spans: Array<OtlpDecoding.ReceivedSpan> = []
      const points: Array<OtlpDecoding.ReceivedPoint> = []
      const logs: Array<OtlpDecoding.ReceivedLog> = []
      const malformed: Array<unknown> = []
      const waiting = new Set<() => void>()
      let behaviour: Behaviour = "accept"

      const take = (signal: OtlpDecoding.Signal, headers: IncomingHttpHeaders, raw: Buffer): void => {
        const body = headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw
        const message = OtlpDecoding.decode(signal, headers["content-type"] ?? "", body)
        requests.push({ signal, headers, body })
        spans.push(...OtlpDecoding.spansOf(message))
        points.push(...OtlpDecoding.pointsOf(message))
        logs.push(...OtlpDecoding.logsOf(message))
        for (const wake of [...waiting]) wake()
      }

      const server = createServer((request, response) => {
        const signal = /^\/v1\/(traces|metrics|logs)$/.exec(request.url ?? "")?.[1]
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          if (behaviour === "hang") return
          if (behaviour !== "accept") {
            response.writeHead(behaviour.status, behaviour.headers).end()
            return
          }
          try {
            if (signal !== "traces" && signal !== "metrics" && signal !== "logs") throw new Error(`No ${request.url}`)
            take(signal, request.headers, Buffer.concat(chunks))
            response.writeHead(200, { "content-type": request.headers["content-type"] }).end()
          } catch (error) {
            malformed.push(error)
            response.writeHead(400).end()
          }
        })
      })
      const port = yield* listen(server)

      const awaitOne =
        <A>(items: ReadonlyArray<A>) =>
        (fits: (item: A) => boolean): Effect.Effect<A> =>
          Effect.callback((resume) => {
            const look = () => {
              const found = items.find(fits)
              if (found === undefined) return
              waiting.delete(look)
              resume(Effect.succeed(found))
            }
            waiting.add(look)
            look()
            return Effect.sync(() => waiting.delete(look))
          })

      return OtlpReceiver.of({
        url: `http://127.0.0.1:${port}`,
        requests: Effect.sync(() => [...requests]),
        spans: Effect.sync(() => [...spans]),
        points: Effect.sync(() => [...points]),
        logs: Effect.sync(() => [...logs]),
        malformed: Effect.sync(() => [...malformed]),
        awaitSpan: awaitOne(spans),
        awaitPoint: awaitOne(points),
        awaitLog: awaitOne(logs),
        parentOf: (span) =>
          Effect.sync(() =>
            spans.find((other) => other.traceId === span.traceId && other.spanId === span.parentSpanId)
          ),
        behave: (next) =>
          Effect.sync(() => {
            behaviour = next
          }),
        clear: Effect.sync(() => {
          for (const store of [requests, spans, points, logs, malformed]) store.length = 0
        })
      })
    })
  )
}

const listen = (server: Server) =>
  Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )
