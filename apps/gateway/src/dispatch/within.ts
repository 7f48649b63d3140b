import type { Principal } from "@resync/identity/model/Principal"
import { includes, type Target } from "@resync/identity/model/Scope"

/** The name at the end of the path of a workstation, `/FOLDER/AGENT`. */
const bare = (path: string | undefined) => path?.slice(path.lastIndexOf("/") + 1)

/** Whether a target lies within what somebody is narrowed to. A pattern for a workstation fits its name or its whole path. */
export const within =
  ({ scopes }: Pick<Principal, "scopes">) =>
  (target: Target): boolean =>
    includes(scopes, target) || includes(scopes, { ...target, workstation: bare(target.workstation) })
