import { Schema } from "effect"
import { CommonStatus } from "./CommonStatus.ts"
import { Instant } from "./Times.ts"

/** The plan in force: what its master workstation says of it, since the API has no plan resource of its own. */
export const Plan = Schema.Struct({
  id: Schema.optionalKey(Schema.String),
  runNumber: Schema.optionalKey(Schema.Int),
  /** When the master took the plan up: the start of the scheduler's day. */
  startedAt: Schema.optionalKey(Instant),
  master: Schema.optionalKey(Schema.String),
  timeZone: Schema.optionalKey(Schema.String),
  /** The `FINAL` job stream, which extends the plan to the next day. Where it fails, tomorrow has no plan. */
  final: Schema.optionalKey(Schema.Struct({ commonStatus: CommonStatus, scheduledAt: Schema.optionalKey(Instant) }))
}).annotate({ identifier: "Plan" })
export interface Plan extends Schema.Schema.Type<typeof Plan> {}

/** The plan in figures. The keys are the engine's own, so that a new status shows up by itself. */
export const PlanSummary = Schema.Struct({
  jobs: Schema.Struct({
    total: Schema.Int,
    byStatus: Schema.Record(Schema.String, Schema.Int),
    byWorkstation: Schema.Record(Schema.String, Schema.Int)
  }),
  jobStreams: Schema.Struct({ total: Schema.Int }),
  workstations: Schema.Struct({ total: Schema.Int, unlinked: Schema.Int })
}).annotate({ identifier: "PlanSummary" })
export interface PlanSummary extends Schema.Schema.Type<typeof PlanSummary> {}
