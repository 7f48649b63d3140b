import { Buffer } from "node:buffer"
import root from "@opentelemetry/otlp-transformer/build/src/generated/root.js"

/** A span as a collector sees it. */
export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly kind: "internal" | "server" | "client" | "producer" | "consumer" | "unspecified"
  readonly startTime: bigint
  readonly endTime: bigint
  readonly attributes: Attributes
  readonly events: ReadonlyArray<{ readonly name: string; readonly time: bigint; readonly attributes: Attributes }>
  readonly links: ReadonlyArray<{ readonly traceId: string; readonly spanId: string; readonly attributes: Attributes }>
  readonly status: { readonly code: "unset" | "ok" | "error"; readonly message: string }
  readonly flags: number
  readonly resource: Attributes
  readonly scope: string
}

/** One series of a metric as a collector sees it. */
export interface ReceivedPoint {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly kind: "gauge" | "sum" | "histogram" | "summary"
  readonly monotonic: boolean
  readonly temporality: "unspecified" | "delta" | "cumulative"
  readonly attributes: Attributes
  /** Of a gauge or a sum. */
  readonly value: number | undefined
  /** Of a histogram or a summary. */
  readonly count: number | undefined
  readonly sum: number | undefined
  readonly bounds: ReadonlyArray<number>
  readonly bucketCounts: ReadonlyArray<number>
  readonly resource: Attributes
}

/** A log record as a collector sees it. */
export interface ReceivedLog {
  readonly time: bigint
  readonly severityNumber: number
  readonly severityText: string
  readonly body: unknown
  readonly attributes: Attributes
  readonly traceId: string | undefined
  readonly spanId: string | undefined
  readonly resource: Attributes
}

export type Attributes = Readonly<Record<string, unknown>>

export type Signal = "traces" | "metrics" | "logs"

/** A message as `toObject` of protobufjs gives it: fields by name, 64-bit numbers as text, bytes as base64. */
type Message = { readonly [field: string]: unknown }

interface Codec {
  readonly decode: (bytes: Uint8Array) => unknown
  readonly verify: (object: unknown) => string | null
  readonly fromObject: (object: unknown) => unknown
  readonly toObject: (message: unknown, options: object) => Message
}

// The generated code has no types of its own, so this is where they are given to it.
const collector = (root as unknown as { opentelemetry: { proto: { collector: Record<Signal | "trace", Services> } } })
  .opentelemetry.proto.collector
type Services = { readonly v1: Readonly<Record<string, Codec>> }

const codecOf = (signal: Signal): Codec => {
  const [services, name] =
    signal === "traces"
      ? [collector.trace, "ExportTraceServiceRequest"]
      : signal === "metrics"
        ? [collector.metrics, "ExportMetricsServiceRequest"]
        : [collector.logs, "ExportLogsServiceRequest"]
  const codec = services.v1[name]
  if (codec === undefined) throw new Error(`The OpenTelemetry definitions lack ${name}`)
  return codec
}

const idFields = new Set(["traceId", "spanId", "parentSpanId"])

/** OTLP/JSON writes ids in hexadecimal digits where JSON of protobuf has base64. */
const idsToBytes = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(idsToBytes)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      idFields.has(key) ? Buffer.from(String(item), "hex") : idsToBytes(item)
    ])
  )
}

/** Decodes a request with the official definitions; throws when it does not keep to them. */
export const decode = (signal: Signal, contentType: string, body: Buffer): Message => {
  const codec = codecOf(signal)
  let message: unknown
  if (contentType.startsWith("application/x-protobuf")) message = codec.decode(body)
  else if (contentType.startsWith("application/json")) {
    message = codec.fromObject(idsToBytes(JSON.parse(body.toString("utf8"))))
  } else throw new Error(`Unknown content type ${contentType}`)
  return codec.toObject(message, { longs: String, enums: Number, bytes: String, arrays: true })
}

const list = (value: unknown): ReadonlyArray<Message> => (Array.isArray(value) ? value : [])
const record = (value: unknown): Message => (typeof value === "object" && value !== null ? { ...value } : {})
const text = (value: unknown): string => (typeof value === "string" ? value : "")
const long = (value: unknown): bigint => BigInt(typeof value === "string" || typeof value === "number" ? value : 0)
const hex = (value: unknown): string => Buffer.from(text(value), "base64").toString("hex")
const optionalHex = (value: unknown): string | undefined => (text(value) === "" ? undefined : hex(value))

