import { Cause } from "effect"
import * as Redaction from "../Redaction.ts"
import * as Attributes from "./Attributes.ts"
import type { ProtobufWriter } from "./ProtobufWriter.ts"
import type { RecordingSpan } from "./RecordingSpan.ts"
import { errorTypeOf } from "./SpanError.ts"

const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const

const unset = 0
const error = 2

interface Outcome {
  readonly code: typeof unset | typeof error
  readonly message: string | undefined
  readonly interrupted: boolean
  readonly exceptions: ReadonlyArray<Record<string, string>>
}

const fine: Outcome = { code: unset, message: undefined, interrupted: false, exceptions: [] }
const failed: Outcome = { ...fine, code: error }
const interrupted: Outcome = { ...fine, interrupted: true }

/**
 * Status by the conventions: unset when all went well, as `ok` is for applications to say; an error without text when
 * `error.type` tells it all; an error with its exceptions when the span ended by a cause.
 */
const outcomeOf = (span: RecordingSpan): Outcome => {
  const { cause } = span
  const told = span.attributeOf("error.type") !== undefined
  if (cause === undefined) return told ? failed : fine
  if (Cause.hasInterruptsOnly(cause)) return told ? { ...interrupted, code: error } : interrupted
  const exceptions = Cause.prettyErrors(cause, { includeCauseInStack: true }).map((exception, index) => ({
    // A tagged error may have a field called name, which says something else than what kind of error it is.
    "exception.type": index === 0 ? errorTypeOf(cause) : exception.name,
    "exception.message": Redaction.text(exception.message),
    "exception.stacktrace": Redaction.text(exception.stack ?? exception.message)
  }))
  return { code: error, message: exceptions[0]?.["exception.message"], interrupted: false, exceptions }
}

/** Sampled, and the next bits of W3C `trace_flags` as OTLP carries them: whether the parent is known to be remote. */
const flagsOf = (span: RecordingSpan): number => {
  const remote = span.parent._tag === "Some" && span.parent.value._tag === "ExternalSpan"
  return remote ? 0x301 : 0x101
}

const interruptedKey = "effect.fiber.interrupted"

/** Writes one span as `opentelemetry.proto.trace.v1.Span` into the given field. */
export const write = (writer: ProtobufWriter, field: number, span: RecordingSpan): void => {
  const outcome = outcomeOf(span)
  const endTime = span.endTime ?? span.startTime
  const message = writer.begin(field)
  writer.hex(1, span.traceId, 16)
  writer.hex(2, span.spanId, 8)
  if (span.parent._tag === "Some") writer.hex(4, span.parent.value.spanId, 8)
  writer.string(5, span.name)
  writer.uint(6, kinds[span.kind])
  writer.fixed64(7, span.startTime)
  writer.fixed64(8, endTime)
  const { pairs } = span
  for (let i = 0; i < pairs.length; i += 2) Attributes.writeKeyValue(writer, 9, String(pairs[i]), pairs[i + 1])
  if (outcome.interrupted) Attributes.writeKeyValue(writer, 9, interruptedKey, true)
  if (span.droppedAttributes > 0) writer.uint(10, span.droppedAttributes)
  if (span.spanEvents !== undefined) {
    for (const event of span.spanEvents) writeEvent(writer, event.name, event.time, event.attributes)
  }
  for (const exception of outcome.exceptions) writeEvent(writer, "exception", endTime, exception)
  if (span.droppedEvents > 0) writer.uint(12, span.droppedEvents)
  for (const link of span.links) {
    const start = writer.begin(13)
    writer.hex(1, link.span.traceId, 16)
    writer.hex(2, link.span.spanId, 8)
    for (const key in link.attributes) Attributes.writeKeyValue(writer, 4, key, link.attributes[key])
    writer.end(start)
  }
  const status = writer.begin(15)
  if (outcome.message !== undefined) writer.string(2, outcome.message)
  if (outcome.code !== unset) writer.uint(3, outcome.code)
  writer.end(status)
  writer.fixed32(16, flagsOf(span))
  writer.end(message)
}

const writeEvent = (
  writer: ProtobufWriter,
  name: string,
  time: bigint,
  attributes: Record<string, unknown> | undefined
): void => {
  const event = writer.begin(11)
  writer.fixed64(1, time)
  writer.string(2, Redaction.text(name))
  if (attributes !== undefined) {
    for (const key in attributes) Attributes.writeKeyValue(writer, 3, key, attributes[key])
  }
  writer.end(event)
}

const eventJson = (name: string, time: bigint, attributes: Record<string, unknown> | undefined) => ({
  timeUnixNano: String(time),
  name: Redaction.text(name).toWellFormed(),
  attributes: Object.entries(attributes ?? {}).map(([key, value]) => Attributes.toKeyValue(key, value))
})

/** The same span in the OTLP/JSON form. */
export const toJson = (span: RecordingSpan): object => {
  const outcome = outcomeOf(span)
  const endTime = span.endTime ?? span.startTime
  const attributes: Array<Attributes.KeyValue> = []
  for (let i = 0; i < span.pairs.length; i += 2) {
    attributes.push(Attributes.toKeyValue(String(span.pairs[i]), span.pairs[i + 1]))
  }
  if (outcome.interrupted) attributes.push(Attributes.toKeyValue(interruptedKey, true))
  return {
    traceId: span.traceId.padStart(32, "0"),
    spanId: span.spanId,
    ...(span.parent._tag === "Some" ? { parentSpanId: span.parent.value.spanId } : undefined),
    name: span.name.toWellFormed(),
    kind: kinds[span.kind],
    startTimeUnixNano: String(span.startTime),
    endTimeUnixNano: String(endTime),
    attributes,
    droppedAttributesCount: span.droppedAttributes,
    events: [
      ...(span.spanEvents ?? []).map((event) => eventJson(event.name, event.time, event.attributes)),
      ...outcome.exceptions.map((exception) => eventJson("exception", endTime, exception))
    ],
    droppedEventsCount: span.droppedEvents,
    links: span.links.map((link) => ({
      traceId: link.span.traceId.padStart(32, "0"),
      spanId: link.span.spanId,
      attributes: Object.entries(link.attributes).map(([key, value]) => Attributes.toKeyValue(key, value))
    })),
    status: {
      code: outcome.code,
      ...(outcome.message === undefined ? undefined : { message: outcome.message.toWellFormed() })
    },
    flags: flagsOf(span)
  }
}
