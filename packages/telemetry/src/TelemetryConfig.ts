import { Config, ConfigProvider, Duration, Effect, Option, Redacted } from "effect"
import * as Propagators from "./Propagators.ts"

/** How spans, metrics and logs leave the process. `grpc` is not spoken. */
export type Protocol = "http/protobuf" | "http/json"

/** Where and how one signal is exported. */
export interface SignalConfig {
  readonly url: string
  readonly protocol: Protocol
  readonly headers: Readonly<Record<string, Redacted.Redacted>>
  /** Time of one export, retries included. */
  readonly timeout: Duration.Duration
  readonly compression: "gzip" | "none"
}

/** When a batch of spans or of log records is sent, and how many wait at most. */
export interface BatchConfig {
  readonly delay: Duration.Duration
  readonly batchSize: number
  readonly queueSize: number
}

export type SamplerName =
  | "always_on"
  | "always_off"
  | "traceidratio"
  | "parentbased_always_on"
  | "parentbased_always_off"
  | "parentbased_traceidratio"

/** All that the OTEL_ variables say. A signal without an endpoint is off. */
export interface TelemetryConfig {
  readonly resource: Readonly<Record<string, string>>
  readonly traces: SignalConfig | undefined
  readonly metrics: SignalConfig | undefined
  readonly logs: SignalConfig | undefined
  readonly sampler: SamplerName
  readonly samplerRatio: number
  readonly propagators: Propagators.Propagators
  readonly spanBatch: BatchConfig
  readonly logBatch: BatchConfig
  readonly metricInterval: Duration.Duration
}

// The specification takes an empty value for an unset one, hence `trim` and `length` instead of `withDefault` alone.
const text = (name: string): Config.Config<Option.Option<string>> =>
  Config.option(Config.String(name)).pipe(
    Config.map(Option.map((value) => value.trim())),
    Config.map(Option.filter((value) => value.length > 0))
  )

const refuse = (name: string, value: string, wanted: string) =>
  Effect.fail(
    new Config.ConfigError(new ConfigProvider.SourceError({ message: `${name}: ${wanted} is wanted, not "${value}"` }))
  )

/** The first variable that is set, read by `parse`; else the default. */
const read = <A>(
  names: ReadonlyArray<string>,
  fallback: A,
  wanted: string,
  parse: (value: string) => A | undefined
): Effect.Effect<A, Config.ConfigError> =>
  Effect.gen(function* () {
    for (const name of names) {
      const value = yield* text(name)
      if (Option.isNone(value)) continue
      const parsed = parse(value.value)
      return parsed === undefined ? yield* refuse(name, value.value, wanted) : parsed
    }
    return fallback
  })

const oneOf =
  <const A extends string>(...allowed: ReadonlyArray<A>) =>
  (value: string): A | undefined =>
    allowed.find((candidate) => candidate === value.toLowerCase())

const integer =
  (least: number) =>
  (value: string): number | undefined => {
    const parsed = Number(value)
    return Number.isSafeInteger(parsed) && parsed >= least ? parsed : undefined
  }

const millis = (names: ReadonlyArray<string>, fallback: number, least = 0) =>
  Effect.map(read(names, fallback, "a number of milliseconds", integer(least)), Duration.millis)

const count = (name: string, fallback: number) => read([name], fallback, "a positive number", integer(1))

const flag = (name: string) =>
  read([name], false, "true or false", (value) => {
    const lower = value.toLowerCase()
    return lower === "true" ? true : lower === "false" ? false : undefined
  })

const decode = (value: string): string | undefined => {
  try {
    return decodeURIComponent(value.trim())
  } catch {
    return undefined
  }
}

/** `key=value,key=value` with percent escapes, as headers and resource attributes are given. */
const pairs = (value: string): Record<string, string> | undefined => {
  const out: Record<string, string> = {}
  for (const member of value.split(",")) {
    if (member.trim() === "") continue
    const equals = member.indexOf("=")
    const key = equals < 1 ? undefined : decode(member.slice(0, equals))
    const item = decode(member.slice(equals + 1))
    if (key === undefined || key === "" || item === undefined) return undefined
    out[key] = item
  }
  return out
}

const url = (value: string): URL | undefined => {
  const parsed = URL.canParse(value) ? new URL(value) : undefined
  return parsed?.protocol === "http:" || parsed?.protocol === "https:" ? parsed : undefined
}

type Signal = "TRACES" | "METRICS" | "LOGS"

const endpointOf = Effect.fnUntraced(function* (signal: Signal) {
  const own = yield* read([`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`], undefined, "an http or https URL", url)
  if (own !== undefined) return own.href
  const base = yield* read(["OTEL_EXPORTER_OTLP_ENDPOINT"], undefined, "an http or https URL", url)
  if (base === undefined) return undefined
  base.pathname = `${base.pathname.replace(/\/$/, "")}/v1/${signal.toLowerCase()}`
  return base.href
})

