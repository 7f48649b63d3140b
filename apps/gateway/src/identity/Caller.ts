import { Forbidden } from "@resync/api/AccessProblems"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { Origin } from "@resync/identity/sessions/Sessions"
import { isUser } from "@resync/identity/signin/SignIn"
import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import * as ClientAddress from "../security/ClientAddress.ts"

/** Where a request comes from. */
export const origin: Effect.Effect<Origin, never, HttpServerRequest.HttpServerRequest> = Effect.map(
  HttpServerRequest.HttpServerRequest,
  (request) => ({ address: ClientAddress.of(request), userAgent: request.headers["user-agent"] ?? "" })
)

/** The user who has signed in; keys and the service itself have no sign-in of their own. */
export const user = Effect.flatMap(CurrentPrincipal, (principal) =>
  isUser(principal)
    ? Effect.succeed(principal)
    : Effect.fail(new Forbidden({ reason: "permission", detail: "Only for users who have signed in" }))
)
