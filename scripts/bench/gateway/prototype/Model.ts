/** What the gateway reads from the scheduler and what it answers, for the two routes that are measured. */
import { Schema } from "effect"

export const JobRun = Schema.Struct({
  id: Schema.String,
  jobNumber: Schema.Int,
  returnCode: Schema.optionalKey(Schema.Int),
  timeInfo: Schema.Struct({
    actualStartTime: Schema.optionalKey(Schema.String),
    actualEndTime: Schema.optionalKey(Schema.String),
    elapsedTime: Schema.optionalKey(Schema.String)
  }),
  actualWorkstation: Schema.String
})

export const SchedulerJob = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  folder: Schema.String,
  workstation: Schema.String,
  jobStreamId: Schema.String,
  jobStreamName: Schema.String,
  jobStreamWorkstation: Schema.String,
  jobStatusFlags: Schema.Struct({ jobLate: Schema.Boolean }),
  jobOptions: Schema.Struct({ critical: Schema.Boolean }),
  lastRunCompositeStatus: Schema.Struct({ status: Schema.String }),
  lastRunCommonStatus: Schema.String,
  priority: Schema.Int,
  jobruns: Schema.Array(JobRun),
  schedTime: Schema.String,
  timeZone: Schema.String,
  timeRestrictions: Schema.optionalKey(Schema.Struct({ deadlineTime: Schema.optionalKey(Schema.String) })),
  dependenciesStats: Schema.Struct({ numberOfDependencies: Schema.Int, numberOfUnresolvedDependencies: Schema.Int }),
  actions: Schema.Array(Schema.Struct({ key: Schema.String }))
})
export type SchedulerJob = typeof SchedulerJob.Type

export const SchedulerPage = Schema.Struct({ count: Schema.Int, results: Schema.Array(SchedulerJob) })

export const JobId = Schema.String.check(Schema.isPattern(/^[0-9a-f-]{36}$/)).pipe(Schema.brand("JobId"))

export const Job = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  folder: Schema.String,
  workstation: Schema.String,
  jobStream: Schema.Struct({ id: Schema.String, name: Schema.String, workstation: Schema.String }),
  status: Schema.String,
  internalStatus: Schema.String,
  priority: Schema.Int,
  critical: Schema.Boolean,
  late: Schema.Boolean,
  scheduledAt: Schema.String,
  timeZone: Schema.String,
  deadline: Schema.optional(Schema.String),
  lastRun: Schema.optional(
    Schema.Struct({
      id: Schema.String,
      number: Schema.Int,
      returnCode: Schema.optional(Schema.Int),
      startedAt: Schema.optional(Schema.String),
      endedAt: Schema.optional(Schema.String),
      elapsed: Schema.optional(Schema.String),
      workstation: Schema.String
    })
  ),
  dependencies: Schema.Struct({ total: Schema.Int, unresolved: Schema.Int }),
  actions: Schema.Array(Schema.String)
})
export type Job = typeof Job.Type

export const JobAnswer = Schema.Struct({ item: Job, asOf: Schema.String, stale: Schema.Boolean })

export const JobsAnswer = Schema.Struct({
  items: Schema.Array(Job),
  nextCursor: Schema.optional(Schema.String),
  asOf: Schema.String,
  stale: Schema.Boolean
})

export const fromScheduler = (job: SchedulerJob): Job => {
  const run = job.jobruns[job.jobruns.length - 1]
  return {
    id: job.id,
    name: job.name,
    folder: job.folder,
    workstation: job.workstation,
    jobStream: { id: job.jobStreamId, name: job.jobStreamName, workstation: job.jobStreamWorkstation },
    status: job.lastRunCommonStatus,
    internalStatus: job.lastRunCompositeStatus.status,
    priority: job.priority,
    critical: job.jobOptions.critical,
    late: job.jobStatusFlags.jobLate,
    scheduledAt: job.schedTime,
    timeZone: job.timeZone,
    deadline: job.timeRestrictions?.deadlineTime,
    lastRun: run && {
      id: run.id,
      number: run.jobNumber,
      returnCode: run.returnCode,
      startedAt: run.timeInfo.actualStartTime,
      endedAt: run.timeInfo.actualEndTime,
      elapsed: run.timeInfo.elapsedTime,
      workstation: run.actualWorkstation
    },
    dependencies: {
      total: job.dependenciesStats.numberOfDependencies,
      unresolved: job.dependenciesStats.numberOfUnresolvedDependencies
    },
    actions: job.actions.map((action) => action.key)
  }
}
