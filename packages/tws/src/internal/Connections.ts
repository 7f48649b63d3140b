import { NodeFileSystem, NodeHttpClient } from "@effect/platform-node"
import * as ClientTelemetry from "@resync/telemetry/ClientTelemetry"
import { Context, Duration, Effect, FileSystem, Layer, type PlatformError } from "effect"
import { HttpClient, type HttpClientError } from "effect/http"
import { Agent } from "undici"
import { defaultConnections, defaultMaxResponseSize, type TwsOptions } from "../TwsOptions.ts"
import * as UndiciHttpClient from "./UndiciHttpClient.ts"

/** Whether the answer to the current call is to be read as it arrives, like a job log that may be long, and not as a whole. */
export const Streamed = Context.Reference<boolean>("@resync/tws/Connections/Streamed", { defaultValue: () => false })

/**
 * Connections by undici: kept alive, one request at a time on each, and no more of them than the bound. Each request is a
 * client span of its own and carries the trace and the correlation id along.
 */
export const layer = (options: TwsOptions): Layer.Layer<HttpClient.HttpClient, PlatformError.PlatformError> =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const { connectTimeout, keepAlive, perHost } = { ...defaultConnections, ...options.connections }
      const file = options.certificateAuthorityFile
      const ca = file === undefined ? undefined : yield* (yield* FileSystem.FileSystem).readFileString(file)
      const agent = yield* Effect.acquireRelease(
        Effect.sync(
          () =>
            new Agent({
              connections: perHost,
              pipelining: 1,
              keepAliveTimeout: Duration.toMillis(keepAlive),
              connect: {
                timeout: Duration.toMillis(connectTimeout),
                rejectUnauthorized: options.insecureSkipTlsVerification !== true,
                ...(ca === undefined ? {} : { ca })
              }
            })
        ),
        (agent) => Effect.promise(() => agent.destroy())
      )
      const maxResponseSize = options.maxResponseSize ?? defaultMaxResponseSize
      const streaming = yield* Effect.provideService(NodeHttpClient.makeUndici, NodeHttpClient.Dispatcher, agent)
      return ClientTelemetry.client(
        HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(
          Effect.flatMap((request) =>
            Effect.withFiber((fiber) =>
              fiber.getRef(Streamed)
                ? streaming.execute(request)
                : UndiciHttpClient.exchange(agent, maxResponseSize, request)
            )
          ),
          Effect.succeed
        )
      )
    })
  ).pipe(Layer.provide(NodeFileSystem.layer))
