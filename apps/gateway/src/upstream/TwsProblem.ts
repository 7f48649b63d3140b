import { InvalidRequest } from "@resync/api/RequestProblems"
import { ObjectNotFound, SchedulerConflict, SchedulerForbids, SchedulerRejected } from "@resync/api/TwsProblems"
import {
  BulkheadFull,
  UpstreamBadAnswer,
  UpstreamRateLimited,
  UpstreamRefused,
  UpstreamUnavailable,
  UpstreamUnreachable
} from "@resync/api/UpstreamProblems"
import type { PolicyError } from "@resync/resilience/ResiliencePolicyOptions"
import type {
  TwsConflict,
  TwsError,
  TwsForbidden,
  TwsInvalidQuery,
  TwsObjectNotFound,
  TwsProtocolError,
  TwsRejected,
  TwsTimeout,
  TwsUnavailable
} from "@resync/tws/TwsError"
import * as PolicyProblem from "./PolicyProblem.ts"

const upstream = "tws"
const name = "The scheduler"

const said = (error: { readonly messages: ReadonlyArray<string>; readonly messageIds: ReadonlyArray<string> }) => ({
  messages: error.messages,
  messageIds: error.messageIds
})

/** 503 is what asks to come again. Any other failing answer of the scheduler is a bad one. */
const unavailable = (error: TwsUnavailable) => {
  if (error.reason === "transport") {
    return new UpstreamUnreachable({ upstream, detail: "The scheduler cannot be reached" })
  }
  return error.status === 503 || error.status === 429
    ? new UpstreamUnavailable({
        upstream,
        detail: `The scheduler answered ${error.status}`,
        retryAfter: 1,
        ...PolicyProblem.seconds(error.retryAfter)
      })
    : new UpstreamBadAnswer({ upstream, detail: `The scheduler answered ${error.status ?? "with an error"}` })
}

const problems = {
  TwsUnauthorized: () =>
    new UpstreamRefused({ upstream, detail: "The scheduler does not accept the credentials of this service" }),
  TwsForbidden: (error: TwsForbidden) => new SchedulerForbids(said(error)),
  TwsObjectNotFound: (error: TwsObjectNotFound) =>
    new ObjectNotFound({ kind: error.kind, id: error.id, detail: error.message }),
  TwsConflict: (error: TwsConflict) => new SchedulerConflict(said(error)),
  TwsRejected: (error: TwsRejected) => new SchedulerRejected(said(error)),
  TwsInvalidQuery: (error: TwsInvalidQuery) =>
    new InvalidRequest({ errors: [{ path: ["query", error.field], message: error.reason }] }),
  TwsUnavailable: unavailable,
  TwsTimeout: (error: TwsTimeout) => PolicyProblem.timeout(upstream, name, error.timeout),
  TwsProtocolError: (_: TwsProtocolError) =>
    new UpstreamBadAnswer({ upstream, detail: "The scheduler's answer cannot be read" }),
  ...PolicyProblem.make(upstream, name),
  ConcurrencyLimited: (error: Extract<PolicyError, { readonly _tag: "ConcurrencyLimited" }>) =>
    new BulkheadFull({ upstream, detail: error.message, retryAfter: 1 }),
  CallThrottled: (error: Extract<PolicyError, { readonly _tag: "CallThrottled" }>) =>
    new UpstreamRateLimited({ upstream, detail: error.message, retryAfter: 1 }),
  RetriesExhausted: (error: Extract<PolicyError, { readonly _tag: "RetriesExhausted" }>) =>
    new UpstreamBadAnswer({ upstream, detail: error.message }),
  FaultInjected: (error: Extract<PolicyError, { readonly _tag: "FaultInjected" }>) =>
    new UpstreamUnreachable({ upstream, detail: error.message }),
  AttemptTimedOut: (error: Extract<PolicyError, { readonly _tag: "AttemptTimedOut" }>) =>
    PolicyProblem.timeout(upstream, name, error.timeout)
}

type Failure = TwsError | PolicyError | TwsObjectNotFound | TwsInvalidQuery | TwsConflict

type ProblemOf<E extends Failure> = E extends Failure ? ReturnType<(typeof problems)[E["_tag"]]> : never

/** The problem of a failed call to the scheduler, by what happened: 502, 503, 504, or what the scheduler said. */
export const of = <E extends Failure>(error: E): ProblemOf<E> => {
  // Each function takes the error whose tag is its key, which the compiler does not follow for a tag that varies.
  const problem = problems[error._tag] as (error: E) => unknown
  return problem(error) as ProblemOf<E>
}
