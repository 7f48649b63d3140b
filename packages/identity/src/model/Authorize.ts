import type { Permission } from "./Permission.ts"
import type { Principal, Restriction } from "./Principal.ts"
import * as Scope from "./Scope.ts"

/** Why somebody may not do something. */
export type Denial =
  | { readonly _tag: "NotPermitted"; readonly permission: Permission }
  | { readonly _tag: "OutOfScope"; readonly permission: Permission; readonly target: Scope.Target }
  | { readonly _tag: "Restricted"; readonly restriction: Restriction }

/**
 * Why a principal may not use a right on a target, or nothing when it may. Without a target only the right itself is
 * looked at: whoever lists or finds things asks again for each of them.
 *
 * ```ts
 * import { authorize } from "@resync/identity/model/Authorize"
 * import { type Principal } from "@resync/identity/model/Principal"
 *
 * export const mayHold = (principal: Principal, workstation: string) =>
 *   authorize(principal, "jobs:hold", { workstation }) === undefined
 * ```
 */
export const authorize = (principal: Principal, permission: Permission, target?: Scope.Target): Denial | undefined => {
  if (principal.restriction !== undefined) return { _tag: "Restricted", restriction: principal.restriction }
  if (!principal.permissions.has(permission)) return { _tag: "NotPermitted", permission }
  return target === undefined || Scope.includes(principal.scopes, target)
    ? undefined
    : { _tag: "OutOfScope", permission, target }
}
