import { createServer, ServerResponse } from "node:http"
import { createServer as createSecureServer, Server as SecureServer } from "node:https"
import { NodeHttpServer } from "@effect/platform-node"
import { StartError } from "@resync/service/StartError"
import { ByteSize, Duration, Effect, Layer, Schedule } from "effect"
import { HttpIncomingMessage, HttpServer } from "effect/http"
import { GatewayConfig } from "../config/GatewayConfig.ts"
import { Drain } from "../process/Drain.ts"
import * as BodyTimeouts from "./BodyTimeouts.ts"
import * as Certificate from "./Certificate.ts"
import * as ClientErrors from "./ClientErrors.ts"
import { TlsConfig } from "./TlsConfig.ts"

/** What is left over for the first line beside the URL: the method and the version. */
const lineRest = 64

/**
 * Node's response without its check of the body against the announced length, which makes it write head and body apart.
 * The lengths come from the bodies themselves.
 */
class Response extends ServerResponse {}
Object.defineProperty(Response.prototype, "strictContentLength", { get: () => false, set: () => undefined })

const make = (config: GatewayConfig["Service"], tls: TlsConfig["Service"]) => {
  const options = {
    ServerResponse: Response,
    // Node counts the first line and the header together.
    maxHeaderSize: config.maxHeaderSize + config.maxUrlSize + lineRest,
    headersTimeout: Duration.toMillis(config.headersTimeout),
    // The shorter bound on other requests is that of `BodyTimeouts`.
    requestTimeout: Duration.toMillis(Duration.max(config.requestTimeout, config.uploadTimeout)),
    keepAliveTimeout: Duration.toMillis(config.keepAliveTimeout),
    connectionsCheckingInterval: Math.min(1_000, Duration.toMillis(config.headersTimeout) / 4),
    // Answered by the router with a problem.
    requireHostHeader: false,
    noDelay: true
  }
  const server = tls.secure
    ? createSecureServer({
        ...options,
        ...Certificate.secureOptions(tls.certificate),
        handshakeTimeout: Duration.toMillis(config.headersTimeout)
      })
    : createServer(options)
  server.timeout = Duration.toMillis(config.idleTimeout)
  server.maxConnections = config.maxConnections
  server.maxRequestsPerSocket = config.maxRequestsPerConnection
  ClientErrors.answer(server, config)
  return server
}

const reasons: Readonly<Record<string, (config: GatewayConfig["Service"]) => string>> = {
  EADDRINUSE: ({ host, port }) => `RESYNC_PORT: port ${port} of ${host} is taken by another program`,
  EACCES: ({ port }) => `RESYNC_PORT: this user may not listen on port ${port}`,
  EADDRNOTAVAIL: ({ host }) => `RESYNC_HOST: ${host} is not an address of this machine`,
  ENOTFOUND: ({ host }) => `RESYNC_HOST: ${host} is not known`
}

const startError = (cause: unknown, config: GatewayConfig["Service"]) => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
  const message = reasons[code]?.(config) ?? `cannot listen on ${config.host}:${config.port}: ${String(cause)}`
  return new StartError({ message })
}

/** The listening HTTP server with its limits. Closing it drains what is under way and then cuts what is left. */
export const layer = Layer.effect(
  HttpServer.HttpServer,
  Effect.gen(function* () {
    const config = yield* GatewayConfig
    const tls = yield* TlsConfig
    const server = make(config, tls)
    yield* BodyTimeouts.watch(server, config)
    const http = yield* NodeHttpServer.make(() => server, {
      port: config.port,
      host: config.host,
      gracefulShutdownTimeout: config.shutdownTimeout
    }).pipe(Effect.mapError((error) => startError(error.cause, config)))
    if (tls.secure && server instanceof SecureServer) yield* Certificate.reload(server, tls.files, tls.certificate)
    // Node closes the connections that are idle when it stops accepting, and not those that become so later.
    const drain = yield* Drain
    yield* Effect.sync(() => server.closeIdleConnections()).pipe(
      Effect.repeat(Schedule.spaced("50 millis")),
      (closing) => Effect.andThen(drain.begun, closing),
      Effect.forkScoped
    )
    // Runs after the bound on draining: nothing that a client still holds open may keep the process.
    yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
    return http
  })
)

/** The bound on bodies whose length is not told beforehand. */
export const bodyLimit = Layer.effect(
  HttpIncomingMessage.MaxBodySize,
  Effect.map(GatewayConfig, (config) => ByteSize.bytes(config.maxBodySize))
)
