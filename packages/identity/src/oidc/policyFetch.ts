import * as OutgoingUrl from "@resync/resilience/OutgoingUrl"
import { type Context, Effect, Schema, Stream } from "effect"
import { type HttpClient, HttpClientRequest, type HttpClientResponse, type HttpMethod } from "effect/http"
import type { CustomFetch } from "openid-client"

/** An answer of a provider is a few kilobytes; more is not read. */
const maxBytes = 1_048_576

/** Whether it is this machine over plain HTTP. */
export const isLoopback = ({ hostname, protocol }: URL) =>
  protocol === "http:" && (hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]")

/** What the provider's configuration names is no address to call. */
export class EndpointRefused extends Schema.TaggedError<EndpointRefused>()("EndpointRefused", {
  expected: Schema.String
}) {}

/** The provider's answer is longer than any should be. */
export class AnswerTooLarge extends Schema.TaggedError<AnswerTooLarge>()("AnswerTooLarge", {
  /** Bytes. */
  limit: Schema.Int
}) {}

/** A configuration says where tokens and keys are to be had, and with that where this service calls. */
const checked = (text: string): Effect.Effect<void, EndpointRefused> => {
  const url = new URL(text)
  const expected =
    OutgoingUrl.objection(url) ??
    (url.protocol === "https:" || isLoopback(url) ? undefined : "a URL that begins with https:")
  return expected === undefined ? Effect.void : Effect.fail(new EndpointRefused({ expected }))
}

/** The body, of which no more than `maxBytes` is held. */
const read = Effect.fnUntraced(function* (response: HttpClientResponse.HttpClientResponse) {
  let size = 0
  const pieces = yield* response.stream.pipe(
    Stream.tap((piece) => {
      size += piece.byteLength
      return size > maxBytes ? Effect.fail(new AnswerTooLarge({ limit: maxBytes })) : Effect.void
    }),
    Stream.runCollect
  )
  return new Uint8Array(Buffer.concat(pieces))
})

/**
 * What the OpenID library calls, over an `HttpClient` that stands under a policy: deadline, retry, breaker and spans are those
 * of all outgoing calls. Redirects are answers like others, and not followed.
 */
export const make = <E>(http: HttpClient.HttpClient.With<E>, context: Context.Context<never>): CustomFetch => {
  const run = Effect.runPromiseWith(context)
  return (url, { body, headers, method, signal }) => {
    const request = HttpClientRequest.make(method as HttpMethod.HttpMethod)(url, { headers })
    // The library sends forms, and nothing else.
    const text = body instanceof URLSearchParams ? body.toString() : typeof body === "string" ? body : undefined
    const ready =
      text === undefined
        ? request
        : HttpClientRequest.bodyText(request, text, headers["content-type"] ?? "application/x-www-form-urlencoded")
    const call = Effect.scoped(
      Effect.gen(function* () {
        yield* checked(url)
        const response = yield* http.execute(ready)
        const content = yield* read(response)
        return new Response(response.status === 204 ? null : content, {
          status: response.status,
          headers: { ...response.headers }
        })
      })
    )
    return run(call, signal === undefined ? undefined : { signal })
  }
}
