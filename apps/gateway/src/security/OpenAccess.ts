import { Authentication } from "@resync/api/Authentication"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import * as Principal from "@resync/identity/model/Principal"
import { Effect, Layer } from "effect"
import type { HttpServerResponse } from "effect/http"
import type { HttpApiEndpoint } from "effect/http-api"
import type { unhandled } from "effect/Types"
import { refusal } from "./Permit.ts"

/** Everybody is `principal`, by default one who may do everything. For `RESYNC_AUTH=off` and for tests. */
export const layer = (principal: Principal.Principal = Principal.system("anonymous")) => {
  const admit = (
    handler: Effect.Effect<HttpServerResponse.HttpServerResponse, unhandled, CurrentPrincipal>,
    { endpoint }: { readonly endpoint: HttpApiEndpoint.Top }
  ) => {
    const problem = refusal(principal, endpoint)
    return problem === undefined ? Effect.provideService(handler, CurrentPrincipal, principal) : Effect.fail(problem)
  }
  return Layer.succeed(Authentication, { bearer: admit, apiKey: admit, secureCookie: admit, cookie: admit })
}
