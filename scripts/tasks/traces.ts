/**
 * A collector for the terminal: takes traces by OTLP over HTTP and prints each as a tree. `npm run traces -- --port 4318`
 */
import { createServer } from "node:http"
import { parseArgs } from "node:util"
import { gunzipSync } from "node:zlib"
import * as OtlpDecoding from "../../packages/telemetry/src/testing/OtlpDecoding.ts"

const { values } = parseArgs({ options: { port: { type: "string", default: "4318" } } })

type Span = OtlpDecoding.ReceivedSpan

/** Spans by trace, until the trace has been quiet for a second, or longer as long as its outermost span is still to come. */
const traces = new Map<string, { readonly spans: Array<Span>; timer: NodeJS.Timeout }>()

const take = (span: Span) => {
  const known = traces.get(span.traceId)
  clearTimeout(known?.timer)
  const spans = known?.spans ?? []
  spans.push(span)
  const timer = setTimeout(
    () => {
      traces.delete(span.traceId)
      console.log(`\ntrace ${span.traceId}`)
      const roots = spans.filter(({ parentSpanId }) => !spans.some(({ spanId }) => spanId === parentSpanId))
      for (const root of roots) print(spans, root, "")
    },
    isWhole(spans) ? 1_000 : 15_000
  )
  traces.set(span.traceId, { spans, timer })
}

const isWhole = (spans: ReadonlyArray<Span>) =>
  spans.some((span) => span.kind === "server" || span.parentSpanId === undefined)

const shown = ["http.response.status_code", "http.request.resend_count", "error.type", "tws.cache.result"]

const print = (spans: ReadonlyArray<Span>, span: Span, indent: string) => {
  const facts = shown.flatMap((key) => (span.attributes[key] === undefined ? [] : [`${key}=${span.attributes[key]}`]))
  const took = (Number(span.endTime - span.startTime) / 1e6).toFixed(1)
  console.log(`${indent}${span.name} (${span.kind}, ${took} ms${facts.map((fact) => `, ${fact}`).join("")})`)
  for (const event of span.events) {
    const said = Object.entries(event.attributes).filter(([, value]) => String(value).length < 80)
    console.log(`${indent}  · ${event.name} ${said.map(([key, value]) => `${key}=${value}`).join(" ")}`)
  }
  const children = spans.filter(({ parentSpanId }) => parentSpanId === span.spanId)
  for (const child of children.sort((a, b) => Number(a.startTime - b.startTime))) print(spans, child, `${indent}  `)
}

const server = createServer((request, response) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    const raw = Buffer.concat(chunks)
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw
    if (request.url === "/v1/traces") {
      const message = OtlpDecoding.decode("traces", request.headers["content-type"] ?? "", body)
      for (const span of OtlpDecoding.spansOf(message)) take(span)
    }
    response.end()
  })
})

server.on("error", (error) => {
  console.error(`resync: ${error.message}`)
  process.exit(1)
})
server.listen(Number(values.port), "127.0.0.1", () => {
  console.log(`Waiting for traces: OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:${values.port} npm start`)
})
