import { NodeHttpServer } from "@effect/platform-node"
import { ConfigProvider, Console, Context, Effect, Layer, Metric } from "effect"
import { HttpClient, HttpClientRequest, type HttpRouter, HttpRouter as Router } from "effect/http"
import * as ClientTelemetry from "../src/ClientTelemetry.ts"
import * as Telemetry from "../src/Telemetry.ts"
import { OtlpReceiver } from "../src/testing/OtlpReceiver.ts"

/** The lines that the program under test has written to its console. */
export class Lines extends Context.Service<Lines, Array<string>>()("@resync/telemetry/test/Lines") {
  static readonly layer = Layer.sync(Lines, () => [])
}

const captured = Layer.effect(
  Console.Console,
  Effect.gen(function* () {
    const lines = yield* Lines
    return { ...(yield* Console.Console), log: (...parts: ReadonlyArray<unknown>) => void lines.push(parts.join(" ")) }
  })
)

/** Short waits, so that a test sees at once what a service would send after seconds. */
export const environment = (url: string, extra: Record<string, string> = {}) =>
  ConfigProvider.layer(
    ConfigProvider.fromEnvRecord({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_BSP_SCHEDULE_DELAY: "20",
      OTEL_BLRP_SCHEDULE_DELAY: "20",
      OTEL_METRIC_EXPORT_INTERVAL: "50",
      OTEL_SERVICE_NAME: "gateway",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test,team=a%20b",
      RESYNC_LOG_FORMAT: "json",
      ...extra
    })
  )

/** Telemetry towards a receiver, with a metric registry of its own. */
export const telemetry = (extra?: Record<string, string>) =>
  Layer.unwrap(
    OtlpReceiver.use((receiver) =>
      Effect.succeed(Telemetry.layer.pipe(Layer.provide(environment(receiver.url, extra))))
    )
  ).pipe(
    Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map())),
    Layer.provideMerge(captured),
    Layer.provideMerge(Lines.layer),
    Layer.provideMerge(OtlpReceiver.layer)
  )

/** A server on a real socket and a client for it, under telemetry. */
export const system = <E>(
  routes: Layer.Layer<never, E, HttpRouter.HttpRouter | HttpClient.HttpClient>,
  extra?: Record<string, string>
) =>
  Router.serve(routes, { disableListenLog: true, disableLogger: true, middleware: Telemetry.middleware }).pipe(
    Layer.provideMerge(NodeHttpServer.layerTest),
    Layer.provideMerge(telemetry(extra))
  )

const request = (path: string, headers: Record<string, string>) =>
  HttpClientRequest.setHeaders(HttpClientRequest.get(path), headers)

/** A call with the telemetry of clients. */
export const get = (path: string, headers: Record<string, string> = {}) =>
  HttpClient.HttpClient.use((client) => ClientTelemetry.client(client).execute(request(path, headers)))

/** A call of somebody who knows no telemetry. */
export const rawGet = (path: string, headers: Record<string, string> = {}) =>
  HttpClient.HttpClient.use((client) => client.execute(request(path, headers))).pipe(
    Effect.provideService(HttpClient.TracerDisabledWhen, () => true)
  )
