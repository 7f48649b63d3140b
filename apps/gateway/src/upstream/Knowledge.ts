import { NodeHttpClient, NodeServices } from "@effect/platform-node"
import type { Rag } from "@resync/rag/Rag"
import * as RagHttp from "@resync/rag/RagHttp"
import * as RagEngine from "@resync/rag-engine/RagEngine"
import * as RagEngineConfig from "@resync/rag-engine/RagEngineConfig"
import * as OutgoingUrl from "@resync/resilience/OutgoingUrl"
import type { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import { Store } from "@resync/store/Store"
import * as StoreConfig from "@resync/store/StoreConfig"
import { Config, Context, Effect, Layer, Option } from "effect"

/** Which knowledge base the service answers from, for its operator. */
export class Knowledge extends Context.Service<Knowledge, { readonly description: string }>()(
  "@resync/gateway/Knowledge"
) {}

const described = (description: string) => Layer.succeed(Knowledge, { description })

const remote = (url: URL) =>
  Layer.unwrap(
    Effect.map(Config.option(Config.Redacted("RAG_TOKEN")), (token) =>
      Layer.merge(RagHttp.layer({ url, token: Option.getOrUndefined(token) }), described(url.origin))
    )
  ).pipe(Layer.provide(NodeHttpClient.layerUndici))

const store = ({ engine, location }: Store["Service"]) =>
  engine === "postgres"
    ? `in this process, on PostgreSQL at ${location}`
    : `in this process, with its store in ${location} (set DATABASE_URL for PostgreSQL)`

const embedded = Layer.unwrap(
  Effect.gen(function* () {
    const options = yield* RagEngineConfig.config
    return Layer.merge(RagEngine.layer(options), described(store(yield* Store)))
  })
).pipe(Layer.provide([StoreConfig.layer, NodeServices.layer, NodeHttpClient.layerUndici]))

type Failure = Layer.Error<ReturnType<typeof remote> | typeof embedded>

/** The knowledge service that the environment names, and without one a knowledge base in this process. */
export const layer = Layer.unwrap(
  Effect.map(
    Config.option(Config.schema(OutgoingUrl.fromString, "RAG_URL")),
    (url): Layer.Layer<Knowledge | Rag, Failure, ResiliencePolicyRegistry> =>
      Option.isSome(url) ? remote(url.value) : embedded
  )
)
