import { Clock, Effect, Metric } from "effect"
import type { SignalConfig, TelemetryConfig } from "../TelemetryConfig.ts"
import { shutdownTimeout } from "./BatchExporter.ts"
import * as MetricData from "./MetricData.ts"
import * as MetricEncoding from "./MetricEncoding.ts"
import * as OtlpEndpoint from "./OtlpEndpoint.ts"
import { ProtobufWriter } from "./ProtobufWriter.ts"
import * as Resource from "./Resource.ts"

const encoder = (protocol: SignalConfig["protocol"], resource: Resource.Resource) => {
  const writer = new ProtobufWriter()
  return (metrics: ReadonlyArray<MetricData.MetricData>, times: MetricEncoding.Times): Uint8Array | string =>
    protocol === "http/protobuf"
      ? Resource.frame(writer, resource, () => {
          for (const metric of metrics) MetricEncoding.write(writer, 2, metric, times)
        })
      : JSON.stringify({
          resourceMetrics: [
            {
              resource: resource.json,
              scopeMetrics: [
                { scope: Resource.scopeJson, metrics: metrics.map((metric) => MetricEncoding.toJson(metric, times)) }
              ]
            }
          ]
        })
}

/** Sends all metrics of the process in the interval of the configuration, and once more when the scope closes. */
export const make = Effect.fnUntraced(function* (
  signal: SignalConfig,
  config: TelemetryConfig,
  resource: Resource.Resource
) {
  const endpoint = yield* OtlpEndpoint.make(signal)
  const encode = encoder(signal.protocol, resource)
  const clock = yield* Clock.Clock
  const start = clock.currentTimeNanosUnsafe()
  const snapshot = yield* Effect.context<never>().pipe(Effect.map((context) => () => Metric.snapshotUnsafe(context)))
  const failed = Metric.counter("otel.sdk.exporter.metric_data_point.failed", {
    description: "Exports of metrics that the collector did not take",
    attributes: { unit: "{export}" },
    incremental: true
  })

  const exportNow = Effect.suspend(() =>
    endpoint.send(encode(MetricData.collect(snapshot()), { start, now: clock.currentTimeNanosUnsafe() }))
  ).pipe(Effect.catchCause(() => Metric.update(failed, 1)))

  yield* Effect.sleep(config.metricInterval).pipe(Effect.andThen(exportNow), Effect.forever, Effect.forkScoped)
  yield* Effect.addFinalizer(() => Effect.timeoutOption(exportNow, shutdownTimeout))
})
