import { Effect, Layer, Schema, Stream } from "effect"
import { AiError, LanguageModel, type Prompt, type Response } from "effect/ai"
import { Sse } from "effect/encoding"
import { HttpClient, HttpClientError } from "effect/http"
import { aiError, type ModelServer, post, unreachable } from "./ModelServer.ts"

const Usage = Schema.Struct({
  prompt_tokens: Schema.optional(Schema.Int),
  completion_tokens: Schema.optional(Schema.Int)
})

const Completion = Schema.Struct({
  choices: Schema.NonEmptyArray(
    Schema.Struct({
      message: Schema.Struct({ content: Schema.NullOr(Schema.String) }),
      finish_reason: Schema.optional(Schema.NullOr(Schema.String))
    })
  ),
  usage: Schema.optional(Schema.NullOr(Usage))
})

const Piece = Schema.Struct({
  choices: Schema.Array(
    Schema.Struct({
      delta: Schema.optional(Schema.Struct({ content: Schema.optional(Schema.NullOr(Schema.String)) })),
      finish_reason: Schema.optional(Schema.NullOr(Schema.String))
    })
  ),
  usage: Schema.optional(Schema.NullOr(Usage))
})

const reasons: Readonly<Record<string, Response.FinishReason>> = {
  stop: "stop",
  length: "length",
  content_filter: "content-filter",
  tool_calls: "tool-calls"
}

const finish = (
  reason: string | null | undefined,
  usage: typeof Usage.Type | null | undefined
): Response.FinishPartEncoded => ({
  type: "finish",
  reason: reasons[reason ?? ""] ?? "unknown",
  usage: { inputTokens: { total: usage?.prompt_tokens }, outputTokens: { total: usage?.completion_tokens } }
})

const textOf = (message: Prompt.Message): string =>
  typeof message.content === "string"
    ? message.content
    : message.content.map((part) => (part.type === "text" ? part.text : "")).join("")

const noTools = new AiError.InvalidRequestError({ description: "This provider offers no tools to the model" })

const requestOf = (server: ModelServer, { prompt, responseFormat }: LanguageModel.ProviderOptions) => ({
  model: server.model,
  messages: prompt.content.map((message) => ({ role: message.role, content: textOf(message) })),
  temperature: 0,
  ...(responseFormat.type === "json"
    ? {
        response_format: {
          type: "json_schema",
          json_schema: {
            name: responseFormat.objectName,
            strict: true,
            schema: Schema.toJsonSchemaDocument(responseFormat.schema).schema
          }
        }
      }
    : {})
})

const unreadable = (method: string) => (error: { readonly message: string }) =>
  aiError(method, new AiError.InvalidOutputError({ description: error.message }))

/** Reads a stream of completions: text as it comes, and how it ended. */
const pieces = (method: string, bytes: Stream.Stream<Uint8Array, HttpClientError.HttpClientError>) =>
  bytes.pipe(
    Stream.mapError((error) => aiError(method, unreachable(error))),
    Stream.decodeText(),
    Stream.pipeThroughChannel(Sse.decode<AiError.AiError, unknown>()),
    Stream.mapError((error) => (AiError.isAiError(error) ? error : unreadable(method)({ message: String(error) }))),
    Stream.takeWhile(({ data }) => data !== "[DONE]"),
    Stream.mapEffect(({ data }) =>
      Schema.decodeUnknownEffect(Schema.fromJsonString(Piece))(data).pipe(Effect.mapError(unreadable(method)))
    )
  )

interface Progress {
  readonly reason: string | null | undefined
  readonly usage: typeof Usage.Type | null | undefined
}

/**
 * `LanguageModel` over any server that speaks OpenAI's chat completions. It takes text and gives text or, where a schema is
 * asked for, JSON of that schema; it offers no tools. Give it a client under a policy: it does not retry.
 *
 * @example
 * ```ts
 * const layer = OpenAiLanguageModel.layer({ baseUrl: "http://127.0.0.1:11434/v1", model: "llama3.1" })
 * ```
 */
export const layer = (server: ModelServer): Layer.Layer<LanguageModel.LanguageModel, never, HttpClient.HttpClient> =>
  Layer.effect(
    LanguageModel.LanguageModel,
    Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      const complete = (method: string, options: LanguageModel.ProviderOptions, more: object) =>
        (options.tools.length > 0
          ? Effect.fail(aiError(method, noTools))
          : post(server, method, "/chat/completions", { ...requestOf(server, options), ...more })
        ).pipe(Effect.provideService(HttpClient.HttpClient, client))
      return yield* LanguageModel.make({
        generateText: (options) =>
          complete("generateText", options, {}).pipe(
            Effect.flatMap((response) => response.json),
            Effect.flatMap(Schema.decodeUnknownEffect(Completion)),
            Effect.mapError((error) =>
              AiError.isAiError(error)
                ? error
                : HttpClientError.isHttpClientError(error)
                  ? aiError("generateText", unreachable(error))
                  : unreadable("generateText")(error)
            ),
            Effect.map(({ choices: [choice], usage }) => [
              { type: "text", text: choice.message.content ?? "" },
              finish(choice.finish_reason, usage)
            ])
          ),
        streamText: (options) =>
          Stream.unwrap(
            Effect.map(
              complete("streamText", options, { stream: true, stream_options: { include_usage: true } }),
              (response) =>
                Stream.concat(
                  Stream.succeed<Response.StreamPartEncoded>({ type: "text-start", id: "0" }),
                  pieces("streamText", response.stream).pipe(
                    Stream.mapAccum(
                      (): Progress => ({ reason: undefined, usage: undefined }),
                      (
                        progress,
                        { choices: [choice], usage }
                      ): [Progress, ReadonlyArray<Response.StreamPartEncoded>] => {
                        const delta = choice?.delta?.content ?? ""
                        return [
                          { reason: choice?.finish_reason ?? progress.reason, usage: usage ?? progress.usage },
                          delta === "" ? [] : [{ type: "text-delta", id: "0", delta }]
                        ]
                      },
                      {
                        onHalt: ({ reason, usage }): ReadonlyArray<Response.StreamPartEncoded> => [
                          { type: "text-end", id: "0" },
                          finish(reason, usage)
                        ]
                      }
                    )
                  )
                )
            )
          )
      })
    })
  )
