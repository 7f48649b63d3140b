import { type FailureWithRetryAfter, failureWithRetryAfter } from "@resync/resilience/CircuitBreaker"
import type { Outcome } from "@resync/resilience/CircuitBreakerState"
import type { CircuitOpen } from "@resync/resilience/CircuitOpen"
import type { Call, ResiliencePolicy } from "@resync/resilience/ResiliencePolicy"
import type { PolicyError } from "@resync/resilience/ResiliencePolicyOptions"
import type { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import type { Verdict } from "@resync/resilience/RetryPolicy"
import * as Spanned from "@resync/telemetry/Spanned"
import { Effect, type Exit } from "effect"
import type { HttpClientRequest, HttpClientResponse } from "effect/http"
import { type TwsConflict, type TwsError, TwsObjectNotFound, TwsRejected, TwsTimeout } from "../TwsError.ts"
import { TwsPolicies, type TwsPolicyName } from "../TwsPolicies.ts"
import { type AnswerError, type Decoder, type NotFound, readDecoded, toError } from "./Answers.ts"
import { Streamed } from "./Connections.ts"
import type { Transport } from "./Transport.ts"

/** One call to the scheduler. */
export interface ApiCall {
  /** The method of `Tws` that asks. */
  readonly operation: string
  readonly policy: TwsPolicyName
  readonly request: HttpClientRequest.HttpClientRequest
  /** Whether the call changes something. Such a call is repeated only if it surely was not processed. */
  readonly action?: boolean
  /** Whether the path is the host's own instead of the API's. */
  readonly outsideApi?: boolean
}

/** All that a call can end in, before its 404 and 409 are given their meaning. */
export type ApiError = TwsError | NotFound | TwsConflict

/** The scheduler's API behind the policies. */
export interface Api {
  /** Asks and decodes the answer's body. */
  readonly ask: <A>(call: ApiCall, decode: Decoder<A>) => Effect.Effect<A, ApiError>
  /** Asks and reads the answer as it arrives, within the attempt: what cannot be read counts as a failure of it. */
  readonly read: <A>(
    call: ApiCall,
    read: (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<A, AnswerError>
  ) => Effect.Effect<A, ApiError>
  /** Asks and hands the answer over once its head is there; its body is the caller's to read. */
  readonly open: (call: ApiCall) => Effect.Effect<HttpClientResponse.HttpClientResponse, ApiError>
  /** The host that answered last. */
  readonly lastHost: () => string
}

type AttemptError = AnswerError | CircuitOpen

const errorOf = <E>(exit: Exit.Exit<unknown, E>): E | undefined =>
  exit._tag === "Failure" ? exit.cause.reasons.find((reason) => reason._tag === "Fail")?.error : undefined

/**
 * What an attempt says of the scheduler. The hosts' own breakers count what happens on the way to them; here count only
 * answers that show a scheduler in trouble. Its opinion of a request shows that it works.
 */
const classify = (exit: Exit.Exit<unknown, AttemptError>): Outcome | FailureWithRetryAfter => {
  if (exit._tag === "Success") return "success"
  const error = errorOf(exit)
  if (error === undefined) return "failure"
  if (error._tag === "CircuitOpen") return "ignored"
  if (error._tag === "TwsUnavailable") {
    if (error.reason === "transport" || error.status === 429) return "ignored"
    return error.retryAfter === undefined ? "failure" : failureWithRetryAfter(error.retryAfter)
  }
  return error._tag === "TwsProtocolError" ? "failure" : "success"
}

const retryable = (exit: Exit.Exit<unknown, AttemptError>): Verdict => {
  const error = errorOf(exit)
  if (error?._tag === "TwsUnavailable") return error.retryAfter === undefined ? true : { retryAfter: error.retryAfter }
  return error?._tag === "TwsProtocolError"
}

const notProcessed = (exit: Exit.Exit<unknown, AttemptError>): boolean => {
  const error = errorOf(exit)
  return error?._tag === "TwsUnavailable" && error.notProcessed
}

/** What the parts that the policies have can end a call with. */
type Refusal = Extract<
  PolicyError,
  { readonly _tag: "CircuitOpen" | "RateLimitExceeded" | "BulkheadFull" | "AttemptTimedOut" | "DeadlineExceeded" }
>

/** Makes the API from the way to the hosts and the policies around it. */
export const make = Effect.fnUntraced(function* (options: {
  readonly transport: Transport
  readonly policies: ResiliencePolicyRegistry["Service"]
  readonly maxResponseSize: number
}) {
  const policies = new Map<TwsPolicyName, ResiliencePolicy<Refusal>>()
  for (const name of Object.keys(TwsPolicies) as ReadonlyArray<TwsPolicyName>) {
    policies.set(name, yield* options.policies.register(name, TwsPolicies[name]))
  }

  let lastHost = ""

  const run = <A>(
    call: ApiCall,
    read: (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<A, AnswerError>
  ): Effect.Effect<A, ApiError> => {
    const policy = policies.get(call.policy)
    if (policy === undefined) return Effect.die(new Error(`no policy ${call.policy}`))
    const action = call.action ?? false
    const attempt: Effect.Effect<A, AttemptError> = Effect.flatMap(
      options.transport({
        operation: call.operation,
        request: call.request,
        idempotent: !action,
        outsideApi: call.outsideApi ?? false
      }),
      ({ host, response }) => {
        lastHost = host
        return response.status >= 200 && response.status < 300
          ? read(response)
          : toError(call.operation, response, action)
      }
    )
    const guard: Call<A, AttemptError> = { classify, retryable, notProcessed, idempotent: !action }
    const guarded = Effect.suspend(() => {
      let failure: AttemptError | undefined
      const watched = Effect.tapError(attempt, (error) =>
        Effect.sync(() => {
          failure = error
        })
      )
      return Effect.mapError(policy.execute(watched, guard), (error): ApiError => {
        if (error._tag === "AttemptTimedOut")
          return new TwsTimeout({ operation: call.operation, timeout: error.timeout })
        // The call whose own attempts opened the breaker tells what it met; those after it are told of the breaker.
        return error._tag === "CircuitOpen" && error.name === policy.name ? (failure ?? error) : error
      })
    })
    return Spanned.withSpan(guarded, policy.name, {
      kind: "client",
      attributes: { "resilience.policy": policy.name, "http.request.method": call.request.method }
    })
  }

  const api: Api = {
    ask: (call, decode) =>
      run(call, (response) => readDecoded(call.operation, response, options.maxResponseSize, decode)),
    read: (call, read) => Effect.provideService(run(call, read), Streamed, true),
    open: (call) => Effect.provideService(run(call, Effect.succeed), Streamed, true),
    lastHost: () => lastHost
  }
  return api
})

const refused = (error: NotFound | TwsConflict, status: number) =>
  new TwsRejected({ operation: error.operation, status, messages: error.messages, messageIds: error.messageIds })

/** For a call about one object: 404 means that it is not there. */
export const about =
  (kind: TwsObjectNotFound["kind"], id: string) =>
  <A, R>(self: Effect.Effect<A, ApiError | TwsObjectNotFound, R>): Effect.Effect<A, TwsError | TwsObjectNotFound, R> =>
    Effect.mapError(self, (error) =>
      error._tag === "NotFound"
        ? new TwsObjectNotFound({ kind, id })
        : error._tag === "TwsConflict"
          ? refused(error, 409)
          : error
    )

/** For a submission of a definition: 404 means that there is no such definition, 409 a clash of names. */
export const submitting =
  (id: string) =>
  <A, R>(self: Effect.Effect<A, ApiError, R>): Effect.Effect<A, TwsError | TwsObjectNotFound | TwsConflict, R> =>
    Effect.mapError(self, (error) =>
      error._tag === "NotFound" ? new TwsObjectNotFound({ kind: "definition", id }) : error
    )

/** For a call about no one object: a 404 is a refusal like any other. */
export const plainly = <A, R>(self: Effect.Effect<A, ApiError, R>): Effect.Effect<A, TwsError, R> =>
  Effect.mapError(self, (error) =>
    error._tag === "NotFound" ? refused(error, 404) : error._tag === "TwsConflict" ? refused(error, 409) : error
  )
