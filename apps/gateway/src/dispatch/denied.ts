import type { Access } from "@resync/api/Access"
import type { Denial } from "@resync/identity/model/Authorize"
import type { Principal } from "@resync/identity/model/Principal"

/**
 * Why somebody may not ask or do something, by what the query or the command itself says: the same as its endpoint, and the
 * only check for who comes by another way.
 */
export const denied = (access: Access, principal: Principal): Denial | undefined => {
  if (access === "public" || access === "restricted") return undefined
  if (principal.restriction !== undefined) return { _tag: "Restricted", restriction: principal.restriction }
  return access === "signed-in" || principal.permissions.has(access)
    ? undefined
    : { _tag: "NotPermitted", permission: access }
}
