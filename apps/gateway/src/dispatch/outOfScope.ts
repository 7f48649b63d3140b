import type { Access } from "@resync/api/Access"
import type { Denial } from "@resync/identity/model/Authorize"
import type { Permission } from "@resync/identity/model/Permission"
import type { Target } from "@resync/identity/model/Scope"

/** The denial of what lies outside of what somebody is narrowed to. Only what needs a permission has an inside. */
export const outOfScope = (access: Access, target: Target): Extract<Denial, { _tag: "OutOfScope" }> => ({
  _tag: "OutOfScope",
  permission: access as Permission,
  target
})
