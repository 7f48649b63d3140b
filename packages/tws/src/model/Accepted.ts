import { Schema } from "effect"
import { JobId, JobRunId, JobStreamId, PromptId, WorkstationId } from "./Ids.ts"
import { JobAction } from "./JobAction.ts"
import { JobStreamAction } from "./JobStreamAction.ts"
import { Instant } from "./Times.ts"
import { WorkstationAction } from "./WorkstationAction.ts"

/** What the plan must show once an accepted action is done: data, so that it can be kept and checked later. */
export const Expectation = Schema.Union([
  Schema.TaggedStruct("Job", {
    id: JobId,
    action: JobAction,
    /** The runs known before a rerun; a run beyond these proves it. */
    knownRuns: Schema.optionalKey(Schema.Array(JobRunId))
  }),
  Schema.TaggedStruct("JobStream", { id: JobStreamId, action: JobStreamAction }),
  Schema.TaggedStruct("Workstation", { id: WorkstationId, action: WorkstationAction }),
  Schema.TaggedStruct("Prompt", { id: PromptId, answer: Schema.Boolean }),
  Schema.TaggedStruct("SubmittedJobs", { ids: Schema.Array(JobId) }),
  Schema.TaggedStruct("SubmittedJobStreams", { ids: Schema.Array(JobStreamId) })
]).annotate({ identifier: "Expectation" })
export type Expectation = typeof Expectation.Type

/**
 * The scheduler took the action on; it has not done it yet. The plan shows the effect seconds later:
 * `Tws.confirm` reads it again until it does.
 */
export const Accepted = Schema.Struct({
  /** The ids the scheduler named in its answer, as it wrote them. */
  ids: Schema.Array(Schema.String),
  acceptedAt: Instant,
  expects: Expectation
}).annotate({ identifier: "Accepted" })
export interface Accepted extends Schema.Schema.Type<typeof Accepted> {}

/** One object that a bulk action did not reach, with the scheduler's reason. */
export const Refused = Schema.Struct({
  id: Schema.optionalKey(Schema.String),
  message: Schema.String,
  /** The message's AWS id, where it has one. */
  messageId: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "Refused" })
export interface Refused extends Schema.Schema.Type<typeof Refused> {}

/** A bulk action's outcome, object by object: the scheduler answers 200 even when it refused them all. */
export const BulkAccepted = Schema.Struct({
  accepted: Schema.Array(Accepted),
  refused: Schema.Array(Refused)
}).annotate({ identifier: "BulkAccepted" })
export interface BulkAccepted extends Schema.Schema.Type<typeof BulkAccepted> {}

/** Whether the plan shows what an accepted action was to bring about. */
export const Confirmation = Schema.Struct({
  confirmed: Schema.Boolean,
  /** How often the plan was read. */
  reads: Schema.Int,
  checkedAt: Instant
}).annotate({ identifier: "Confirmation" })
export interface Confirmation extends Schema.Schema.Type<typeof Confirmation> {}
