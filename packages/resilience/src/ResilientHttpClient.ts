/**
 * Any `HttpClient` under a policy: what counts against the server, what may be sent again, and how long the server wants us to
 * wait are read from method, status and headers. The caller reads the last body as usual; those of attempts before it are emptied as
 * soon as the next one is decided. Where the policy has a hedge, GET, HEAD, OPTIONS and TRACE are hedged.
 *
 * **Example**
 *
 * ```ts
 * import { Effect } from "effect"
 * import { HttpClient } from "effect/http"
 * import { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
 * import * as ResilientHttpClient from "@resync/resilience/ResilientHttpClient"
 *
 * const program = Effect.gen(function* () {
 *   const policies = yield* ResiliencePolicyRegistry
 *   const policy = yield* policies.register("inventory", { retry: {}, circuitBreaker: {}, attemptTimeout: "5 seconds" })
 *   const client = (yield* HttpClient.HttpClient).pipe(ResilientHttpClient.withPolicy(policy))
 *   return yield* client.get("https://inventory.example/items")
 * })
 * ```
 */
import { Clock, Context, type Duration, Effect, type Exit, Predicate, Result, Stream } from "effect"
import { Headers, HttpClient, HttpClientError, type HttpClientRequest, type HttpClientResponse } from "effect/http"
import { classifyExit, type FailureWithRetryAfter, failureWithRetryAfter } from "./CircuitBreaker.ts"
import type { Outcome } from "./CircuitBreakerState.ts"
import type { Criticality } from "./Criticality.ts"
import * as Deadline from "./Deadline.ts"
import * as Hedge from "./Hedge.ts"
import type { Call, ResiliencePolicy } from "./ResiliencePolicy.ts"
import type { Verdict } from "./RetryPolicy.ts"

/**
 * Says of the requests in an effect whether sending one twice is as good as once, where method and headers tell otherwise:
 * `true` for a POST that only reads, `false` for a PUT that triggers something.
 */
export const Idempotent = Context.Reference<boolean | undefined>("@resync/resilience/ResilientHttpClient/Idempotent", {
  defaultValue: () => undefined
})

const idempotentMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"])

/** Those that change nothing (RFC 9110, 9.2.1), so that two at the same time do no harm. */
const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"])

/** By method (RFC 9110, 9.2.2), or because a key lets the server recognise a repetition. */
export const isIdempotent = (request: HttpClientRequest.HttpClientRequest): boolean =>
  request.body._tag !== "Stream" &&
  (idempotentMethods.has(request.method) || request.headers["idempotency-key"] !== undefined)

const transient: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])

/**
 * What a status says of the server: 408 and 5xx but 501 are failures of it, 429 asks for patience and says nothing of its
 * health, all else shows that it works, the caller's own mistakes included.
 */
export const classifyStatus = (status: number): Outcome =>
  status === 429 ? "ignored" : status === 408 || (status >= 500 && status !== 501) ? "failure" : "success"

/** What an outcome says of the server. A request that could not be built never reached it. */
export const classify = (exit: Exit.Exit<HttpClientResponse.HttpClientResponse, unknown>): Outcome => {
  if (exit._tag === "Success") return classifyStatus(exit.value.status)
  const error = httpError(exit)
  if (error === undefined) return classifyExit(exit)
  if (error.reason._tag === "EncodeError" || error.reason._tag === "InvalidUrlError") return "ignored"
  return error.reason._tag === "StatusCodeError" ? classifyStatus(error.reason.response.status) : "failure"
}

const httpError = (exit: Exit.Exit<unknown, unknown>): HttpClientError.HttpClientError | undefined => {
  if (exit._tag === "Success") return undefined
  for (const reason of exit.cause.reasons) {
    if (reason._tag === "Fail" && HttpClientError.isHttpClientError(reason.error)) return reason.error
  }
  return undefined
}

const responseOf = (
  exit: Exit.Exit<HttpClientResponse.HttpClientResponse, unknown>
): HttpClientResponse.HttpClientResponse | undefined =>
  exit._tag === "Success" ? exit.value : httpError(exit)?.response

/** The wait that a response asks for, in seconds or as a date; `undefined` if it asks for none or not legibly. */
export const retryAfter = (
  response: HttpClientResponse.HttpClientResponse,
  now: number
): Duration.Duration | undefined => {
  const header = response.headers["retry-after"]
  if (header === undefined) return undefined
  const parsed = Headers.parseRetryAfter(header)
  return Result.isSuccess(parsed) ? Headers.retryAfterDelay(parsed.success, now) : undefined
}

/** Whether an outcome may pass, and the wait that the server asks for. */
export const retryable =
  (now: number) =>
  (exit: Exit.Exit<HttpClientResponse.HttpClientResponse, unknown>): Verdict => {
    const response = responseOf(exit)
    if (response !== undefined) {
      if (!transient.has(response.status)) return false
      const wait = retryAfter(response, now)
      return wait === undefined ? true : { retryAfter: wait }
    }
    return httpError(exit)?.reason._tag === "TransportError"
  }

