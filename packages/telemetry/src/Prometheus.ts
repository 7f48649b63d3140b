import { type Context, Effect, type Layer, Metric } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import * as Exposition from "./internal/Exposition.ts"

/** The metrics of the process in the Prometheus text format, version 0.0.4. */
export const text: Effect.Effect<string> = Effect.contextWith((context: Context.Context<never>) =>
  Effect.sync(() => Exposition.format(Metric.snapshotUnsafe(context), "prometheus"))
)

/** The metrics of the process in the OpenMetrics text format, version 1.0.0. */
export const openMetrics: Effect.Effect<string> = Effect.contextWith((context: Context.Context<never>) =>
  Effect.sync(() => Exposition.format(Metric.snapshotUnsafe(context), "openmetrics"))
)

/**
 * Answers a scrape: OpenMetrics when the `Accept` header asks for it, else Prometheus text. A handler for any router.
 */
export const handler: Effect.Effect<HttpServerResponse.HttpServerResponse, never, HttpServerRequest.HttpServerRequest> =
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    return (request.headers["accept"] ?? "").includes("application/openmetrics-text")
      ? HttpServerResponse.text(yield* openMetrics, {
          contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        })
      : HttpServerResponse.text(yield* text, { contentType: "text/plain; version=0.0.4; charset=utf-8" })
  })

/** Serves `GET /metrics`, or another path. */
export const layerHttp = (options?: {
  readonly path?: HttpRouter.PathInput | undefined
}): Layer.Layer<never, never, HttpRouter.HttpRouter> =>
  HttpRouter.use((router) => router.add("GET", options?.path ?? "/metrics", handler))
