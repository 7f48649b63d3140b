import { Effect, Tracer } from "effect"
import * as Hex from "effect/encoding/Hex"
import * as Sampler from "../Sampler.ts"
import type { SignalConfig, TelemetryConfig } from "../TelemetryConfig.ts"
import * as BatchExporter from "./BatchExporter.ts"
import * as OtlpEndpoint from "./OtlpEndpoint.ts"
import { ProtobufWriter } from "./ProtobufWriter.ts"
import { RecordingSpan } from "./RecordingSpan.ts"
import * as Resource from "./Resource.ts"
import * as SpanEncoding from "./SpanEncoding.ts"

const encoder = (protocol: SignalConfig["protocol"], resource: Resource.Resource) => {
  const writer = new ProtobufWriter()
  return (spans: ReadonlyArray<RecordingSpan>): Uint8Array | string =>
    protocol === "http/protobuf"
      ? Resource.frame(writer, resource, () => {
          for (const span of spans) SpanEncoding.write(writer, 2, span)
        })
      : JSON.stringify({
          resourceSpans: [
            {
              resource: resource.json,
              scopeSpans: [{ scope: Resource.scopeJson, spans: spans.map(SpanEncoding.toJson) }]
            }
          ]
        })
}

/** A tracer whose sampled spans go to the collector in batches. */
export const make = Effect.fnUntraced(function* (
  signal: SignalConfig,
  config: TelemetryConfig,
  resource: Resource.Resource
) {
  const endpoint = yield* OtlpEndpoint.make(signal)
  const exporter = yield* BatchExporter.make("span", endpoint, encoder(signal.protocol, resource), config.spanBatch)
  const sample = Sampler.make(config.sampler, config.samplerRatio)
  return Tracer.make({
    span: (options) => {
      let traceId: string | undefined
      const sampled = sample(options, () => {
        traceId = Hex.random(32)
        return traceId
      })
      return new RecordingSpan(options, sampled, exporter.offer, traceId)
    }
  })
})
