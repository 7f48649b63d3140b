import { Schema } from "effect"
import { Priority } from "./JobAction.ts"

/** What can be done to a job stream of the plan. */
export const JobStreamAction = Schema.Union([
  /** `pending` cancels once the dependencies are met. */
  Schema.TaggedStruct("Cancel", { pending: Schema.optionalKey(Schema.Boolean) }),
  Schema.TaggedStruct("Hold", {}),
  Schema.TaggedStruct("Release", {}),
  Schema.TaggedStruct("ReleaseDependencies", {}),
  Schema.TaggedStruct("SetPriority", { priority: Priority }),
  /** How many of its jobs may run at once; -1 lifts the limit. */
  Schema.TaggedStruct("SetLimit", { limit: Schema.Int.check(Schema.isBetween({ minimum: -1, maximum: 1024 })) })
]).annotate({ identifier: "JobStreamAction" })
export type JobStreamAction = typeof JobStreamAction.Type
