import { Effect, Layer, Schema } from "effect"
import { AiError, EmbeddingModel } from "effect/ai"
import { HttpClient, HttpClientError } from "effect/http"
import { aiError, type ModelServer, post, unreachable } from "./ModelServer.ts"

const Embeddings = Schema.Struct({
  data: Schema.Array(Schema.Struct({ index: Schema.Int, embedding: Schema.Array(Schema.Finite) })),
  usage: Schema.optional(Schema.NullOr(Schema.Struct({ prompt_tokens: Schema.optional(Schema.Int) })))
})

/**
 * `EmbeddingModel` over any server that speaks OpenAI's embeddings. Vectors come back in the order of the texts, whatever
 * order the server answers in. Give it a client under a policy: it does not retry.
 */
export const layer = (server: ModelServer): Layer.Layer<EmbeddingModel.EmbeddingModel, never, HttpClient.HttpClient> =>
  Layer.effect(
    EmbeddingModel.EmbeddingModel,
    Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      return yield* EmbeddingModel.make({
        embedMany: ({ inputs }) =>
          post(server, "embedMany", "/embeddings", { model: server.model, input: inputs }).pipe(
            Effect.flatMap((response) => response.json),
            Effect.flatMap(Schema.decodeUnknownEffect(Embeddings)),
            Effect.mapError((error) =>
              AiError.isAiError(error)
                ? error
                : HttpClientError.isHttpClientError(error)
                  ? aiError("embedMany", unreachable(error))
                  : aiError("embedMany", new AiError.InvalidOutputError({ description: error.message }))
            ),
            Effect.map(({ data, usage }) => ({
              results: data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => [...embedding]),
              usage: { inputTokens: usage?.prompt_tokens }
            })),
            Effect.provideService(HttpClient.HttpClient, client)
          )
      })
    })
  )
