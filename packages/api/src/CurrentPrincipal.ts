import type { Principal } from "@resync/identity/model/Principal"
import { Context } from "effect"

/**
 * On whose behalf the current request is.
 *
 * @effect-leakable-service
 */
export class CurrentPrincipal extends Context.Service<CurrentPrincipal, Principal>()("@resync/api/CurrentPrincipal") {}
