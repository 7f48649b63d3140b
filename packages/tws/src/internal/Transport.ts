import type { CircuitBreaker } from "@resync/resilience/CircuitBreaker"
import type { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import type { CircuitOpen } from "@resync/resilience/CircuitOpen"
import { isNotConnected } from "@resync/resilience/ResilientHttpClient"
import { Duration, Effect, Predicate } from "effect"
import { type HttpClient, type HttpClientError, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { TwsUnavailable } from "../TwsError.ts"
import { hostBreaker, hostBreakerName } from "../TwsPolicies.ts"

/** A host of the scheduler with its breaker. */
interface Host {
  readonly name: string
  readonly origin: string
  readonly root: string
  readonly breaker: CircuitBreaker
}

/** A request whose URL starts at the API's root, and whether sending it twice is as good as once. */
export interface Outgoing {
  readonly operation: string
  readonly request: HttpClientRequest.HttpClientRequest
  readonly idempotent: boolean
  /** Whether the URL starts at the host itself instead. */
  readonly outsideApi: boolean
}

/** An answer with the host that gave it. */
export interface Answer {
  readonly host: string
  readonly response: HttpClientResponse.HttpClientResponse
}

/** Sends a request to the first host that takes it. */
export type Transport = (outgoing: Outgoing) => Effect.Effect<Answer, TwsUnavailable | CircuitOpen>

/** The API lives under `/twsd` unless the URL says otherwise. */
const rootOf = (url: URL): string => {
  const path = url.pathname.replace(/\/+$/, "")
  return `${url.origin}${path === "" ? "/twsd" : path}`
}

const tlsCode = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/

/** What lies at the bottom of a transport error: its code and message. */
const rootCause = (error: unknown): { readonly code: string | undefined; readonly message: string } => {
  let current = error
  let code: string | undefined
  let message = "unknown failure"
  for (let depth = 0; depth < 8 && Predicate.isObject(current); depth++) {
    if (Predicate.hasProperty(current, "code") && typeof current.code === "string") code = current.code
    if (Predicate.hasProperty(current, "message") && typeof current.message === "string" && current.message !== "") {
      message = current.message
    }
    current = Predicate.hasProperty(current, "reason")
      ? current.reason
      : Predicate.hasProperty(current, "cause")
        ? current.cause
        : undefined
  }
  return { code, message }
}

/** Fails over without asking again what may have been done: an action goes on to the next host only if it was not sent. */
const unavailable = (outgoing: Outgoing, host: Host, error: HttpClientError.HttpClientError): TwsUnavailable => {
  const { code, message } = rootCause(error)
  return new TwsUnavailable({
    operation: outgoing.operation,
    reason: "transport",
    notProcessed: isNotConnected(error) || (code !== undefined && tlsCode.test(code)),
    detail: `${host.name}: ${code === undefined || message.includes(code) ? message : `${code} ${message}`}`,
    messages: [],
    messageIds: []
  })
}

/**
 * Makes the way to the hosts: each request goes to the first of them whose breaker lets it through and that can be reached.
 * When the master comes back, its breaker's next probe brings the traffic back to it.
 */
export const make = Effect.fnUntraced(function* (options: {
  readonly urls: readonly [URL, ...ReadonlyArray<URL>]
  readonly client: HttpClient.HttpClient
  readonly breakers: CircuitBreakerRegistry["Service"]
}) {
  const hosts = yield* Effect.forEach(options.urls, (url) =>
    Effect.map(
      options.breakers.register(hostBreakerName(url.host), hostBreaker),
      (breaker): Host => ({ name: url.host, origin: url.origin, root: rootOf(url), breaker })
    )
  )

  const exchange = (outgoing: Outgoing, host: Host): Effect.Effect<Answer, TwsUnavailable | CircuitOpen> =>
    host.breaker.execute(
      options.client
        .execute(HttpClientRequest.prependUrl(outgoing.request, outgoing.outsideApi ? host.origin : host.root))
        .pipe(
          Effect.matchEffect({
            onSuccess: (response) => Effect.succeed({ host: host.name, response }),
            onFailure: (error) =>
              error.reason._tag === "EncodeError" || error.reason._tag === "InvalidUrlError"
                ? // A request that cannot be built is a bug of this package.
                  Effect.die(error)
                : Effect.fail(unavailable(outgoing, host, error))
          })
        )
    )

  const tryFrom = (
    outgoing: Outgoing,
    index: number,
    last: TwsUnavailable | undefined,
    rejection: CircuitOpen | undefined
  ): Effect.Effect<Answer, TwsUnavailable | CircuitOpen> => {
    const host = hosts[index]
    if (host === undefined) {
      if (last !== undefined) return Effect.fail(last)
      return rejection === undefined ? Effect.die(new Error("no hosts")) : Effect.fail(rejection)
    }
    return Effect.catch(exchange(outgoing, host), (error) => {
      if (error._tag === "CircuitOpen") {
        const sooner =
          rejection === undefined || Duration.isLessThan(error.retryAfter, rejection.retryAfter) ? error : rejection
        return tryFrom(outgoing, index + 1, last, sooner)
      }
      return outgoing.idempotent || error.notProcessed
        ? tryFrom(outgoing, index + 1, error, rejection)
        : Effect.fail(error)
    })
  }

  const transport: Transport = (outgoing) => tryFrom(outgoing, 0, undefined, undefined)
  return transport
})
