import { type Context, Metric } from "effect"

/** Bucket boundaries that the semantic conventions advise for HTTP durations, in seconds. */
export const boundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** Most series of one metric. Labels are bounded by their making; this holds even where that goes wrong. */
export const maxSeries = 2_000

/** The attributes of one measurement. Values come from small sets: methods, route templates, status codes. */
export type Labels = Readonly<Record<string, string | undefined>>

const defined = (labels: Labels): Record<string, string> => {
  const out: Record<string, string> = {}
  for (const key in labels) {
    const value = labels[key]
    if (value !== undefined) out[key] = value
  }
  return out
}

const overflow = { "otel.metric.overflow": "true" }

/** Keeps one metric per set of labels, so that a request costs a look-up and no allocation of keys and attributes. */
const series = <M>(make: (attributes: Record<string, string>) => M) => {
  const known = new Map<string, M>()
  let rest: M | undefined
  return (key: string, labels: () => Labels): M => {
    const found = known.get(key)
    if (found !== undefined) return found
    if (known.size >= maxSeries) {
      rest ??= make(overflow)
      return rest
    }
    const made = make(defined(labels()))
    known.set(key, made)
    return made
  }
}

export interface HttpMetrics {
  /** Counts one request in flight up (1) or down (-1). */
  readonly active: (context: Context.Context<never>, key: string, labels: () => Labels, change: 1 | -1) => void
  /** Records the duration of one request in seconds. */
  readonly duration: (context: Context.Context<never>, key: string, labels: () => Labels, seconds: number) => void
}

/** The HTTP metrics of the semantic conventions: https://opentelemetry.io/docs/specs/semconv/http/http-metrics/ */
export const make = (side: "server" | "client"): HttpMetrics => {
  const durations = series((attributes) =>
    Metric.histogram(`http.${side}.request.duration`, {
      description: `Duration of HTTP ${side} requests`,
      boundaries,
      attributes: { ...attributes, unit: "s" }
    })
  )
  const actives = series((attributes) =>
    Metric.counter(`http.${side}.active_requests`, {
      description: `HTTP ${side} requests in flight`,
      attributes: { ...attributes, unit: "{request}" }
    })
  )
  return {
    active: (context, key, labels, change) => actives(key, labels).updateUnsafe(change, context),
    duration: (context, key, labels, seconds) => durations(key, labels).updateUnsafe(seconds, context)
  }
}

const known = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"])

/** A method of the standards, else `_OTHER`, so that a caller cannot make names. */
export const methodOf = (method: string): string => (known.has(method) ? method : "_OTHER")
