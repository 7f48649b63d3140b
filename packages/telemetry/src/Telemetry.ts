import { Effect, Layer, Scope, Tracer } from "effect"
import type { ConfigError } from "effect/Config"
import { FetchHttpClient, type HttpClient, type HttpServerRequest, type HttpServerResponse } from "effect/http"
import * as Correlation from "./Correlation.ts"
import * as LogExporter from "./internal/LogExporter.ts"
import * as MetricExporter from "./internal/MetricExporter.ts"
import * as Resource from "./internal/Resource.ts"
import * as SpanExporter from "./internal/SpanExporter.ts"
import * as Logging from "./Logging.ts"
import { Propagators } from "./Propagators.ts"
import * as RuntimeMetrics from "./RuntimeMetrics.ts"
import * as ServerTelemetry from "./ServerTelemetry.ts"
import * as TelemetryConfig from "./TelemetryConfig.ts"

/** `layer` over another `HttpClient` than `fetch`. */
export const layerNoDeps: Layer.Layer<never, ConfigError, HttpClient.HttpClient> = Layer.unwrap(
  Effect.gen(function* () {
    const config = yield* TelemetryConfig.fromEnvironment
    const resource = Resource.make(config.resource)
    const { logs, metrics, traces } = config
    // The signals close side by side, so that a dead collector holds the end up once and not three times.
    const exporters = yield* Scope.fork(yield* Scope.Scope, "parallel")
    const apart = <A, R>(make: Effect.Effect<A, never, R | Scope.Scope>) =>
      Effect.flatMap(Scope.fork(exporters, "sequential"), (scope) => Scope.provide(make, scope))
    return Layer.mergeAll(
      ServerTelemetry.layer,
      Layer.succeed(Propagators, config.propagators),
      traces === undefined
        ? Layer.empty
        : Layer.effect(Tracer.Tracer, apart(SpanExporter.make(traces, config, resource))),
      metrics === undefined ? Layer.empty : Layer.effectDiscard(apart(MetricExporter.make(metrics, config, resource))),
      logs === undefined
        ? Logging.layer
        : Layer.unwrap(
            Effect.map(apart(LogExporter.make(logs, config, resource)), ({ offer }) => Logging.layerWith(offer))
          )
    )
  })
  // Beneath the exporters, so that the last export still has the metrics of the runtime.
).pipe(Layer.provideMerge(RuntimeMetrics.layer))

/**
 * Traces, metrics and logs of a service as the environment says. Without an endpoint of a collector nothing is exported
 * and nothing is spent on it.
 */
export const layer: Layer.Layer<never, ConfigError> = Layer.provide(layerNoDeps, FetchHttpClient.layer)

/** Trace, metrics and correlation id of each request, in the right order: for `HttpRouter.serve`. */
export const middleware = <E, R>(
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
  ServerTelemetry.middleware(Correlation.middleware(app))
