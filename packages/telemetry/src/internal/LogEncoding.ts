import * as Attributes from "./Attributes.ts"
import type { LogEntry } from "./LogEntry.ts"
import type { ProtobufWriter } from "./ProtobufWriter.ts"

const severities: Readonly<Record<string, number>> = { Trace: 1, Debug: 5, Info: 9, Warn: 13, Error: 17, Fatal: 21 }

const attributesOf = (entry: LogEntry): Record<string, unknown> => {
  const attributes: Record<string, unknown> = { ...entry.attributes }
  if (entry.correlationId !== undefined) attributes["correlation.id"] = entry.correlationId
  for (const [label, millis] of Object.entries(entry.spans)) attributes[`log.span.${label}`] = millis
  if (entry.error !== undefined) {
    attributes["exception.type"] = entry.error.type
    attributes["exception.message"] = entry.error.message
    attributes["exception.stacktrace"] = entry.error.stack
  }
  return attributes
}

const nanos = (date: Date): bigint => BigInt(date.getTime()) * 1_000_000n

/** Writes one record as `opentelemetry.proto.logs.v1.LogRecord` into the given field. */
export const write = (writer: ProtobufWriter, field: number, entry: LogEntry): void => {
  const record = writer.begin(field)
  writer.fixed64(1, nanos(entry.date))
  const severity = severities[entry.level]
  if (severity !== undefined) writer.uint(2, severity)
  writer.string(3, entry.level.toUpperCase())
  const body = writer.begin(5)
  writer.string(1, entry.message)
  writer.end(body)
  for (const [key, value] of Object.entries(attributesOf(entry))) Attributes.writeKeyValue(writer, 6, key, value)
  if (entry.traceId !== undefined && entry.spanId !== undefined) {
    writer.fixed32(8, entry.sampled ? 1 : 0)
    writer.hex(9, entry.traceId, 16)
    writer.hex(10, entry.spanId, 8)
  }
  writer.fixed64(11, nanos(entry.date))
  writer.end(record)
}

/** The same record in the OTLP/JSON form. */
export const toJson = (entry: LogEntry): object => ({
  timeUnixNano: String(nanos(entry.date)),
  observedTimeUnixNano: String(nanos(entry.date)),
  severityNumber: severities[entry.level] ?? 0,
  severityText: entry.level.toUpperCase(),
  body: { stringValue: entry.message.toWellFormed() },
  attributes: Object.entries(attributesOf(entry)).map(([key, value]) => Attributes.toKeyValue(key, value)),
  ...(entry.traceId === undefined || entry.spanId === undefined
    ? undefined
    : { flags: entry.sampled ? 1 : 0, traceId: entry.traceId.padStart(32, "0"), spanId: entry.spanId })
})