/** What an outcome says of the server, and how long a failing one asks to be left alone. */
const classifyWithRetryAfter = (
  exit: Exit.Exit<HttpClientResponse.HttpClientResponse, unknown>,
  clock: Clock.Clock
): Outcome | FailureWithRetryAfter => {
  const outcome = classify(exit)
  const response = outcome === "failure" ? responseOf(exit) : undefined
  const wait = response && retryAfter(response, clock.currentTimeMillisUnsafe())
  return wait === undefined ? outcome : failureWithRetryAfter(wait)
}

/** Codes that Node, undici and the resolver give when no connection came about, so that nothing was sent. */
const notConnected: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT"
])

/** Whether an error, or what caused it, shows that no connection came about. */
export const isNotConnected = (error: unknown): boolean => {
  for (let current = error, depth = 0; depth < 8 && Predicate.isObject(current); depth++) {
    if (Predicate.hasProperty(current, "code") && notConnected.has(String(current.code))) return true
    if (Predicate.hasProperty(current, "errors") && Array.isArray(current.errors)) {
      return current.errors.length > 0 && current.errors.every(isNotConnected)
    }
    current = Predicate.hasProperty(current, "reason")
      ? current.reason
      : Predicate.hasProperty(current, "cause")
        ? current.cause
        : undefined
  }
  return false
}

/** Whether an outcome proves that the server did nothing: no connection, or it said to come back later. */
export const notProcessed = (exit: Exit.Exit<HttpClientResponse.HttpClientResponse, unknown>): boolean => {
  const response = responseOf(exit)
  if (response !== undefined) {
    return response.status === 429 || (response.status === 503 && response.headers["retry-after"] !== undefined)
  }
  return isNotConnected(httpError(exit))
}

/** Whether an outcome says that the server has too much to do: 429 and 503. */
export const overloaded = (exit: Exit.Exit<HttpClientResponse.HttpClientResponse, unknown>): boolean => {
  const status = responseOf(exit)?.status
  return status === 429 || status === 503
}

/** A body nobody will read is emptied, so that its connection can be used again; a long or slow one costs the connection. */
const discard = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> =>
  Effect.withFiber((fiber) =>
    response.stream.pipe(
      Stream.mapAccum(
        () => 0,
        (size, chunk) => [size + chunk.byteLength, [size + chunk.byteLength]] as const
      ),
      Stream.takeUntil((size) => size > 64 * 1024),
      Stream.runDrain,
      Effect.timeoutOption(Math.max(0, Math.min(1000, Deadline.remaining(fiber)))),
      Effect.ignore
    )
  )

/**
 * Puts a policy around each request of a client. The breaker sees every attempt; only idempotent requests are sent again, and
 * others where nothing was processed; Retry-After is a floor for the wait.
 *
 * Each logical call is one client span named after the policy, each attempt one of the client's own below it, with
 * `http.request.resend_count` from the second on.
 */
export const withPolicy =
  <PE>(
    policy: ResiliencePolicy<PE>,
    options?: {
      /** Judges a response or error instead of `classify`. */
      readonly classify?: Call<HttpClientResponse.HttpClientResponse, unknown>["classify"]
      /** How critical each request is; by default as critical as what makes it, see `withCriticality`. */
      readonly criticality?: Criticality | undefined
    }
  ) =>
  <E, R>(client: HttpClient.HttpClient.With<E, R>): HttpClient.HttpClient.With<E | PE, R> =>
    HttpClient.transform(client, (send, request) =>
      Effect.withFiber((fiber) => {
        let attempts = 0
        const attempt = Effect.suspend(() =>
          attempts++ === 0 ? send : Effect.annotateSpans(send, { "http.request.resend_count": attempts - 1 })
        )
        const idempotent = fiber.getRef(Idempotent) ?? isIdempotent(request)
        const call: Call<HttpClientResponse.HttpClientResponse, E> = {
          classify: options?.classify ?? ((exit) => classifyWithRetryAfter(exit, fiber.getRef(Clock.Clock))),
          retryable: (exit) => retryable(fiber.getRef(Clock.Clock).currentTimeMillisUnsafe())(exit),
          idempotent,
          notProcessed,
          overloaded,
          criticality: options?.criticality,
          discard: (exit) => {
            const response = responseOf(exit)
            return response && discard(response)
          }
        }
        const isSafe = idempotent && (safeMethods.has(request.method) || fiber.getRef(Idempotent) === true)
        return (isSafe ? policy.executeSafe(Hedge.safe(attempt), call) : policy.execute(attempt, call)).pipe(
          Effect.tap((response) =>
            Effect.annotateCurrentSpan({
              "http.response.status_code": response.status,
              ...(attempts > 1 ? { "http.request.resend_count": attempts - 1 } : {})
            })
          ),
          Effect.withSpan(
            policy.name,
            {
              kind: "client",
              attributes: { "http.request.method": request.method, "resilience.policy": policy.name }
            },
            { captureStackTrace: false }
          )
        )
      })
    )
