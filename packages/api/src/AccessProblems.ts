/** Problems of who asks, rather than of what is asked. */
import { Permission } from "@resync/identity/model/Permission"
import { Restriction } from "@resync/identity/model/Principal"
import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"
import * as Problem from "./Problem.ts"

/** Nobody in particular asks, or the credential does not hold. */
export class Unauthenticated extends HttpApiError.Problem<Unauthenticated>()(
  "Unauthenticated",
  { type: Problem.type("unauthenticated"), status: 401, title: "Sign-in is needed" },
  {
    ...Problem.context,
    /** `expired` is mended by a refresh, the others by a new sign-in. */
    reason: Schema.Literals(["missing", "invalid", "expired", "revoked"])
  }
) {}

/** Who asks may not do this, or not with this object. */
export class Forbidden extends HttpApiError.Problem<Forbidden>()(
  "Forbidden",
  { type: Problem.type("forbidden"), status: 403, title: "This is not permitted" },
  { ...Problem.context, permission: Schema.optionalKey(Permission), reason: Schema.Literals(["permission", "scope"]) }
) {}

/** Something has to be done before anything else: change the password, enrol a second factor, or show it. */
export class SignInIncomplete extends HttpApiError.Problem<SignInIncomplete>()(
  "SignInIncomplete",
  { type: Problem.type("sign-in-incomplete"), status: 403, title: "The sign-in is not complete" },
  { ...Problem.context, restriction: Restriction }
) {}

/** A request that changes something came with a cookie, and not from a page of this service. */
export class CrossSiteRequest extends HttpApiError.Problem<CrossSiteRequest>()(
  "CrossSiteRequest",
  { type: Problem.type("cross-site-request"), status: 403, title: "The request came from another site" },
  Problem.context
) {}

/** All that the check of who asks can end in. */
export const all = [Unauthenticated, Forbidden, SignInIncomplete, CrossSiteRequest] as const
export type AccessProblem = InstanceType<(typeof all)[number]>
