import { Effect } from "effect"
import type { SignalConfig, TelemetryConfig } from "../TelemetryConfig.ts"
import * as BatchExporter from "./BatchExporter.ts"
import * as LogEncoding from "./LogEncoding.ts"
import type { LogEntry } from "./LogEntry.ts"
import * as OtlpEndpoint from "./OtlpEndpoint.ts"
import { ProtobufWriter } from "./ProtobufWriter.ts"
import * as Resource from "./Resource.ts"

const encoder = (protocol: SignalConfig["protocol"], resource: Resource.Resource) => {
  const writer = new ProtobufWriter()
  return (entries: ReadonlyArray<LogEntry>): Uint8Array | string =>
    protocol === "http/protobuf"
      ? Resource.frame(writer, resource, () => {
          for (const entry of entries) LogEncoding.write(writer, 2, entry)
        })
      : JSON.stringify({
          resourceLogs: [
            {
              resource: resource.json,
              scopeLogs: [{ scope: Resource.scopeJson, logRecords: entries.map(LogEncoding.toJson) }]
            }
          ]
        })
}

/** Sends log records to the collector in batches. */
export const make = Effect.fnUntraced(function* (
  signal: SignalConfig,
  config: TelemetryConfig,
  resource: Resource.Resource
) {
  const endpoint = yield* OtlpEndpoint.make(signal)
  return yield* BatchExporter.make("log", endpoint, encoder(signal.protocol, resource), config.logBatch)
})
