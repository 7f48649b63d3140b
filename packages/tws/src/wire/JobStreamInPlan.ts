import { Schema } from "effect"
import { compact } from "../internal/compact.ts"
import { CommonStatus } from "../model/CommonStatus.ts"
import { JobStreamId, ModelObjectId, WorkstationId } from "../model/Ids.ts"
import type * as Model from "../model/JobStream.ts"
import { commonStatusOf, JobStreamCompositeStatus, toJobStreamStatus } from "./CompositeStatus.ts"
import { DependenciesStats, DependencyInPlan, toDependency, toDependencyCounts } from "./DependencyInPlan.ts"
import { actionKeys, actions, field, flag, id, idOf, instant, instantOf, int, text } from "./Field.ts"
import { TimeInfo, TimeRestrictions, toTimeInfo, toTimeRestrictions } from "./Times.ts"

/** `JobStreamStatsV2`; the spelling of `numberOfSuccessfullJob` is the vendor's. */
const JobStreamStats = Schema.Struct({
  numberOfJob: int,
  numberOfSuccessfullJob: int,
  numberOfExecutingJob: int,
  numberOfAbendedJob: int,
  numberOfFailedJob: int,
  numberOfUndecidedJob: int,
  numberOfNotRunningJob: int
})

/** `JobStreamInPlanV2` */
export const JobStreamInPlan = Schema.Struct({
  id: JobStreamId,
  persistentId: text,
  key: text,
  name: Schema.String,
  originalJobStreamName: text,
  folder: text,
  workstation: text,
  workstationId: id,
  jobStreamModelId: id,
  compositeStatus: field(JobStreamCompositeStatus),
  commonStatus: field(CommonStatus),
  priority: int,
  limit: int,
  jsStatusFlags: field(Schema.Struct({ lateJobStream: flag })),
  jsDefinitionFlags: field(Schema.Struct({ carriedForward: flag })),
  jsOptions: field(Schema.Struct({ monitored: flag })),
  schedTime: instant,
  timeZone: text,
  timeInfo: field(TimeInfo),
  timeRestrictions: field(TimeRestrictions),
  submitter: text,
  internalIdentifier: text,
  jobStreamStats: field(JobStreamStats),
  dependencies: field(Schema.Array(DependencyInPlan)),
  dependenciesStats: field(DependenciesStats),
  actions
})

const isWorkstationId = Schema.is(WorkstationId)
const isModelObjectId = Schema.is(ModelObjectId)

const toCounts = (wire: typeof JobStreamStats.Type | null | undefined): Model.JobStreamCounts | undefined =>
  wire === null || wire === undefined
    ? undefined
    : {
        total: wire.numberOfJob ?? 0,
        successful: wire.numberOfSuccessfullJob ?? 0,
        executing: wire.numberOfExecutingJob ?? 0,
        abended: wire.numberOfAbendedJob ?? 0,
        failed: wire.numberOfFailedJob ?? 0,
        undecided: wire.numberOfUndecidedJob ?? 0,
        notRunning: wire.numberOfNotRunningJob ?? 0
      }

/** The job stream in the words of the model. */
export const toJobStream = (wire: typeof JobStreamInPlan.Type): Model.JobStream => {
  const status = toJobStreamStatus(wire.compositeStatus)
  return {
    id: wire.id,
    name: wire.name,
    commonStatus: commonStatusOf(wire.commonStatus, status.internal),
    status,
    late: wire.jsStatusFlags?.lateJobStream ?? false,
    carriedForward: wire.jsDefinitionFlags?.carriedForward ?? false,
    monitored: wire.jsOptions?.monitored ?? false,
    time: toTimeInfo(wire.timeInfo),
    restrictions: toTimeRestrictions(wire.timeRestrictions),
    actions: actionKeys(wire.actions),
    ...compact({
      persistentId: wire.persistentId,
      key: wire.key,
      originalName: wire.originalJobStreamName,
      folder: wire.folder,
      workstation: wire.workstation,
      workstationId: idOf(isWorkstationId, wire.workstationId),
      modelId: idOf(isModelObjectId, wire.jobStreamModelId),
      priority: wire.priority,
      limit: wire.limit,
      scheduledAt: instantOf(wire.schedTime),
      timeZone: wire.timeZone,
      submitter: wire.submitter,
      counts: toCounts(wire.jobStreamStats),
      dependencyCounts: toDependencyCounts(wire.dependenciesStats),
      dependencies: wire.dependencies?.map(toDependency)
    })
  }
}
