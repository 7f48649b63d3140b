import { Schema, type Types } from "effect"
import { CommonStatus } from "../model/CommonStatus.ts"
import { JobId, JobRunId, JobStreamId, WorkstationId } from "../model/Ids.ts"
import * as Model from "../model/Job.ts"
import { type JobRun, RerunType } from "../model/JobRun.ts"
import type { TimeInfo as ModelTimeInfo } from "../model/Times.ts"
import { commonStatusOf, JobCompositeStatus, toJobStatus } from "./CompositeStatus.ts"
import { DependenciesStats, DependencyInPlan, toDependency, toDependencyCounts } from "./DependencyInPlan.ts"
import {
  actionKeys,
  actions,
  field,
  flag,
  type Given,
  id,
  idOf,
  instant,
  instantOf,
  int,
  isGiven,
  span,
  spanOf,
  text,
  texts
} from "./Field.ts"
import { TimeInfo, TimeRestrictions, toTimeInfo, toTimeRestrictions } from "./Times.ts"

/** `JobRunInstanceV2` */
export const JobRunInstance = Schema.Struct({
  id: JobRunId,
  jobNumber: int,
  compositeStatus: field(JobCompositeStatus),
  commonStatus: field(CommonStatus),
  returnCode: int,
  rerunType: field(RerunType),
  lastInRerunChain: flag,
  confirmed: flag,
  actualWorkstation: text,
  step: text,
  timeInfo: field(TimeInfo)
})

/** `JobInPlanV2` */
export const JobInPlan = Schema.Struct({
  id: JobId,
  persistentId: text,
  planId: text,
  key: text,
  name: Schema.String,
  folder: text,
  workstation: text,
  workstationId: id,
  jobStreamId: id,
  jobStreamName: text,
  jobStreamWorkstation: text,
  lastRunCompositeStatus: field(JobCompositeStatus),
  lastRunCommonStatus: field(CommonStatus),
  jobDefinitionFlags: field(Schema.Struct({ monitored: flag })),
  jobStatusFlags: field(Schema.Struct({ jobLate: flag, deadlineHasPassed: flag })),
  jobOptions: field(Schema.Struct({ critical: flag, noOperation: flag, requiresConfirmation: flag })),
  jobDefinition: field(
    Schema.Struct({
      name: text,
      folder: text,
      workstation: text,
      description: text,
      userLogins: texts,
      recoveryOption: field(Model.RecoveryOption),
      estimatedDuration: span
    })
  ),
  priority: int,
  jobruns: field(Schema.Array(JobRunInstance)),
  schedTime: instant,
  timeZone: text,
  timeRestrictions: field(TimeRestrictions),
  repeatInterval: span,
  criticalStart: instant,
  dependencies: field(Schema.Array(DependencyInPlan)),
  dependenciesStats: field(DependenciesStats),
  actions
})

const isWorkstationId = Schema.is(WorkstationId)
const isJobStreamId = Schema.is(JobStreamId)

const toJobRun = (wire: typeof JobRunInstance.Type): JobRun => {
  const status = toJobStatus(wire.compositeStatus)
  const run: Types.Mutable<JobRun> = {
    id: wire.id,
    commonStatus: commonStatusOf(wire.commonStatus, status.internal),
    status,
    last: wire.lastInRerunChain ?? false,
    confirmed: wire.confirmed ?? false,
    time: toTimeInfo(wire.timeInfo)
  }
  if (isGiven(wire.jobNumber)) run.jobNumber = wire.jobNumber
  if (isGiven(wire.returnCode)) run.returnCode = wire.returnCode
  if (isGiven(wire.rerunType)) run.rerunType = wire.rerunType
  if (isGiven(wire.actualWorkstation)) run.workstation = wire.actualWorkstation
  if (isGiven(wire.step)) run.step = wire.step
  return run
}

