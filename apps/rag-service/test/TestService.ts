import { NodeHttpClient } from "@effect/platform-node"
import type { Rag } from "@resync/rag/Rag"
import * as RagHttp from "@resync/rag/RagHttp"
import * as Resilience from "@resync/resilience/Resilience"
import { ConfigProvider, Effect, Layer, Redacted } from "effect"
import { HttpServer } from "effect/http"
import { RagServiceConfig } from "../src/RagServiceConfig.ts"
import * as Serve from "../src/Serve.ts"

/** A knowledge base behind HTTP on a real socket, and what else its layer holds. */
export const served = <A, E, R>(rag: Layer.Layer<Rag | A, E, R>, variables: Readonly<Record<string, string>> = {}) =>
  Serve.layer.pipe(
    Layer.provideMerge(rag),
    Layer.provideMerge(RagServiceConfig.layer),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord({ RAG_PORT: "0", ...variables })))
  )

/** A client of it, that shows this token. */
export const clientWith = (token: string | undefined) =>
  Layer.unwrap(
    Effect.map(HttpServer.HttpServer, ({ address }) =>
      RagHttp.layer({
        url: new URL(HttpServer.formatAddress(address)),
        token: token === undefined ? undefined : Redacted.make(token)
      })
    )
  ).pipe(Layer.provide([Resilience.layer(), NodeHttpClient.layerUndici]))

export const client = clientWith(undefined)