const headersOf = Effect.fnUntraced(function* (signal: Signal) {
  for (const name of [`OTEL_EXPORTER_OTLP_${signal}_HEADERS`, "OTEL_EXPORTER_OTLP_HEADERS"]) {
    const value = yield* Config.option(Config.Redacted(name))
    if (Option.isNone(value) || Redacted.value(value.value).trim() === "") continue
    const parsed = pairs(Redacted.value(value.value))
    if (parsed === undefined) return yield* refuse(name, "<redacted>", "key=value,key=value")
    return Object.fromEntries(
      Object.entries(parsed).map(([key, item]) => [key.toLowerCase(), Redacted.make(item, { label: key })])
    )
  }
  return {}
})

const signalOf = Effect.fnUntraced(function* (
  signal: Signal
): Effect.fn.Return<SignalConfig | undefined, Config.ConfigError> {
  const exporter = yield* read([`OTEL_${signal}_EXPORTER`], "otlp", "otlp or none", oneOf("otlp", "none"))
  const endpoint = exporter === "none" ? undefined : yield* endpointOf(signal)
  if (endpoint === undefined) return undefined
  const names = (suffix: string) => [`OTEL_EXPORTER_OTLP_${signal}_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`]
  return {
    url: endpoint,
    protocol: yield* read(
      names("PROTOCOL"),
      "http/protobuf",
      "http/protobuf or http/json",
      oneOf("http/protobuf", "http/json")
    ),
    headers: yield* headersOf(signal),
    timeout: yield* millis(names("TIMEOUT"), 10_000, 1),
    compression: yield* read(names("COMPRESSION"), "none", "gzip or none", oneOf("gzip", "none"))
  }
})

const batchOf = Effect.fnUntraced(function* (prefix: "OTEL_BSP" | "OTEL_BLRP", delay: number) {
  const queueSize = yield* count(`${prefix}_MAX_QUEUE_SIZE`, 2048)
  const batchSize = yield* count(`${prefix}_MAX_EXPORT_BATCH_SIZE`, 512)
  return {
    delay: yield* millis([`${prefix}_SCHEDULE_DELAY`], delay, 1),
    queueSize,
    batchSize: Math.min(batchSize, queueSize)
  }
})

const resourceOf = Effect.gen(function* () {
  const attributes = yield* read(["OTEL_RESOURCE_ATTRIBUTES"], {}, "key=value,key=value", pairs)
  const service = yield* text("OTEL_SERVICE_NAME")
  return {
    "service.name": "resync",
    ...attributes,
    ...(Option.isSome(service) ? { "service.name": service.value } : undefined)
  }
})

const ratio = (value: string): number | undefined => {
  const parsed = Number(value)
  return parsed >= 0 && parsed <= 1 ? parsed : undefined
}

const propagators = (value: string): Propagators.Propagators | undefined => {
  const names = value.split(",").map((name) => name.trim().toLowerCase())
  if (names.length === 1 && names[0] === "none") return { traceContext: false, baggage: false }
  return names.every((name) => name === "tracecontext" || name === "baggage")
    ? { traceContext: names.includes("tracecontext"), baggage: names.includes("baggage") }
    : undefined
}

const samplers = oneOf<SamplerName>(
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio"
)

/**
 * Reads the standard variables of OpenTelemetry through `Config`. A wrong value fails with one line that names the
 * variable. https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export const fromEnvironment: Effect.Effect<TelemetryConfig, Config.ConfigError> = Effect.gen(function* () {
  // Only cumulative sums are sent; to say so is better than to ignore the wish.
  yield* read(["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"], "cumulative", "cumulative", oneOf("cumulative"))
  const disabled = yield* flag("OTEL_SDK_DISABLED")
  const signal = (name: Signal) => (disabled ? Effect.undefined : signalOf(name))
  return {
    resource: yield* resourceOf,
    traces: yield* signal("TRACES"),
    metrics: yield* signal("METRICS"),
    logs: yield* signal("LOGS"),
    sampler: yield* read(["OTEL_TRACES_SAMPLER"], "parentbased_always_on", "a sampler of the specification", samplers),
    samplerRatio: yield* read(["OTEL_TRACES_SAMPLER_ARG"], 1, "a number between 0 and 1", ratio),
    propagators: yield* read(
      ["OTEL_PROPAGATORS"],
      Propagators.both,
      "tracecontext, baggage, both or none",
      propagators
    ),
    spanBatch: yield* batchOf("OTEL_BSP", 5_000),
    logBatch: yield* batchOf("OTEL_BLRP", 1_000),
    metricInterval: yield* millis(["OTEL_METRIC_EXPORT_INTERVAL"], 60_000, 1)
  }
})
