import { retryAfter } from "@resync/resilience/ResilientHttpClient"
import { Clock, Effect, Option, Result, Schema, Stream } from "effect"
import type { HttpClientResponse } from "effect/http"
import {
  TwsConflict,
  TwsForbidden,
  TwsProtocolError,
  TwsRejected,
  TwsUnauthorized,
  TwsUnavailable
} from "../TwsError.ts"
import { parseErrorBody } from "../wire/ErrorBody.ts"
import { textUnsafe } from "./UndiciHttpClient.ts"

/** 404: no such object, or no such route on this engine; who asked knows which. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {
  operation: Schema.String,
  messages: Schema.Array(Schema.String),
  messageIds: Schema.Array(Schema.String)
}) {}

/** What an answer can mean besides success. */
export type AnswerError =
  | TwsUnauthorized
  | TwsForbidden
  | TwsRejected
  | TwsUnavailable
  | TwsConflict
  | TwsProtocolError
  | NotFound

/** Error bodies are short; more than this is not worth reading. */
const longestErrorBody = 64 * 1024

/** Reads a body as text, up to `limit` bytes. */
export const readText = (
  operation: string,
  response: HttpClientResponse.HttpClientResponse,
  limit: number
): Effect.Effect<string, TwsProtocolError> => {
  const failed = (detail: string) => new TwsProtocolError({ operation, detail })
  const broken = (error: { readonly message: string }) => failed(`the body broke off: ${error.message}`)
  const length = Number(response.headers["content-length"])
  if (length > limit) return Effect.fail(failed(`${length} bytes are more than the ${limit} that are read`))
  // The length was promised and the connection holds the host to it, so there is nothing to count.
  if (Number.isInteger(length)) return Effect.mapError(response.text, broken)
  return Effect.suspend(() => {
    const decoder = new TextDecoder()
    let size = 0
    let text = ""
    return response.stream.pipe(
      Stream.mapError(broken),
      Stream.runForEach((chunk) => {
        size += chunk.byteLength
        if (size > limit) return Effect.fail(failed(`more than the ${limit} bytes that are read`))
        text += decoder.decode(chunk, { stream: true })
        return Effect.void
      }),
      Effect.map(() => text + decoder.decode())
    )
  })
}

/** Reads a body of up to `limit` bytes and decodes it. */
export const readDecoded = <A>(
  operation: string,
  response: HttpClientResponse.HttpClientResponse,
  limit: number,
  decode: Decoder<A>
): Effect.Effect<A, TwsProtocolError> => {
  const decoded = (text: string): Effect.Effect<A, TwsProtocolError> => {
    const result = decode(text)
    return result._tag === "Success"
      ? Effect.succeed(result.success)
      : Effect.fail(new TwsProtocolError({ operation, detail: result.failure }))
  }
  // Such a client has read it, up to a limit of its own.
  const whole = textUnsafe(response)
  return whole !== undefined && whole.length <= limit
    ? decoded(whole)
    : Effect.flatMap(readText(operation, response, limit), decoded)
}

/** Turns a JSON text into a value. */
export type Decoder<A> = (text: string) => Result.Result<A, string>

/** The decoder of a schema, made once for each kind of answer. Parsing apart from decoding costs less than one codec of both. */
export const jsonDecoder = <S extends Schema.ConstraintDecoder<unknown>>(schema: S): Decoder<S["Type"]> => {
  const decode = Schema.decodeUnknownResult(schema)
  return (text) => {
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch (cause) {
      return Result.fail(`no JSON: ${String(cause)}`)
    }
    const result = decode(json)
    return result._tag === "Success"
      ? Result.succeed(result.success)
      : Result.fail(result.failure.message.slice(0, 500))
  }
}

/** Actions of V1 and some of V2 answer without a body. */
export const nothing: Decoder<void> = () => Result.void

/** Database and service families: with these a 500 is an outage and not the scheduler's judgement of an action. */
const outageFamily = /^AWS(JDB|JMR)/

/** The error that a status other than 2xx stands for. */
export const toError = Effect.fnUntraced(function* (
  operation: string,
  response: HttpClientResponse.HttpClientResponse,
  /** Whether the call was an action, whose rules the scheduler enforces with a 500 at times. */
  action: boolean
): Effect.fn.Return<never, AnswerError> {
  const { status } = response
  const text = yield* Effect.option(readText(operation, response, longestErrorBody))
  const body = parseErrorBody(Option.getOrElse(text, () => ""))
  const said = { operation, messages: body.messages, messageIds: body.messageIds }
  const rejected = () =>
    new TwsRejected({
      ...said,
      status,
      ...(body.exceptionName === undefined ? {} : { exceptionName: body.exceptionName })
    })
  if (status === 401) return yield* new TwsUnauthorized(said)
  if (status === 403) return yield* new TwsForbidden(said)
  if (status === 404) return yield* new NotFound(said)
  if (status === 409) return yield* new TwsConflict(said)
  if (status < 400) return yield* new TwsProtocolError({ operation, detail: `unexpected status ${status}` })
  const judged = body.messageIds.length > 0 && !body.messageIds.some((id) => outageFamily.test(id))
  if (status === 500 && action && judged) return yield* rejected()
  if (status === 408 || status === 429 || (status >= 500 && status !== 501)) {
    const wait = retryAfter(response, yield* Clock.currentTimeMillis)
    return yield* new TwsUnavailable({
      ...said,
      reason: "status",
      status,
      notProcessed: status === 429 || (status === 503 && wait !== undefined),
      detail: body.messages[0] ?? `status ${status}`,
      ...(wait === undefined ? {} : { retryAfter: wait })
    })
  }
  return yield* rejected()
})
