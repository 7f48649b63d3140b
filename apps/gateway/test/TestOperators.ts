import type { AccessProblem } from "@resync/api/AccessProblems"
import { Authentication } from "@resync/api/Authentication"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { Principal } from "@resync/identity/model/Principal"
import type { Role } from "@resync/identity/model/Role"
import * as RolePermissions from "@resync/identity/model/RolePermissions"
import type { Scope } from "@resync/identity/model/Scope"
import { Context, Effect, Layer } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import type { HttpApiEndpoint } from "effect/http-api"
import type { unhandled } from "effect/Types"
import { refusal } from "../src/security/Permit.ts"

/** Somebody of this name, for tests. */
export const operator = (name: string, role: Role = "operator", scopes: ReadonlyArray<Scope> = []): Principal => ({
  kind: "user",
  id: `id-${name}`,
  name,
  roles: [role],
  permissions: RolePermissions.of([role]),
  scopes,
  mfa: true
})

/** Takes the header `x-test-user` for who asks. */
export const layer = (...known: ReadonlyArray<Principal>) => {
  const byName = new Map(known.map((principal) => [principal.name, principal]))
  const admit = (
    handler: Effect.Effect<HttpServerResponse.HttpServerResponse, unhandled, CurrentPrincipal>,
    { endpoint }: { readonly endpoint: HttpApiEndpoint.Top }
  ): Effect.Effect<HttpServerResponse.HttpServerResponse, unhandled | AccessProblem> =>
    Effect.withFiber((fiber) => {
      const { headers } = Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest)
      const principal = byName.get(headers["x-test-user"] ?? "")
      if (principal === undefined) return Effect.die(new Error("no such test user"))
      const problem: AccessProblem | undefined = refusal(principal, endpoint)
      return problem === undefined
        ? Effect.provideService(handler, CurrentPrincipal, principal)
        : Effect.fail<unhandled | AccessProblem>(problem)
    })
  return Layer.succeed(Authentication, { bearer: admit, apiKey: admit, secureCookie: admit, cookie: admit })
}
