import { Schema } from "effect"
import { JobId, JobRunId } from "./Ids.ts"
import { Instant } from "./Times.ts"

/** 0 holds, 10 is the default, 99 is HI, 100 and 101 are GO. */
export const Priority = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 101 }))

/** Which successors a rerun takes along. */
export const RerunSuccessors = Schema.Union([
  Schema.TaggedStruct("Depth", { depth: Schema.Int.check(Schema.isGreaterThan(0)) }),
  Schema.TaggedStruct("Jobs", { ids: Schema.NonEmptyArray(JobId) })
])
export type RerunSuccessors = typeof RerunSuccessors.Type

/** How to run a job again. */
export const RerunOptions = Schema.Struct({
  /** The run to repeat; the last one when absent. */
  runId: Schema.optionalKey(JobRunId),
  priority: Schema.optionalKey(Priority),
  startAt: Schema.optionalKey(Instant),
  step: Schema.optionalKey(Schema.NonEmptyString),
  login: Schema.optionalKey(Schema.NonEmptyString),
  variables: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  /** `/WORKSTATION#/FOLDER/JOB` to run another definition in the job's place. */
  definition: Schema.optionalKey(Schema.NonEmptyString),
  sameWorkstation: Schema.optionalKey(Schema.Boolean),
  successors: Schema.optionalKey(RerunSuccessors)
}).annotate({ identifier: "RerunOptions" })
export interface RerunOptions extends Schema.Schema.Type<typeof RerunOptions> {}

/** What can be done to a job of the plan. */
export const JobAction = Schema.Union([
  /** `pending` cancels once the job's dependencies are met, so that its successors are not released early. */
  Schema.TaggedStruct("Cancel", { pending: Schema.optionalKey(Schema.Boolean) }),
  Schema.TaggedStruct("Rerun", RerunOptions.fields),
  Schema.TaggedStruct("Kill", {}),
  Schema.TaggedStruct("Hold", {}),
  Schema.TaggedStruct("Release", {}),
  Schema.TaggedStruct("ReleaseDependencies", {}),
  Schema.TaggedStruct("ConfirmSuccess", {}),
  Schema.TaggedStruct("ConfirmAbend", {}),
  Schema.TaggedStruct("SetPriority", { priority: Priority })
]).annotate({ identifier: "JobAction" })
export type JobAction = typeof JobAction.Type
