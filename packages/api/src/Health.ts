import { StateName } from "@resync/resilience/CircuitBreakerState"
import { Instant, Span } from "@resync/tws/model/Times"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import { ShuttingDown } from "./ServiceProblems.ts"

/** `degraded` serves, but not everything: the reasons say what is missing. */
export const Status = Schema.Literals(["up", "degraded", "down"])
export type Status = typeof Status.Type

/** The process answers. */
export const Liveness = Schema.Struct({ status: Schema.Literal("up") }).annotate({ identifier: "Liveness" })

/** Requests may be sent here. */
export const Readiness = Schema.Struct({
  status: Schema.Literals(["up", "degraded"]),
  reasons: Schema.Array(Schema.String)
}).annotate({ identifier: "Readiness" })
export interface Readiness extends Schema.Schema.Type<typeof Readiness> {}

/** A part of the service or a system behind it. */
export const Component = Schema.Struct({
  status: Status,
  reason: Schema.optionalKey(Schema.String),
  checkedAt: Schema.optionalKey(Instant),
  details: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json))
}).annotate({ identifier: "Component" })
export interface Component extends Schema.Schema.Type<typeof Component> {}

/** A circuit breaker in brief; all of it is under `/api/v1/resilience/breakers`. */
export const BreakerState = Schema.Struct({ name: Schema.String, state: StateName }).annotate({
  identifier: "BreakerState"
})

/** The service and all it stands on. */
export const Health = Schema.Struct({
  status: Status,
  reasons: Schema.Array(Schema.String),
  version: Schema.String,
  startedAt: Instant,
  uptime: Span,
  components: Schema.Record(Schema.String, Component),
  breakers: Schema.Array(BreakerState)
}).annotate({ identifier: "Health" })
export interface Health extends Schema.Schema.Type<typeof Health> {}

/** How the service is, and its figures. */
export class HealthGroup extends HttpApiGroup.make("health")
  .add(
    HttpApiEndpoint.get("live", "/health/live", { success: Liveness }).annotate(
      OpenApi.Summary,
      "Whether the process answers"
    ),
    HttpApiEndpoint.get("ready", "/health/ready", { success: Readiness, error: ShuttingDown }).annotate(
      OpenApi.Summary,
      "Whether requests may be sent here"
    ),
    HttpApiEndpoint.get("health", "/health", { success: Health }).annotate(
      OpenApi.Summary,
      "Each component, and the state of each circuit breaker"
    ),
    HttpApiEndpoint.get("metrics", "/metrics", {
      success: Schema.String.pipe(HttpApiSchema.asText({ contentType: "text/plain; version=0.0.4; charset=utf-8" }))
    }).annotate(OpenApi.Summary, "All metrics in Prometheus's text format")
  )
  // For probes and scrapes, which have no credentials; nothing of the scheduler or of its users is told.
  .annotateEndpoints(RequiredPermission, "public")
  .annotateMerge(OpenApi.annotations({ title: "Health", description: "How the service is, and its figures." })) {}
