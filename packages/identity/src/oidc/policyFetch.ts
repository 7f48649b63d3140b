import { type Context, Effect } from "effect"
import { type HttpClient, HttpClientRequest, type HttpMethod } from "effect/http"
import type { CustomFetch } from "openid-client"

/** An answer of a provider is a few kilobytes; more is not read. */
const maxBytes = 1_048_576

/**
 * What the OpenID library calls, over an `HttpClient` that stands under a policy: deadline, retry, breaker and spans are those
 * of all outgoing calls.
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
        const response = yield* http.execute(ready)
        const content = new Uint8Array(yield* response.arrayBuffer)
        if (content.byteLength > maxBytes) return yield* Effect.die("the provider's answer is too large")
        return new Response(response.status === 204 ? null : content, {
          status: response.status,
          headers: { ...response.headers }
        })
      })
    )
    return run(call, signal === undefined ? undefined : { signal })
  }
}
