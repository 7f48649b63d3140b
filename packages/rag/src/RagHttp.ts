/**
 * The knowledge base of another process: `Rag` as a client of `rag-service`, every call under the policy
 * `rag_service`, uploads under `rag_upload`.
 *
 * **Example**
 *
 * ```ts
 * import * as RagHttp from "@resync/rag/RagHttp"
 * import * as Resilience from "@resync/resilience/Resilience"
 * import { Layer } from "effect"
 * import { FetchHttpClient } from "effect/http"
 *
 * const knowledge = RagHttp.layer({ url: new URL("http://127.0.0.1:8090") }).pipe(
 *   Layer.provide([Resilience.layer(), FetchHttpClient.layer])
 * )
 * ```
 */

import { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import * as ResilientHttpClient from "@resync/resilience/ResilientHttpClient"
import type { AttemptTimedOut } from "@resync/resilience/TimeLimiter"
import { Duration, Effect, Layer, Predicate, type Redacted, Schema, Stream } from "effect"
import type { Sse } from "effect/encoding"
import { HttpClient, HttpClientError, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { RagApi } from "./http/RagApi.ts"
import { isFinal } from "./model/IngestionJob.ts"
import { Rag } from "./Rag.ts"
import { RagUnavailable, type UploadRejected } from "./RagError.ts"
import { RagPolicies } from "./RagPolicies.ts"

export interface RagHttpOptions {
  /** Where the service listens. */
  readonly url: URL
  /** The token that the service asks its callers for. */
  readonly token?: Redacted.Redacted | undefined
}

/** Failures of the way to the service, or of an answer outside its contract. */
type Foreign = HttpClientError.HttpClientError | Schema.SchemaError | AttemptTimedOut | Sse.Retry | Sse.SseError

const isForeign = (error: unknown): error is Foreign =>
  HttpClientError.isHttpClientError(error) ||
  Schema.isSchemaError(error) ||
  Predicate.isTagged(error, "AttemptTimedOut") ||
  Predicate.isTagged(error, "Retry") ||
  Predicate.isTagged(error, "SseError")

const unavailable = (operation: string, error: Foreign): RagUnavailable => {
  if (error._tag === "AttemptTimedOut") {
    return new RagUnavailable({
      operation,
      reason: "timeout",
      detail: `no answer within ${Duration.format(error.timeout)}`
    })
  }
  if (error._tag !== "HttpClientError") {
    return new RagUnavailable({ operation, reason: "protocol", detail: "its answer cannot be read or broke off" })
  }
  const status = error.response?.status
  if (status === 401 || status === 403) {
    return new RagUnavailable({ operation, reason: "refused", detail: "it does not accept the token" })
  }
  return status === undefined || status < 400
    ? new RagUnavailable({
        operation,
        reason: "transport",
        detail: error.reason.description ?? error.message,
        ...(ResilientHttpClient.isNotConnected(error) ? { notProcessed: true } : {})
      })
    : new RagUnavailable({ operation, reason: "status", detail: `it answered ${status}` })
}

/** A stream that ends before its last element was cut on the way. */
const complete =
  <A>(operation: string, isLast: (element: A) => boolean) =>
  <E, R>(stream: Stream.Stream<A, E, R>): Stream.Stream<A, E | RagUnavailable, R> =>
    Stream.suspend(() => {
      let ended = false
      const told = Stream.tap(stream, (element) =>
        Effect.sync(() => {
          ended = isLast(element)
        })
      )
      const cut = Effect.suspend(() =>
        ended
          ? Effect.void
          : Effect.fail(new RagUnavailable({ operation, reason: "protocol", detail: "the stream broke off" }))
      )
      return Stream.concat(told, Stream.drain(Stream.fromEffect(cut)))
    })

/** What the service itself says passes; all else says that it cannot be had. */
const known =
  (operation: string) =>
  <E>(error: E): Exclude<E, Foreign> | RagUnavailable =>
    isForeign(error) ? unavailable(operation, error) : (error as Exclude<E, Foreign>)
/** Reads that are posts: sending one twice is as good as once. */
const reading = Effect.provideService(ResilientHttpClient.Idempotent, true)

const make = Effect.fnUntraced(function* ({ token, url }: RagHttpOptions) {
  const policies = yield* ResiliencePolicyRegistry
  const http = (yield* HttpClient.HttpClient).pipe(
    HttpClient.mapRequest((request) => (token === undefined ? request : HttpClientRequest.bearerToken(request, token)))
  )
  const under = Effect.fnUntraced(function* (name: "rag_service" | "rag_upload") {
    const policy = yield* policies.register(name, RagPolicies[name])
    const httpClient = ResilientHttpClient.withPolicy(policy)(http)
    return (yield* HttpApiClient.makeWith(RagApi, { httpClient, baseUrl: url })).rag
  })
  const rag = yield* under("rag_service")
  const uploads = yield* under("rag_upload")

  const call = <A, E, R>(operation: string, effect: Effect.Effect<A, E, R>) => Effect.mapError(effect, known(operation))
  const events = <A, E, R, E2, R2>(operation: string, effect: Effect.Effect<Stream.Stream<A, E, R>, E2, R2>) =>
    Stream.unwrap(effect).pipe(Stream.mapError(known(operation)))

  return Rag.of({
    upload: ({ content, fileName, idempotencyKey, metadata, replaces }) =>
      Effect.suspend(() => {
        // The client knows only that the body broke off; why is what the caller has to hear.
        let refused: UploadRejected | undefined
        const payload = Stream.tapError(content, (error) =>
          Effect.sync(() => {
            refused = error
          })
        )
        return call(
          "upload",
          uploads.upload({
            query: { fileName, metadata, ...(replaces === undefined ? {} : { replaces }) },
            headers: idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey },
            payload
          })
        ).pipe(Effect.mapError((error) => refused ?? error))
      }),
    documents: (query) => call("documents", rag.documents({ query })),
    document: (id) => call("document", rag.document({ params: { id } })),
    deleteDocument: (id) => call("deleteDocument", rag.deleteDocument({ params: { id } })),
    jobs: (query) => call("jobs", rag.jobs({ query })),
    job: (id) => call("job", rag.job({ params: { id } })),
    followJob: (id) =>
      events("followJob", rag.followJob({ params: { id } })).pipe(
        // In silence the service repeats itself.
        Stream.changes,
        complete("followJob", ({ state }) => isFinal(state))
      ),
    cancelJob: (id) => call("cancelJob", rag.cancelJob({ params: { id } })),
    retryJob: (id) => call("retryJob", rag.retryJob({ params: { id } })),
    search: (payload) => call("search", reading(rag.search({ payload }))),
    answer: (payload) => call("answer", reading(rag.answer({ payload }))),
    answerStream: (payload) =>
      events("answerStream", reading(rag.answerStream({ payload }))).pipe(
        complete("answerStream", ({ _tag }) => _tag === "Finished")
      )
  })
})

/** `Rag` over HTTP. Fails to build only when another policy is registered under one of the two names. */
export const layer = (options: RagHttpOptions) => Layer.effect(Rag, make(options))
