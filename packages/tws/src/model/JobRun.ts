import { Schema } from "effect"
import { CommonStatus } from "./CommonStatus.ts"
import { JobRunId } from "./Ids.ts"
import { JobStatus } from "./JobStatus.ts"
import { openEnum } from "./OpenEnum.ts"
import { TimeInfo } from "./Times.ts"

/** Why a run came to be. */
export const RerunType = openEnum([
  "REGULAR",
  "RERUN",
  "RERUN_STEP",
  "RERUN_FROM",
  "RERUN_EVERY",
  "RECOVERY",
  "RECOVERY_RERUN"
])
export type RerunType = typeof RerunType.Type

/** One run of a job. */
export const JobRun = Schema.Struct({
  id: JobRunId,
  /** The number the agent gave the process; it heads the job log. */
  jobNumber: Schema.optionalKey(Schema.Int),
  commonStatus: CommonStatus,
  status: JobStatus,
  returnCode: Schema.optionalKey(Schema.Int),
  rerunType: Schema.optionalKey(RerunType),
  /** Whether this is the run that counts: the last of its chain of reruns. */
  last: Schema.Boolean,
  confirmed: Schema.Boolean,
  workstation: Schema.optionalKey(Schema.String),
  step: Schema.optionalKey(Schema.String),
  time: TimeInfo
}).annotate({ identifier: "JobRun" })
export interface JobRun extends Schema.Schema.Type<typeof JobRun> {}
