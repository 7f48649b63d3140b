import { createServer } from "node:http"
import { NodeHttpServer } from "@effect/platform-node"
import { RagApi } from "@resync/rag/http/RagApi"
import { StartError } from "@resync/service/StartError"
import * as Prometheus from "@resync/telemetry/Prometheus"
import * as Telemetry from "@resync/telemetry/Telemetry"
import { ByteSize, Duration, Effect, Layer } from "effect"
import { HttpIncomingMessage, HttpRouter, HttpServer } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as BearerToken from "./BearerToken.ts"
import * as HealthHandlers from "./HealthHandlers.ts"
import * as RagHandlers from "./RagHandlers.ts"
import { RagServiceConfig } from "./RagServiceConfig.ts"
import { Shutdown } from "./Shutdown.ts"

/** What is said of a file stands in the URL, in any script. */
const maxHeaderSize = 131_072

/** All bodies but those of uploads, which the engine bounds. */
const maxBodySize = ByteSize.mebibytes(1)

const startError = (cause: unknown, { host, port }: RagServiceConfig["Service"]) => {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined
  return new StartError({
    message:
      code === "EADDRINUSE"
        ? `RAG_PORT: port ${port} of ${host} is taken by another program`
        : `cannot listen on ${host}:${port}: ${String(cause)}`
  })
}

const server = Layer.effect(
  HttpServer.HttpServer,
  Effect.gen(function* () {
    const config = yield* RagServiceConfig
    const node = createServer({
      maxHeaderSize,
      requestTimeout: Duration.toMillis(config.requestTimeout),
      keepAliveTimeout: 65_000,
      noDelay: true
    })
    const http = yield* NodeHttpServer.make(() => node, {
      port: config.port,
      host: config.host,
      gracefulShutdownTimeout: config.shutdownTimeout
    }).pipe(Effect.mapError((error) => startError(error.cause, config)))
    yield* Effect.addFinalizer(() => Effect.sync(() => node.closeAllConnections()))
    return http
  })
)

const routes = Layer.mergeAll(
  HttpApiBuilder.layer(RagApi).pipe(Layer.provide([RagHandlers.layer, HealthHandlers.layer])),
  Prometheus.layerHttp(),
  BearerToken.layer
).pipe(Layer.provide(NodeHttpServer.layerHttpServices))

/** The knowledge base of the context over HTTP. Closing it ends streams, lets what is under way finish and cuts the rest. */
export const layer = Shutdown.onClose.pipe(
  Layer.provideMerge(
    Layer.unwrap(
      Effect.map(HttpRouter.toHttpEffect(routes), (app) =>
        HttpServer.serve(app, Telemetry.middleware).pipe(
          Layer.provideMerge(server),
          Layer.provide(Layer.succeed(HttpIncomingMessage.MaxBodySize, maxBodySize))
        )
      )
    )
  ),
  Layer.provideMerge(Shutdown.layer)
)
