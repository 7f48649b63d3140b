import { Schema } from "effect"
import { CommonStatus } from "./CommonStatus.ts"
import { Dependency, DependencyCounts } from "./Dependency.ts"
import { JobStreamId, ModelObjectId, WorkstationId } from "./Ids.ts"
import { JobStreamStatus } from "./JobStreamStatus.ts"
import { Instant, TimeInfo, TimeRestrictions } from "./Times.ts"

/** How many jobs a job stream has, by what became of them. */
export const JobStreamCounts = Schema.Struct({
  total: Schema.Int,
  successful: Schema.Int,
  executing: Schema.Int,
  abended: Schema.Int,
  failed: Schema.Int,
  undecided: Schema.Int,
  notRunning: Schema.Int
}).annotate({ identifier: "JobStreamCounts" })
export interface JobStreamCounts extends Schema.Schema.Type<typeof JobStreamCounts> {}

/** A job stream of the plan. */
export const JobStream = Schema.Struct({
  id: JobStreamId,
  persistentId: Schema.optionalKey(Schema.String),
  key: Schema.optionalKey(Schema.String),
  name: Schema.String,
  originalName: Schema.optionalKey(Schema.String),
  folder: Schema.optionalKey(Schema.String),
  workstation: Schema.optionalKey(Schema.String),
  workstationId: Schema.optionalKey(WorkstationId),
  modelId: Schema.optionalKey(ModelObjectId),
  commonStatus: CommonStatus,
  status: JobStreamStatus,
  priority: Schema.optionalKey(Schema.Int),
  /** How many of its jobs may run at once; -1 is no limit. */
  limit: Schema.optionalKey(Schema.Int),
  late: Schema.Boolean,
  carriedForward: Schema.Boolean,
  monitored: Schema.Boolean,
  scheduledAt: Schema.optionalKey(Instant),
  timeZone: Schema.optionalKey(Schema.String),
  time: TimeInfo,
  restrictions: TimeRestrictions,
  submitter: Schema.optionalKey(Schema.String),
  counts: Schema.optionalKey(JobStreamCounts),
  dependencyCounts: Schema.optionalKey(DependencyCounts),
  /** Absent where the scheduler was not asked for them. */
  dependencies: Schema.optionalKey(Schema.Array(Dependency)),
  actions: Schema.Array(Schema.String)
}).annotate({ identifier: "JobStream" })
export interface JobStream extends Schema.Schema.Type<typeof JobStream> {}
