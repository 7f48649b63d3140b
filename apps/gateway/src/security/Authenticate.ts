import { CrossSiteRequest, Unauthenticated } from "@resync/api/AccessProblems"
import { Authentication } from "@resync/api/Authentication"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { Problem } from "@resync/api/Problem"
import { marker } from "@resync/identity/apikeys/ApiKeys"
import type { Principal } from "@resync/identity/model/Principal"
import { type CredentialKind, Principals } from "@resync/identity/sessions/Principals"
import { Clock, Context, Effect, Layer, Redacted } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import type { HttpApiEndpoint } from "effect/http-api"
import type { unhandled } from "effect/Types"
import * as ProblemResponse from "../http/ProblemResponse.ts"
import * as IdentityProblem from "../identity/IdentityProblem.ts"
import { SecurityEvents } from "../identity/SecurityEvents.ts"
import * as ClientAddress from "./ClientAddress.ts"
import * as CrossSite from "./CrossSite.ts"
import { refusal } from "./Permit.ts"
import { RateLimits } from "./RateLimits.ts"
import { StartKey } from "./StartKey.ts"

type Handler = Effect.Effect<HttpServerResponse.HttpServerResponse, unhandled, CurrentPrincipal>

interface Options {
  readonly credential: Redacted.Redacted
  readonly endpoint: HttpApiEndpoint.Top
}

const details = {
  missing: "No credential came with the request",
  invalid: "The credential does not hold",
  expired: "The credential is expired",
  revoked: "The session or key was ended"
} as const

const missing = new Unauthenticated({ reason: "missing", detail: details.missing })

/**
 * Who is behind a request: by `Authorization: Bearer` with an access token or an API key, by `X-API-Key`, or by the cookie of a
 * session under the name for how the request came. The first that the request carries counts; whether it holds or not, no other
 * is looked at.
 */
export const layer = Layer.effect(
  Authentication,
  Effect.gen(function* () {
    const principals = yield* Principals
    const limits = yield* RateLimits
    const startKey = yield* StartKey
    const events = yield* SecurityEvents

    /** What does not hold is counted by where it comes from. */
    const resolve = (kind: CredentialKind, credential: string, request: HttpServerRequest.HttpServerRequest) =>
      principals.resolve(kind, credential).pipe(
        Effect.catchTags({
          IdentityUnavailable: IdentityProblem.of,
          CredentialRejected: ({ reason }) =>
            Effect.andThen(
              Effect.andThen(
                limits.consume("refused", ClientAddress.bucketOfClient(request)),
                // One that has run out is what happens to who was away for a while.
                reason === "expired"
                  ? Effect.void
                  : events.refused({ action: "auth.credential", detail: { kind, reason } })
              ),
              new Unauthenticated({ reason, detail: details[reason] })
            )
        })
      )

    /** Somebody who is known and asks neither too often nor for too much. */
    const admit = (
      principal: Principal,
      endpoint: HttpApiEndpoint.Top
    ): Effect.Effect<Principal, Problem, HttpServerRequest.HttpServerRequest> => {
      const problem = refusal(principal, endpoint)
      return Effect.flatMap(limits.consume("principal", principal.id), () =>
        problem === undefined ? Effect.succeed(principal) : Effect.fail(problem)
      )
    }

    const by =
      (kindOf: (credential: string) => CredentialKind, onlyOver?: "TLS" | "plain HTTP") =>
      (handler: Handler, { credential, endpoint }: Options) => {
        const text = Redacted.value(credential)
        if (text === "") return Effect.fail(missing)
        return Effect.withFiber<
          HttpServerResponse.HttpServerResponse,
          unhandled | Unauthenticated,
          HttpServerRequest.HttpServerRequest
        >((fiber) => {
          const request = Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest)
          // Over TLS the plain name may have been written by anybody on the way, and counts as not sent.
          if (onlyOver !== undefined && ClientAddress.isSecure(request) !== (onlyOver === "TLS")) {
            return Effect.fail(missing)
          }
          const kind = kindOf(text)
          if (kind === "cookie" && CrossSite.isCrossSite(request)) {
            return ProblemResponse.respond(
              new CrossSiteRequest({ detail: "With a cookie only pages of this service may change anything" })
            )
          }
          const known =
            startKey.principalOf(text) ??
            principals.peek(kind, text, fiber.getRef(Clock.Clock).currentTimeMillisUnsafe())
          const admitted =
            known === undefined
              ? Effect.flatMap(resolve(kind, text, request), (principal) => admit(principal, endpoint))
              : admit(known, endpoint)
          return Effect.matchEffect(admitted, {
            // Answered here: a failure would let the next way to sign in be tried.
            onFailure: ProblemResponse.respond,
            onSuccess: (principal) => Effect.provideService(handler, CurrentPrincipal, principal)
          })
        })
      }

    return Authentication.of({
      bearer: by((credential) => (credential.startsWith(marker) ? "apiKey" : "token")),
      apiKey: by(() => "apiKey"),
      secureCookie: by(() => "cookie", "TLS"),
      cookie: by(() => "cookie", "plain HTTP")
    })
  })
)
