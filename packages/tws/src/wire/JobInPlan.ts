import { Schema } from "effect"
import { compact } from "../internal/compact.ts"
import { CommonStatus } from "../model/CommonStatus.ts"
import { JobId, JobRunId, JobStreamId, WorkstationId } from "../model/Ids.ts"
import * as Model from "../model/Job.ts"
import { type JobRun, RerunType } from "../model/JobRun.ts"
import { commonStatusOf, JobCompositeStatus, toJobStatus } from "./CompositeStatus.ts"
import { DependenciesStats, DependencyInPlan, toDependency, toDependencyCounts } from "./DependencyInPlan.ts"
import { actionKeys, actions, field, flag, instant, int, lenient, span, text, texts } from "./Field.ts"
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
  workstationId: lenient(WorkstationId),
  jobStreamId: lenient(JobStreamId),
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

const toJobRun = (wire: typeof JobRunInstance.Type): JobRun => {
  const status = toJobStatus(wire.compositeStatus)
  return {
    id: wire.id,
    commonStatus: commonStatusOf(wire.commonStatus, status.internal),
    status,
    last: wire.lastInRerunChain ?? false,
    confirmed: wire.confirmed ?? false,
    time: toTimeInfo(wire.timeInfo),
    ...compact({
      jobNumber: wire.jobNumber,
      returnCode: wire.returnCode,
      rerunType: wire.rerunType,
      workstation: wire.actualWorkstation,
      step: wire.step
    })
  }
}

/** The job in the words of the model. */
export const toJob = (wire: typeof JobInPlan.Type): Model.Job => {
  const runs = (wire.jobruns ?? []).map(toJobRun)
  const status = toJobStatus(wire.lastRunCompositeStatus)
  const definition = wire.jobDefinition
  const last = runs.findLast((run) => run.last) ?? runs.at(-1)
  return {
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
    time: { ...compact({ estimatedDuration: definition?.estimatedDuration }), ...last?.time },
    restrictions: toTimeRestrictions(wire.timeRestrictions),
    runs,
    actions: actionKeys(wire.actions),
    ...compact({
      persistentId: wire.persistentId,
      key: wire.key,
      folder: wire.folder,
      workstation: wire.workstation,
      workstationId: wire.workstationId,
      jobStreamId: wire.jobStreamId,
      jobStreamName: wire.jobStreamName,
      jobStreamWorkstation: wire.jobStreamWorkstation,
      priority: wire.priority,
      scheduledAt: wire.schedTime,
      timeZone: wire.timeZone,
      repeatInterval: wire.repeatInterval,
      criticalStart: wire.criticalStart,
      definition:
        definition === null || definition === undefined
          ? undefined
          : {
              logins: definition.userLogins ?? [],
              ...compact({
                name: definition.name,
                folder: definition.folder,
                workstation: definition.workstation,
                description: definition.description,
                recoveryOption: definition.recoveryOption
              })
            },
      dependencyCounts: toDependencyCounts(wire.dependenciesStats),
      dependencies: wire.dependencies?.map(toDependency)
    })
  }
}
