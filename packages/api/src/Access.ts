import type { Permission } from "@resync/identity/model/Permission"
import { Context, Option } from "effect"
import type { HttpApiEndpoint } from "effect/http-api"

/**
 * Who may use an endpoint: whoever has the right; with `signed-in` everybody who has signed in; with `restricted` also
 * those who have to change their password or show a second factor first; with `public` everybody.
 */
export type Access = Permission | "signed-in" | "restricted" | "public"

/**
 * Says of an endpoint who may use it; each endpoint says so, which a test holds. `Authentication` enforces it before the
 * handler runs. All endpoints of a group alike take it by `annotateEndpoints`.
 *
 * ```ts
 * import { RequiredPermission } from "@resync/api/Access"
 * import { HttpApiEndpoint } from "effect/http-api"
 *
 * export const jobs = HttpApiEndpoint.get("jobs", "/jobs").annotate(RequiredPermission, "tws:read")
 * ```
 */
export class RequiredPermission extends Context.Service<RequiredPermission, Access>()(
  "@resync/api/RequiredPermission"
) {}

/** What an endpoint declares. */
export const of = (endpoint: HttpApiEndpoint.Top): Access | undefined =>
  Option.getOrUndefined(Context.getOption(endpoint.annotations, RequiredPermission))
