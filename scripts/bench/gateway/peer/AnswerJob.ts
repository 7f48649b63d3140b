/** A job as the service answers it: the schema that Fastify writes it by, and how it comes from what the scheduler says. */
import {
  boolean,
  type CompositeStatus,
  integer,
  type Maybe,
  object,
  type SchedulerJob,
  string,
  type TimeInfo
} from "./SchedulerJob.ts"

const answerStatus = object({
  internal: string,
  error: boolean,
  started: boolean,
  canceled: boolean,
  cancelPending: boolean,
  dontRun: boolean
})
const times = { estimatedDuration: string, startedAt: string, endedAt: string, elapsed: string }
const answerTime = object(times, Object.keys(times))

export const answerJob = object(
  {
    id: string,
    persistentId: string,
    key: string,
    name: string,
    folder: string,
    workstation: string,
    workstationId: string,
    jobStreamId: string,
    jobStreamName: string,
    jobStreamWorkstation: string,
    commonStatus: string,
    status: answerStatus,
    priority: integer,
    critical: boolean,
    monitored: boolean,
    noOperation: boolean,
    requiresConfirmation: boolean,
    late: boolean,
    deadlinePassed: boolean,
    scheduledAt: string,
    timeZone: string,
    time: answerTime,
    restrictions: object({ deadline: string, deadlineAction: string }, ["deadline", "deadlineAction"]),
    definition: object({ name: string, logins: { type: "array", items: string }, recoveryOption: string }, [
      "name",
      "recoveryOption"
    ]),
    runs: {
      type: "array",
      items: object(
        {
          id: string,
          jobNumber: integer,
          commonStatus: string,
          status: answerStatus,
          returnCode: integer,
          rerunType: string,
          last: boolean,
          confirmed: boolean,
          workstation: string,
          time: answerTime
        },
        ["jobNumber", "returnCode", "rerunType", "workstation"]
      )
    },
    dependencyCounts: object({ total: integer, unresolved: integer }),
    actions: { type: "array", items: string }
  },
  [
    "persistentId",
    "key",
    "folder",
    "workstation",
    "workstationId",
    "jobStreamId",
    "jobStreamName",
    "jobStreamWorkstation",
    "priority",
    "scheduledAt",
    "timeZone",
    "definition",
    "dependencyCounts"
  ]
)

const toStatus = (status: Maybe<CompositeStatus>) => ({
  internal: status?.status ?? "UNKNOWN",
  error: status?.error ?? false,
  started: status?.started ?? false,
  canceled: status?.canceled ?? false,
  cancelPending: status?.cancelPending ?? false,
  dontRun: status?.dontRun ?? false
})

/** The same instant in the one form that the service answers. */
const toInstant = (text: Maybe<string>) => (text ? new Date(text).toISOString() : undefined)

const toTime = (time: Maybe<TimeInfo>) => ({
  estimatedDuration: time?.estimatedDuration ?? undefined,
  startedAt: toInstant(time?.actualStartTime),
  endedAt: toInstant(time?.actualEndTime),
  elapsed: time?.elapsedTime ?? undefined
})

export const toAnswer = (job: SchedulerJob) => {
  const runs = (job.jobruns ?? []).map((run) => ({
    id: run.id,
    jobNumber: run.jobNumber ?? undefined,
    commonStatus: run.commonStatus ?? "UNDECIDED",
    status: toStatus(run.compositeStatus),
    returnCode: run.returnCode ?? undefined,
    rerunType: run.rerunType ?? undefined,
    last: run.lastInRerunChain ?? false,
    confirmed: run.confirmed ?? false,
    workstation: run.actualWorkstation ?? undefined,
    time: toTime(run.timeInfo)
  }))
  const last = runs.findLast((run) => run.last) ?? runs.at(-1)
  return {
    id: job.id,
    persistentId: job.persistentId ?? undefined,
    key: job.key ?? undefined,
    name: job.name,
    folder: job.folder ?? undefined,
    workstation: job.workstation ?? undefined,
    workstationId: job.workstationId ?? undefined,
    jobStreamId: job.jobStreamId ?? undefined,
    jobStreamName: job.jobStreamName ?? undefined,
    jobStreamWorkstation: job.jobStreamWorkstation ?? undefined,
    commonStatus: job.lastRunCommonStatus ?? "UNDECIDED",
    status: toStatus(job.lastRunCompositeStatus),
    priority: job.priority ?? undefined,
    critical: job.jobOptions?.critical ?? false,
    monitored: job.jobDefinitionFlags?.monitored ?? false,
    noOperation: job.jobOptions?.noOperation ?? false,
    requiresConfirmation: job.jobOptions?.requiresConfirmation ?? false,
    late: job.jobStatusFlags?.jobLate ?? false,
    deadlinePassed: job.jobStatusFlags?.deadlineHasPassed ?? false,
    scheduledAt: toInstant(job.schedTime),
    timeZone: job.timeZone ?? undefined,
    time: { estimatedDuration: job.jobDefinition?.estimatedDuration ?? undefined, ...last?.time },
    restrictions: {
      deadline: toInstant(job.timeRestrictions?.deadlineTime),
      deadlineAction: job.timeRestrictions?.lateAction ?? undefined
    },
    definition: job.jobDefinition && {
      name: job.jobDefinition.name ?? undefined,
      logins: job.jobDefinition.userLogins ?? [],
      recoveryOption: job.jobDefinition.recoveryOption ?? undefined
    },
    runs,
    dependencyCounts: {
      total: job.dependenciesStats?.numberOfDependencies ?? 0,
      unresolved: job.dependenciesStats?.numberOfUnresolvedDependencies ?? 0
    },
    actions: (job.actions ?? []).flatMap(({ key }) => (key ? [key] : []))
  }
}
