import { Config, ConfigProvider, Console, Effect, Layer, Logger, type LogLevel, Option, References } from "effect"
import * as LogEntry from "./internal/LogEntry.ts"
import * as LogFormat from "./internal/LogFormat.ts"

const formats = {
  json: LogFormat.json,
  logfmt: LogFormat.logfmt,
  pretty: LogFormat.pretty(process.stdout.isTTY === true && process.stdout.hasColors())
} as const

/** How log lines look. */
export type Format = keyof typeof formats

const levels: ReadonlyArray<LogLevel.LogLevel> = ["All", "Trace", "Debug", "Info", "Warn", "Error", "Fatal", "None"]

const choose = <A extends string>(name: string, allowed: ReadonlyArray<A>, fallback: A) =>
  Effect.gen(function* () {
    const value = yield* Config.option(Config.String(name))
    if (Option.isNone(value) || value.value.trim() === "") return fallback
    const found = allowed.find((candidate) => candidate.toLowerCase() === value.value.trim().toLowerCase())
    if (found !== undefined) return found
    const message = `${name}: one of ${allowed.join(", ").toLowerCase()} is wanted, not "${value.value}"`
    return yield* Effect.fail(new Config.ConfigError(new ConfigProvider.SourceError({ message })))
  })

const format = Effect.suspend(() =>
  choose<Format>("RESYNC_LOG_FORMAT", ["json", "pretty", "logfmt"], process.stdout.isTTY === true ? "pretty" : "json")
)

const level = choose("RESYNC_LOG_LEVEL", levels, "Info")

/** A logger that writes masked lines in a format to the console, and hands each record on. */
export const make = (options: {
  readonly format: Format
  readonly forward?: ((entry: LogEntry.LogEntry) => void) | undefined
}): Logger.Logger<unknown, void> => {
  const write = formats[options.format]
  return Logger.make((record) => {
    const entry = LogEntry.make(record)
    record.fiber.getRef(Console.Console).log(write(entry))
    options.forward?.(entry)
  })
}

/** `layer` that also hands each record to an exporter. */
export const layerWith = (
  forward: ((entry: LogEntry.LogEntry) => void) | undefined
): Layer.Layer<never, Config.ConfigError> =>
  Layer.mergeAll(
    Logger.layer([Effect.map(format, (chosen) => make({ format: chosen, forward }))]),
    Layer.effect(References.MinimumLogLevel, level)
  )

/**
 * Logs to the standard output by `RESYNC_LOG_FORMAT` (`json`, `logfmt` or `pretty`; pretty on a terminal, else JSON)
 * from the level `RESYNC_LOG_LEVEL` on (default `info`). Each line carries trace, span and correlation id of where it
 * was written; secrets are masked as `Redaction` says.
 */
export const layer: Layer.Layer<never, Config.ConfigError> = layerWith(undefined)
