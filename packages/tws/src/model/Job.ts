import { Schema } from "effect"
import { CommonStatus } from "./CommonStatus.ts"
import { Dependency, DependencyCounts } from "./Dependency.ts"
import { JobId, JobStreamId, WorkstationId } from "./Ids.ts"
import { JobRun } from "./JobRun.ts"
import { JobStatus } from "./JobStatus.ts"
import { openEnum } from "./OpenEnum.ts"
import { Instant, Span, TimeInfo, TimeRestrictions } from "./Times.ts"

/** What the engine does when the job abends. */
export const RecoveryOption = openEnum(["STOP", "CONTINUE", "CONTINUE_PROMPT", "RERUN", "RERUN_PROMPT"])
export type RecoveryOption = typeof RecoveryOption.Type

/** What a job of the plan runs. */
export const JobDefinition = Schema.Struct({
  name: Schema.optionalKey(Schema.String),
  folder: Schema.optionalKey(Schema.String),
  workstation: Schema.optionalKey(Schema.String),
  description: Schema.optionalKey(Schema.String),
  logins: Schema.Array(Schema.String),
  recoveryOption: Schema.optionalKey(RecoveryOption)
}).annotate({ identifier: "JobDefinition" })
export interface JobDefinition extends Schema.Schema.Type<typeof JobDefinition> {}

/** A job of the plan. Workstations are paths with a leading `/`, as the scheduler writes them. */
export const Job = Schema.Struct({
  id: JobId,
  /** Outlives the re-creation of the plan, which gives every object a new id. */
  persistentId: Schema.optionalKey(Schema.String),
  /** `/WORKSTATION#/FOLDER/JOBSTREAM.JOB`: the job's name among people and in `conman`. */
  key: Schema.optionalKey(Schema.String),
  name: Schema.String,
  folder: Schema.optionalKey(Schema.String),
  workstation: Schema.optionalKey(Schema.String),
  workstationId: Schema.optionalKey(WorkstationId),
  jobStreamId: Schema.optionalKey(JobStreamId),
  jobStreamName: Schema.optionalKey(Schema.String),
  jobStreamWorkstation: Schema.optionalKey(Schema.String),
  commonStatus: CommonStatus,
  status: JobStatus,
  /** 0 holds the job, 10 is the default, 101 (GO) passes every fence. */
  priority: Schema.optionalKey(Schema.Int),
  critical: Schema.Boolean,
  monitored: Schema.Boolean,
  noOperation: Schema.Boolean,
  requiresConfirmation: Schema.Boolean,
  late: Schema.Boolean,
  deadlinePassed: Schema.Boolean,
  scheduledAt: Schema.optionalKey(Instant),
  timeZone: Schema.optionalKey(Schema.String),
  /** The times of the run that counts. */
  time: TimeInfo,
  restrictions: TimeRestrictions,
  repeatInterval: Schema.optionalKey(Span),
  /** The latest start that keeps the deadline of the critical job it leads to. */
  criticalStart: Schema.optionalKey(Instant),
  definition: Schema.optionalKey(JobDefinition),
  /** Oldest first; empty until the job was launched. */
  runs: Schema.Array(JobRun),
  dependencyCounts: Schema.optionalKey(DependencyCounts),
  /** Absent where the scheduler was not asked for them (lists), empty where there are none. */
  dependencies: Schema.optionalKey(Schema.Array(Dependency)),
  /** What the signed-in user may do to this job now, by the scheduler's own keys. */
  actions: Schema.Array(Schema.String)
}).annotate({ identifier: "Job" })
export interface Job extends Schema.Schema.Type<typeof Job> {}

/** The run that counts: the last of the chain of reruns, or the newest where the engine marks none. */
export const lastRun = (job: Job): JobRun | undefined => job.runs.findLast((run) => run.last) ?? job.runs.at(-1)
