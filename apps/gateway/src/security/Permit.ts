import * as Access from "@resync/api/Access"
import { type AccessProblem, Forbidden, SignInIncomplete } from "@resync/api/AccessProblems"
import { authorize, type Denial } from "@resync/identity/model/Authorize"
import type { Permission } from "@resync/identity/model/Permission"
import type { Principal } from "@resync/identity/model/Principal"
import type { Target } from "@resync/identity/model/Scope"
import { Effect } from "effect"
import type { HttpApiEndpoint } from "effect/http-api"

/** The problem of a denial. */
export const problem = (denial: Denial): Forbidden | SignInIncomplete => {
  switch (denial._tag) {
    case "NotPermitted":
      return new Forbidden({
        permission: denial.permission,
        reason: "permission",
        detail: `It needs the permission ${denial.permission}`
      })
    case "OutOfScope":
      return new Forbidden({
        permission: denial.permission,
        reason: "scope",
        detail: "The object lies outside of what the caller is narrowed to"
      })
    case "Restricted":
      return new SignInIncomplete({ restriction: denial.restriction })
  }
}

/** Fails when a principal may not use a right on a target. */
export const permit = (
  principal: Principal,
  permission: Permission,
  target?: Target
): Effect.Effect<void, Forbidden | SignInIncomplete> => {
  const denial = authorize(principal, permission, target)
  return denial === undefined ? Effect.void : Effect.fail(problem(denial))
}

/** Why a principal may not use an endpoint, by what the endpoint declares; nothing when it may. */
export const refusal = (principal: Principal, endpoint: HttpApiEndpoint.Top): AccessProblem | undefined => {
  const access = Access.of(endpoint)
  switch (access) {
    case "public":
    case "restricted":
      return undefined
    case "signed-in":
      return principal.restriction === undefined
        ? undefined
        : new SignInIncomplete({ restriction: principal.restriction })
    case undefined:
      return new Forbidden({ reason: "permission", detail: "The endpoint is closed" })
    default: {
      const denial = authorize(principal, access)
      return denial === undefined ? undefined : problem(denial)
    }
  }
}
