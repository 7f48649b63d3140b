import { Cause, type Logger, type LogLevel, References } from "effect"
import * as Correlation from "../Correlation.ts"
import * as Redaction from "../Redaction.ts"

/** One log record with its secrets masked: what every format and the exporter write. */
export interface LogEntry {
  readonly date: Date
  readonly level: LogLevel.LogLevel
  readonly message: string
  readonly attributes: Readonly<Record<string, unknown>>
  /** Milliseconds since the start of each log span. */
  readonly spans: Readonly<Record<string, number>>
  readonly error: { readonly type: string; readonly message: string; readonly stack: string } | undefined
  readonly traceId: string | undefined
  readonly spanId: string | undefined
  readonly sampled: boolean
  readonly correlationId: string | undefined
  readonly fiberId: number
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const stackOf = (errors: ReadonlyArray<Error>): string =>
  Redaction.text(errors.map((error) => error.stack ?? `${error.name}: ${error.message}`).join("\n"))

/**
 * Texts of a message are joined; records in it become attributes and errors the error of the entry, so that the text
 * stays constant and both can be searched.
 */
export const make = (options: Logger.Options<unknown>): LogEntry => {
  const { cause, date, fiber, logLevel } = options
  const attributes: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fiber.getRef(References.CurrentLogAnnotations))) {
    if (key !== Correlation.attribute) attributes[key] = Redaction.value(value, key)
  }
  const words: Array<string> = []
  const errors = cause.reasons.length === 0 ? [] : Cause.prettyErrors(cause, { includeCauseInStack: true })
  for (const part of Array.isArray(options.message) ? options.message : [options.message]) {
    if (part instanceof Error) {
      errors.push(part)
      continue
    }
    const safe = Redaction.value(part)
    if (isRecord(safe)) Object.assign(attributes, safe)
    else words.push(typeof safe === "string" ? safe : JSON.stringify(safe))
  }
  const spans: Record<string, number> = {}
  for (const [label, start] of fiber.getRef(References.CurrentLogSpans)) spans[label] = date.getTime() - start
  const [first] = errors
  const span = fiber.cache.span
  return {
    date,
    level: logLevel,
    message: words.join(" "),
    attributes,
    spans,
    error:
      first === undefined
        ? undefined
        : { type: first.name, message: Redaction.text(first.message), stack: stackOf(errors) },
    traceId: span?.traceId,
    spanId: span?.spanId,
    sampled: span?.sampled ?? false,
    correlationId: fiber.getRef(Correlation.CorrelationId),
    fiberId: fiber.id
  }
}
