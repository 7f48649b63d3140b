import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as OpenAiEmbeddingModel from "@resync/rag-engine/models/OpenAiEmbeddingModel"
import * as OpenAiLanguageModel from "@resync/rag-engine/models/OpenAiLanguageModel"
import { json, stream, stubModelServer } from "@resync/rag-engine/testing/StubModelServer"
import { Effect, Layer, Redacted, Schema, Stream } from "effect"
import { EmbeddingModel, LanguageModel } from "effect/ai"

const chat = (baseUrl: string) =>
  OpenAiLanguageModel.layer({ baseUrl, model: "llama", apiKey: Redacted.make("s3cret") }).pipe(
    Layer.provide(NodeHttpClient.layerUndici)
  )

const embeddings = (baseUrl: string) =>
  OpenAiEmbeddingModel.layer({ baseUrl, model: "bge" }).pipe(Layer.provide(NodeHttpClient.layerUndici))

const completion = (content: string) => ({
  choices: [{ message: { content }, finish_reason: "stop" }],
  usage: { prompt_tokens: 5, completion_tokens: 2 }
})

describe("OpenAiLanguageModel", () => {
  it.live("asks with messages, model and key, and gives text and usage", () =>
    Effect.gen(function* () {
      const { asked, baseUrl } = yield* stubModelServer((_, response) => json(response, completion("limit 0")))
      const answer = yield* LanguageModel.generateText({
        prompt: [
          { role: "system", content: "Be brief." },
          { role: "user", content: [{ type: "text", text: "Why READY?" }] }
        ]
      }).pipe(Effect.provide(chat(baseUrl)))
      assert.strictEqual(answer.text, "limit 0")
      assert.strictEqual(answer.finishReason, "stop")
      assert.strictEqual(answer.usage.inputTokens.total, 5)
      assert.deepInclude(asked[0], { path: "/v1/chat/completions", authorization: "Bearer s3cret" })
      assert.deepInclude(asked[0]?.body, {
        model: "llama",
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "Why READY?" }
        ]
      })
    })
  )

  it.live("streams text as it comes", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* stubModelServer((_, response) => stream(response, ["lim", "it", " 0"]))
      const parts = yield* LanguageModel.streamText({ prompt: "Why?" }).pipe(
        Stream.runCollect,
        Effect.provide(chat(baseUrl))
      )
      assert.deepStrictEqual(
        parts.flatMap((part) => (part.type === "text-delta" ? [part.delta] : [])),
        ["lim", "it", " 0"]
      )
      const end = parts.at(-1)
      assert.strictEqual(end?.type === "finish" ? end.usage.outputTokens.total : undefined, 3)
    })
  )

  it.live("asks for JSON where a schema is wanted", () =>
    Effect.gen(function* () {
      const { asked, baseUrl } = yield* stubModelServer((_, response) =>
        json(response, completion('{"cause":"limit"}'))
      )
      const answer = yield* LanguageModel.generateObject({
        prompt: "Why?",
        objectName: "reason",
        schema: Schema.Struct({ cause: Schema.String })
      }).pipe(Effect.provide(chat(baseUrl)))
      assert.deepStrictEqual(answer.value, { cause: "limit" })
      assert.deepNestedInclude(asked[0]?.body, { "response_format.json_schema.name": "reason" })
    })
  )

  it.live("what the server refuses is an error with its reason", () =>
    Effect.gen(function* () {
      const replies = [
        [429, { "retry-after": "7" }, "RateLimitError"],
        [401, {}, "AuthenticationError"],
        [500, {}, "InternalProviderError"],
        [400, {}, "InvalidRequestError"]
      ] as const
      for (const [status, headers, reason] of replies) {
        const { baseUrl } = yield* stubModelServer((_, response) => json(response, { error: "no" }, status, headers))
        const error = yield* Effect.flip(
          LanguageModel.generateText({ prompt: "?" }).pipe(Effect.provide(chat(baseUrl)))
        )
        assert.strictEqual(error._tag === "AiError" ? error.reason._tag : error._tag, reason)
      }
    })
  )

  it.live("what the server refuses does not tell its key", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* stubModelServer(({ authorization }, response) =>
        json(response, { error: { message: `${"x".repeat(485)} ${authorization}` } }, 401)
      )
      const error = yield* Effect.flip(LanguageModel.generateText({ prompt: "?" }).pipe(Effect.provide(chat(baseUrl))))
      assert.include(error.message, "xxx")
      assert.notInclude(error.message, "s3c")
    })
  )

  it.live("a server that is away, or talks nonsense, is an error and no defect", () =>
    Effect.gen(function* () {
      const away = yield* Effect.flip(
        LanguageModel.generateText({ prompt: "?" }).pipe(Effect.provide(chat("http://127.0.0.1:1/v1")))
      )
      assert.strictEqual(away._tag === "AiError" ? away.reason._tag : away._tag, "NetworkError")
      const { baseUrl } = yield* stubModelServer((_, response) => json(response, { choices: [] }))
      const odd = yield* Effect.flip(LanguageModel.generateText({ prompt: "?" }).pipe(Effect.provide(chat(baseUrl))))
      assert.strictEqual(odd._tag === "AiError" ? odd.reason._tag : odd._tag, "InvalidOutputError")
      const broken = yield* stubModelServer((_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" })
        response.write("data: {broken\n\n")
        response.end()
      })
      const streamed = yield* LanguageModel.streamText({ prompt: "?" }).pipe(
        Stream.runDrain,
        Effect.flip,
        Effect.provide(chat(broken.baseUrl))
      )
      assert.strictEqual(streamed._tag === "AiError" ? streamed.reason._tag : streamed._tag, "InvalidOutputError")
    })
  )
})

describe("OpenAiEmbeddingModel", () => {
  it.live("gives the vectors in the order of the texts", () =>
    Effect.gen(function* () {
      const { asked, baseUrl } = yield* stubModelServer((_, response) =>
        json(response, {
          data: [
            { index: 1, embedding: [0, 1] },
            { index: 0, embedding: [1, 0] }
          ],
          usage: { prompt_tokens: 4 }
        })
      )
      const { embeddings: found } = yield* EmbeddingModel.EmbeddingModel.use((model) =>
        model.embedMany(["a", "b"])
      ).pipe(Effect.provide(embeddings(baseUrl)))
      assert.deepStrictEqual(
        found.map(({ vector }) => vector),
        [
          [1, 0],
          [0, 1]
        ]
      )
      assert.deepStrictEqual(asked[0]?.body, { model: "bge", input: ["a", "b"] })
    })
  )

  it.live("too few vectors are an error", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* stubModelServer((_, response) => json(response, { data: [] }))
      const error = yield* EmbeddingModel.EmbeddingModel.use((model) => model.embedMany(["a"])).pipe(
        Effect.flip,
        Effect.provide(embeddings(baseUrl))
      )
      assert.strictEqual(error.reason._tag, "InvalidOutputError")
    })
  )
})
