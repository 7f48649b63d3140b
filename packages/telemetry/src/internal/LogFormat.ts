import type { LogEntry } from "./LogEntry.ts"

const ids = (entry: LogEntry): Record<string, string> => ({
  ...(entry.traceId === undefined ? undefined : { trace_id: entry.traceId }),
  ...(entry.spanId === undefined ? undefined : { span_id: entry.spanId }),
  ...(entry.correlationId === undefined ? undefined : { correlation_id: entry.correlationId })
})

const isEmpty = (record: object): boolean => Object.keys(record).length === 0

/** One JSON object in one line. */
export const json = (entry: LogEntry): string =>
  JSON.stringify({
    timestamp: entry.date.toISOString(),
    level: entry.level.toUpperCase(),
    message: entry.message,
    ...ids(entry),
    ...(isEmpty(entry.attributes) ? undefined : { attributes: entry.attributes }),
    ...(isEmpty(entry.spans) ? undefined : { spans: entry.spans }),
    ...(entry.error === undefined ? undefined : { error: entry.error }),
    fiber: entry.fiberId
  })

const bare = /^[\w.:/+@-]+$/

const word = (value: unknown): string => {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "undefined")
  return bare.test(text) ? text : JSON.stringify(text)
}

const label = (key: string): string => key.replace(/[\s="\p{Cc}]+/gu, "_")

const fields = (record: Readonly<Record<string, unknown>>): Array<string> =>
  Object.entries(record).map(([key, value]) => `${label(key)}=${word(value)}`)

/** `key=value` words in one line. */
export const logfmt = (entry: LogEntry): string =>
  [
    `timestamp=${entry.date.toISOString()}`,
    `level=${entry.level.toUpperCase()}`,
    `message=${word(entry.message)}`,
    ...fields(ids(entry)),
    ...fields(entry.attributes),
    ...Object.entries(entry.spans).map(([name, millis]) => `${label(name)}=${millis}ms`),
    ...(entry.error === undefined ? [] : [`error=${word(entry.error.stack)}`]),
    `fiber=${entry.fiberId}`
  ].join(" ")

const colors: Readonly<Record<string, string>> = {
  Trace: "90",
  Debug: "34",
  Info: "32",
  Warn: "33",
  Error: "31",
  Fatal: "41;97"
}

/** For people: time, level, message, then the rest dimmed; an error on lines of its own. */
export const pretty =
  (colored: boolean) =>
  (entry: LogEntry): string => {
    const paint = (code: string, text: string) => (colored && text !== "" ? `\u001b[${code}m${text}\u001b[0m` : text)
    const time = entry.date.toISOString().slice(11, 23)
    const level = paint(colors[entry.level] ?? "0", entry.level.toUpperCase().padEnd(5))
    const details = [
      ...fields(entry.attributes),
      ...Object.entries(entry.spans).map(([name, millis]) => `${label(name)}=${millis}ms`),
      ...fields(ids(entry))
    ].join(" ")
    const line = [paint("90", time), level, entry.message, paint("90", details)].filter((part) => part !== "").join(" ")
    return entry.error === undefined ? line : `${line}\n${entry.error.stack}`
  }
