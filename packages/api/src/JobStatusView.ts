import { CommonStatus } from "@resync/tws/model/CommonStatus"
import { JobId } from "@resync/tws/model/Ids"
import type { Job } from "@resync/tws/model/Job"
import { JobStatus } from "@resync/tws/model/JobStatus"
import { TimeInfo } from "@resync/tws/model/Times"
import { Schema } from "effect"

/** How a job stands, without all that it is. */
export const JobStatusView = Schema.Struct({
  id: JobId,
  name: Schema.String,
  jobStreamName: Schema.optionalKey(Schema.String),
  workstation: Schema.optionalKey(Schema.String),
  folder: Schema.optionalKey(Schema.String),
  commonStatus: CommonStatus,
  status: JobStatus,
  priority: Schema.optionalKey(Schema.Int),
  late: Schema.Boolean,
  deadlinePassed: Schema.Boolean,
  time: TimeInfo
}).annotate({ identifier: "JobStatusView" })
export interface JobStatusView extends Schema.Schema.Type<typeof JobStatusView> {}

/** How a job stands. */
export const ofJob = (job: Job): JobStatusView => ({
  id: job.id,
  name: job.name,
  ...(job.jobStreamName === undefined ? {} : { jobStreamName: job.jobStreamName }),
  ...(job.workstation === undefined ? {} : { workstation: job.workstation }),
  ...(job.folder === undefined ? {} : { folder: job.folder }),
  commonStatus: job.commonStatus,
  status: job.status,
  ...(job.priority === undefined ? {} : { priority: job.priority }),
  late: job.late,
  deadlinePassed: job.deadlinePassed,
  time: job.time
})
