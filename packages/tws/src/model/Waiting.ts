import { Schema } from "effect"
import { Dependency } from "./Dependency.ts"
import { Job } from "./Job.ts"
import { Instant } from "./Times.ts"

/** One thing that keeps a job from running. */
export const WaitingReason = Schema.Union([
  /** Something it depends on has not happened. */
  Schema.TaggedStruct("Dependency", { dependency: Dependency }),
  Schema.TaggedStruct("Time", { until: Schema.optionalKey(Instant) }),
  /** Priority 0: a person holds the job. */
  Schema.TaggedStruct("PriorityZero", {}),
  Schema.TaggedStruct("Fence", { workstation: Schema.String, fence: Schema.Int, priority: Schema.Int }),
  Schema.TaggedStruct("Limit", { workstation: Schema.String, limit: Schema.optionalKey(Schema.Int) }),
  /** The workstation is not linked, not running or left out of the plan. */
  Schema.TaggedStruct("Workstation", {
    workstation: Schema.String,
    linked: Schema.Boolean,
    running: Schema.Boolean,
    ignored: Schema.Boolean
  }),
  Schema.TaggedStruct("Resources", {}),
  Schema.TaggedStruct("UserIntervention", {}),
  /** A reason the scheduler gives in its own words. */
  Schema.TaggedStruct("Issue", { type: Schema.optionalKey(Schema.String), message: Schema.String }),
  /** A substatus this version has no better word for. */
  Schema.TaggedStruct("Other", { substatus: Schema.String })
]).annotate({ identifier: "WaitingReason" })
export type WaitingReason = typeof WaitingReason.Type

/** Why a job is not running. No reasons: it runs, it is done, or the scheduler does not say. */
export const Waiting = Schema.Struct({
  job: Job,
  reasons: Schema.Array(WaitingReason)
}).annotate({ identifier: "Waiting" })
export interface Waiting extends Schema.Schema.Type<typeof Waiting> {}