const toDefinition = (wire: Given<(typeof JobInPlan.Type)["jobDefinition"]>): Model.JobDefinition => {
  const definition: Types.Mutable<Model.JobDefinition> = { logins: wire.userLogins ?? [] }
  if (isGiven(wire.name)) definition.name = wire.name
  if (isGiven(wire.folder)) definition.folder = wire.folder
  if (isGiven(wire.workstation)) definition.workstation = wire.workstation
  if (isGiven(wire.description)) definition.description = wire.description
  if (isGiven(wire.recoveryOption)) definition.recoveryOption = wire.recoveryOption
  return definition
}

/** The times of the run that counts, with what was planned for the job where the run does not say. */
const toTime = (wire: typeof JobInPlan.Type, runs: ReadonlyArray<JobRun>): ModelTimeInfo => {
  const last = runs.findLast((run) => run.last) ?? runs.at(-1)
  if (last?.time.estimatedDuration !== undefined) return last.time
  const estimatedDuration = spanOf(wire.jobDefinition?.estimatedDuration)
  return estimatedDuration === undefined ? (last?.time ?? {}) : { estimatedDuration, ...last?.time }
}

/** The job in the words of the model. In lists of thousands every field counts, hence no helper that walks over keys. */
export const toJob = (wire: typeof JobInPlan.Type): Model.Job => {
  const runs = (wire.jobruns ?? []).map(toJobRun)
  const status = toJobStatus(wire.lastRunCompositeStatus)
  const job: Types.Mutable<Model.Job> = {
    id: wire.id,
    name: wire.name,
    commonStatus: commonStatusOf(wire.lastRunCommonStatus, status.internal),
    status,
    critical: wire.jobOptions?.critical ?? false,
    noOperation: wire.jobOptions?.noOperation ?? false,
    requiresConfirmation: wire.jobOptions?.requiresConfirmation ?? false,
    monitored: wire.jobDefinitionFlags?.monitored ?? false,
    late: wire.jobStatusFlags?.jobLate ?? false,
    deadlinePassed: wire.jobStatusFlags?.deadlineHasPassed ?? false,
    time: toTime(wire, runs),
    restrictions: toTimeRestrictions(wire.timeRestrictions),
    runs,
    actions: actionKeys(wire.actions)
  }
  const workstationId = idOf(isWorkstationId, wire.workstationId)
  const jobStreamId = idOf(isJobStreamId, wire.jobStreamId)
  const scheduledAt = instantOf(wire.schedTime)
  const repeatInterval = spanOf(wire.repeatInterval)
  const criticalStart = instantOf(wire.criticalStart)
  const dependencyCounts = toDependencyCounts(wire.dependenciesStats)
  if (isGiven(wire.persistentId)) job.persistentId = wire.persistentId
  if (isGiven(wire.key)) job.key = wire.key
  if (isGiven(wire.folder)) job.folder = wire.folder
  if (isGiven(wire.workstation)) job.workstation = wire.workstation
  if (workstationId !== undefined) job.workstationId = workstationId
  if (jobStreamId !== undefined) job.jobStreamId = jobStreamId
  if (isGiven(wire.jobStreamName)) job.jobStreamName = wire.jobStreamName
  if (isGiven(wire.jobStreamWorkstation)) job.jobStreamWorkstation = wire.jobStreamWorkstation
  if (isGiven(wire.priority)) job.priority = wire.priority
  if (scheduledAt !== undefined) job.scheduledAt = scheduledAt
  if (isGiven(wire.timeZone)) job.timeZone = wire.timeZone
  if (repeatInterval !== undefined) job.repeatInterval = repeatInterval
  if (criticalStart !== undefined) job.criticalStart = criticalStart
  if (isGiven(wire.jobDefinition)) job.definition = toDefinition(wire.jobDefinition)
  if (dependencyCounts !== undefined) job.dependencyCounts = dependencyCounts
  if (isGiven(wire.dependencies)) job.dependencies = wire.dependencies.map(toDependency)
  return job
}
