import { ResiliencePolicyOptions } from "@resync/resilience/ResiliencePolicyOptions"
import { ResiliencePolicySnapshot } from "@resync/resilience/ResiliencePolicyRegistry"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiError, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import * as CommandProblems from "./CommandProblems.ts"
import { GuardName } from "./GuardName.ts"
import { IdempotencyKey } from "./Idempotency.ts"
import * as Problem from "./Problem.ts"
import { InvalidRequest } from "./RequestProblems.ts"

/** No policy of this name is registered. */
export class PolicyNotFound extends HttpApiError.Problem<PolicyNotFound>()(
  "PolicyNotFound",
  { type: Problem.type("policy-not-found"), status: 404, title: "There is no such resilience policy" },
  { ...Problem.context, policy: Schema.String }
) {}

/**
 * What to change of a policy: only what is given, and only patterns that the policy has. Lengths of time are written like
 * `"5 seconds"`, or as milliseconds.
 */
export const PolicyPatch = Schema.toEncoded(ResiliencePolicyOptions).annotate({ identifier: "PolicyPatch" })
export type PolicyPatch = typeof PolicyPatch.Type

export const list = HttpApiEndpoint.get("policies", "/policies", {
  success: Schema.Struct({ items: Schema.Array(ResiliencePolicySnapshot) })
}).annotate(OpenApi.Summary, "All resilience policies as they are now")

export const patch = HttpApiEndpoint.patch("reconfigure", "/policies/:name", {
  params: { name: GuardName },
  headers: { "idempotency-key": Schema.optionalKey(IdempotencyKey) },
  payload: PolicyPatch,
  success: ResiliencePolicySnapshot,
  error: [PolicyNotFound, InvalidRequest, ...CommandProblems.all]
})
  .annotate(RequiredPermission, "resilience:configure")
  .annotate(OpenApi.Summary, "Change a policy while it runs")
