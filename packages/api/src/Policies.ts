import { TripPolicy } from "@resync/resilience/CircuitBreakerOptions"
import { ResiliencePolicySnapshot } from "@resync/resilience/ResiliencePolicyRegistry"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiError, OpenApi } from "effect/http-api"
import * as Problem from "./Problem.ts"
import { InvalidRequest } from "./RequestProblems.ts"

/** No policy of this name is registered. */
export class PolicyNotFound extends HttpApiError.Problem<PolicyNotFound>()(
  "PolicyNotFound",
  { type: Problem.type("policy-not-found"), status: 404, title: "There is no such resilience policy" },
  { ...Problem.context, policy: Schema.String }
) {}

const duration = Schema.optionalKey(Schema.DurationFromString)
const int = Schema.optionalKey(Schema.Int)

/** What to change of a policy: only what is given, and only patterns that the policy has. */
export const PolicyPatch = Schema.Struct({
  deadline: duration,
  attemptTimeout: duration,
  retry: Schema.optionalKey(
    Schema.Struct({
      maxAttempts: int,
      baseDelay: duration,
      factor: Schema.optionalKey(Schema.Finite),
      maxDelay: duration,
      jitter: Schema.optionalKey(Schema.Literals(["full", "none"])),
      maxRetryAfter: duration
    })
  ),
  circuitBreaker: Schema.optionalKey(
    Schema.Struct({
      trip: Schema.optionalKey(TripPolicy),
      waitDurationInOpenState: duration,
      permittedNumberOfCallsInHalfOpenState: int
    })
  ),
  bulkhead: Schema.optionalKey(
    Schema.Struct({ maxConcurrentCalls: int, maxQueuedCalls: int, maxWaitDuration: duration })
  )
}).annotate({ identifier: "PolicyPatch" })
export interface PolicyPatch extends Schema.Schema.Type<typeof PolicyPatch> {}

export const list = HttpApiEndpoint.get("policies", "/policies", {
  success: Schema.Struct({ items: Schema.Array(ResiliencePolicySnapshot) })
}).annotate(OpenApi.Summary, "All resilience policies as they are now")

export const patch = HttpApiEndpoint.patch("reconfigure", "/policies/:name", {
  params: { name: Schema.String },
  payload: PolicyPatch,
  success: ResiliencePolicySnapshot,
  error: [PolicyNotFound, InvalidRequest]
}).annotate(OpenApi.Summary, "Change a policy while it runs")
