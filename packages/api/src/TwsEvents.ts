import { CommonStatus } from "@resync/tws/model/CommonStatus"
import { JobId, JobStreamId, WorkstationId } from "@resync/tws/model/Ids"
import { Instant } from "@resync/tws/model/Times"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"

const at = { at: Instant.annotate({ description: "When the service saw it." }) }
/** Where the object lies, as far as the plan says. */
const place = { workstation: Schema.optionalKey(Schema.String), folder: Schema.optionalKey(Schema.String) }
const status = { from: Schema.optionalKey(CommonStatus), to: CommonStatus }

/** A change of the plan, seen by reading it again and again. */
export const PlanEvent = Schema.Union([
  Schema.TaggedStruct("JobChanged", { ...at, id: JobId, name: Schema.String, ...place, ...status }),
  Schema.TaggedStruct("JobStreamChanged", { ...at, id: JobStreamId, name: Schema.String, ...place, ...status }),
  Schema.TaggedStruct("WorkstationChanged", {
    ...at,
    id: WorkstationId,
    name: Schema.String,
    ...place,
    linked: Schema.Boolean,
    running: Schema.Boolean
  }),
  /** The scheduler came within reach or went out of it. */
  Schema.TaggedStruct("SchedulerReachable", { ...at, reachable: Schema.Boolean }),
  /** What came before cannot be told: read the plan anew. */
  Schema.TaggedStruct("Reset", { ...at, reason: Schema.Literals(["missed", "newPlan"]) })
]).annotate({ identifier: "PlanEvent" })
export type PlanEvent = typeof PlanEvent.Type

/** A plan event as server-sent event: its name is the event's tag, its id is good for `Last-Event-ID`. */
export const PlanServerSentEvent = Schema.Struct({
  id: Schema.optional(Schema.String),
  event: Schema.String,
  data: Schema.fromJsonString(PlanEvent)
})

/** The changes of the plan as they are seen. */
export class TwsEvents extends HttpApiGroup.make("twsEvents")
  .add(
    HttpApiEndpoint.get("planEvents", "/events", {
      headers: { "last-event-id": Schema.optionalKey(Schema.String) },
      success: HttpApiSchema.StreamSse({ events: PlanServerSentEvent })
    }).annotate(OpenApi.Summary, "Changes of the plan, as server-sent events: of what the caller may read")
  )
  .prefix("/api/v1/tws")
  .annotateEndpoints(RequiredPermission, "tws:read")
  .annotateMerge(OpenApi.annotations({ title: "Scheduler events", description: "What happens in the plan." })) {}