const anyValue = (value: Message): unknown => {
  if ("stringValue" in value) return value["stringValue"]
  if ("boolValue" in value) return value["boolValue"]
  if ("intValue" in value) return Number(value["intValue"])
  if ("doubleValue" in value) return value["doubleValue"]
  if ("arrayValue" in value) return list(record(value["arrayValue"])["values"]).map(anyValue)
  if ("kvlistValue" in value) return attributes(record(value["kvlistValue"])["values"])
  return undefined
}

const attributes = (value: unknown): Attributes =>
  Object.fromEntries(list(value).map((pair) => [text(pair["key"]), anyValue(record(pair["value"]))]))

const resourceOf = (group: Message): Attributes => attributes(record(group["resource"])["attributes"])

const kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const
const codes = ["unset", "ok", "error"] as const
const temporalities = ["unspecified", "delta", "cumulative"] as const

export const spansOf = (message: Message): ReadonlyArray<ReceivedSpan> =>
  list(message["resourceSpans"]).flatMap((group) =>
    list(group["scopeSpans"]).flatMap((scoped) =>
      list(scoped["spans"]).map((span) => {
        const status = record(span["status"])
        return {
          traceId: hex(span["traceId"]),
          spanId: hex(span["spanId"]),
          parentSpanId: optionalHex(span["parentSpanId"]),
          name: text(span["name"]),
          kind: kinds[Number(span["kind"] ?? 0)] ?? "unspecified",
          startTime: long(span["startTimeUnixNano"]),
          endTime: long(span["endTimeUnixNano"]),
          attributes: attributes(span["attributes"]),
          events: list(span["events"]).map((event) => ({
            name: text(event["name"]),
            time: long(event["timeUnixNano"]),
            attributes: attributes(event["attributes"])
          })),
          links: list(span["links"]).map((link) => ({
            traceId: hex(link["traceId"]),
            spanId: hex(link["spanId"]),
            attributes: attributes(link["attributes"])
          })),
          status: { code: codes[Number(status["code"] ?? 0)] ?? "unset", message: text(status["message"]) },
          flags: Number(span["flags"] ?? 0),
          resource: resourceOf(group),
          scope: text(record(scoped["scope"])["name"])
        }
      })
    )
  )

export const pointsOf = (message: Message): ReadonlyArray<ReceivedPoint> =>
  list(message["resourceMetrics"]).flatMap((group) =>
    list(group["scopeMetrics"]).flatMap((scoped) =>
      list(scoped["metrics"]).flatMap((metric) =>
        (["gauge", "sum", "histogram", "summary"] as const).flatMap((kind) => {
          const data = record(metric[kind])
          return list(data["dataPoints"]).map((point) => ({
            name: text(metric["name"]),
            description: text(metric["description"]),
            unit: text(metric["unit"]),
            kind,
            monotonic: data["isMonotonic"] === true,
            temporality: temporalities[Number(data["aggregationTemporality"] ?? 0)] ?? "unspecified",
            attributes: attributes(point["attributes"]),
            value:
              "asDouble" in point ? Number(point["asDouble"]) : "asInt" in point ? Number(point["asInt"]) : undefined,
            count: "count" in point ? Number(point["count"]) : undefined,
            sum: "sum" in point ? Number(point["sum"]) : undefined,
            bounds: list(point["explicitBounds"]).map(Number),
            bucketCounts: list(point["bucketCounts"]).map(Number),
            resource: resourceOf(group)
          }))
        })
      )
    )
  )

export const logsOf = (message: Message): ReadonlyArray<ReceivedLog> =>
  list(message["resourceLogs"]).flatMap((group) =>
    list(group["scopeLogs"]).flatMap((scoped) =>
      list(scoped["logRecords"]).map((log) => ({
        time: long(log["timeUnixNano"]),
        severityNumber: Number(log["severityNumber"] ?? 0),
        severityText: text(log["severityText"]),
        body: anyValue(record(log["body"])),
        attributes: attributes(log["attributes"]),
        traceId: optionalHex(log["traceId"]),
        spanId: optionalHex(log["spanId"]),
        resource: resourceOf(group)
      }))
    )
  )
