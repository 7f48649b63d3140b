import * as ClientTelemetry from "@resync/telemetry/ClientTelemetry"
import * as Prometheus from "@resync/telemetry/Prometheus"
import * as Telemetry from "@resync/telemetry/Telemetry"
import { Effect, Layer } from "effect"
import { HttpClient, HttpRouter, HttpServerResponse } from "effect/http"

/** Asks the carrier that `carrier` reaches, as a child span of the request. */
const quotes = Layer.unwrap(
  HttpClient.HttpClient.use((plain) => {
    const carrier = ClientTelemetry.client(plain)
    return Effect.succeed(
      HttpRouter.add(
        "GET",
        "/quotes/:parcel",
        Effect.gen(function* () {
          const { parcel } = yield* HttpRouter.params
          const answer = yield* carrier
            .get(`/rates/${parcel}`)
            .pipe(Effect.provideService(ClientTelemetry.UrlTemplate, "/rates/{parcel}"))
          yield* Effect.log("quoted", { parcel, status: answer.status })
          return HttpServerResponse.jsonUnsafe(yield* answer.json)
        })
      )
    )
  })
)

/** Needs an `HttpServer` and an `HttpClient`; the environment says where telemetry goes. */
export const server = HttpRouter.serve(Layer.merge(quotes, Prometheus.layerHttp()), {
  middleware: Telemetry.middleware
}).pipe(Layer.provide(Telemetry.layer))
