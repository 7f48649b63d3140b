import { CircuitBreakerSnapshot } from "@resync/resilience/CircuitBreakerSnapshot"
import { StateName } from "@resync/resilience/CircuitBreakerState"
import { Justification } from "@resync/tws/model/Justification"
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiError, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import { BreakerServerSentEvent } from "./BreakerEvents.ts"
import * as CommandProblems from "./CommandProblems.ts"
import { GuardName } from "./GuardName.ts"
import { IdempotencyKey } from "./Idempotency.ts"
import * as Policies from "./Policies.ts"
import * as Problem from "./Problem.ts"

/** No circuit breaker of this name is registered. */
export class BreakerNotFound extends HttpApiError.Problem<BreakerNotFound>()(
  "BreakerNotFound",
  { type: Problem.type("breaker-not-found"), status: 404, title: "There is no such circuit breaker" },
  { ...Problem.context, breaker: Schema.String }
) {}

const breaker = { params: { name: GuardName }, success: CircuitBreakerSnapshot, error: BreakerNotFound }

/** How calls to the systems behind are guarded, and how they fare. */
export class ResilienceQueries extends HttpApiGroup.make("resilience")
  .add(
    HttpApiEndpoint.get("breakers", "/breakers", {
      query: { state: Schema.optionalKey(Schema.Array(StateName)) },
      success: Schema.Struct({ items: Schema.Array(CircuitBreakerSnapshot) })
    }).annotate(OpenApi.Summary, "All circuit breakers as they are now"),
    HttpApiEndpoint.get("breaker", "/breakers/:name", breaker).annotate(OpenApi.Summary, "One circuit breaker"),
    Policies.list,
    HttpApiEndpoint.get("breakerEvents", "/events", {
      headers: { "last-event-id": Schema.optionalKey(Schema.String) },
      query: { breaker: Schema.optionalKey(Schema.String) },
      success: HttpApiSchema.StreamSse({ events: BreakerServerSentEvent })
    }).annotate(OpenApi.Summary, "What happens at the circuit breakers, as server-sent events")
  )
  .prefix("/api/v1/resilience")
  .annotateEndpoints(RequiredPermission, "resilience:read")
  .annotate(HttpApi.QueryParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(
    OpenApi.annotations({ title: "Resilience", description: "How calls to the systems behind are guarded." })
  ) {}

const steer = {
  ...breaker,
  headers: { "idempotency-key": Schema.optionalKey(IdempotencyKey) },
  error: [BreakerNotFound, ...CommandProblems.all],
  payload: [Schema.Struct({ justification: Schema.optionalKey(Justification) }), Schema.Null]
} as const

/** What an operator can do to a circuit breaker. It holds at once and until it is undone or the service ends. */
export class ResilienceCommands extends HttpApiGroup.make("resilienceCommands")
  .add(
    HttpApiEndpoint.post("forceOpen", "/breakers/:name/actions/force-open", steer)
      .annotate(RequiredPermission, "resilience:steer")
      .annotate(OpenApi.Summary, "Reject all calls until closed or reset"),
    HttpApiEndpoint.post("forceClose", "/breakers/:name/actions/force-close", steer)
      .annotate(RequiredPermission, "resilience:steer")
      .annotate(OpenApi.Summary, "Let calls through again and go on counting"),
    HttpApiEndpoint.post("disable", "/breakers/:name/actions/disable", steer)
      .annotate(RequiredPermission, "resilience:steer")
      .annotate(OpenApi.Summary, "Let all calls through whatever happens"),
    HttpApiEndpoint.post("reset", "/breakers/:name/actions/reset", steer)
      .annotate(RequiredPermission, "resilience:steer")
      .annotate(OpenApi.Summary, "Close and forget all counts"),
    Policies.patch
  )
  .prefix("/api/v1/resilience")
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(
    OpenApi.annotations({ title: "Resilience commands", description: "What an operator can do to the guards." })
  ) {}
