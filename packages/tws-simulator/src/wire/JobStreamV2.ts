import { dependenciesOfStream } from "../plan/Dependency.ts"
import { isActive, isTerminal, isWaiting, Status } from "../plan/JobStatus.ts"
import { jobsOfStream, type Plan, StreamFlag, streamNode } from "../plan/Plan.ts"
import { modelId, planId, streamId } from "../plan/PlanId.ts"
import { estimateOf } from "../plan/RunOutcome.ts"
import { isCarriedForward, streamName } from "../plan/StreamDefinition.ts"
import { IdKind } from "../plan/Uuid.ts"
import { dependenciesStats, streamDependencyViews } from "./DependencyV2.ts"
import { isoDuration, isoInstant } from "./Instant.ts"
import { internalStreamId } from "./InternalStreamId.ts"
import { streamCommonStatus, streamCompositeStatus } from "./JobStreamStatusV2.ts"
import { folderIdOf, planStreamFolder, planStreamKey, planStreamName, planStreamWorkstation } from "./Naming.ts"

const jobStreamStats = (plan: Plan, jobs: ReadonlyArray<number>) => {
  const count = (test: (status: number) => boolean): number =>
    jobs.filter((job) => test(plan.jobs.status.get(job))).length
  return {
    numberOfJob: jobs.length,
    numberOfCurrentNodes: jobs.length,
    numberOfSuccessfullJob: count((status) => status === Status.SUCC),
    numberOfDeltaJob: 0,
    numberOfDeltaSuccJob: 0,
    numberOfNotRunningJob: count(isWaiting),
    numberOfExecutingJob: count(isActive),
    numberOfAbendedJob: count((status) => status === Status.ABEND),
    numberOfFailedJob: count((status) => status === Status.FAIL),
    numberOfUndecidedJob: 0
  }
}

const timeInfo = (plan: Plan, jobs: ReadonlyArray<number>) => {
  const starts = jobs.map((job) => plan.jobs.start.get(job)).filter((start) => start > 0)
  const start = starts.length === 0 ? 0 : Math.min(...starts)
  const ended = jobs.length > 0 && jobs.every((job) => isTerminal(plan.jobs.status.get(job)))
  const end = ended ? Math.max(...jobs.map((job) => plan.jobs.end.get(job))) : 0
  return {
    estimatedDuration: isoDuration(jobs.reduce((sum, job) => sum + estimateOf(plan, job), 0)),
    ...(start === 0
      ? {}
      : { actualStartTime: isoInstant(start), elapsedTime: isoDuration((end === 0 ? plan.now : end) - start) }),
    ...(end === 0 ? {} : { actualEndTime: isoInstant(end) })
  }
}

/** What the signed-in user may do with a stream in its state. */
const streamActions = (ended: boolean): ReadonlyArray<{ readonly key: string }> =>
  (ended
    ? ["VIEW_JOBSTREAM"]
    : ["HOLD_JOBSTREAM", "RELEASE_JOBSTREAM", "CANCEL_JOBSTREAM", "CANCEL_PENDING_JOBSTREAM", "RELEASE_DEPENDENCIES"]
  ).map((key) => ({ key }))

/** A job stream in the form of V2. */
export const jobStreamView = (plan: Plan, stream: number, scope: { readonly dependencies: boolean }) => {
  const { streams } = plan
  const definition = streams.definition.get(stream)
  const flags = streams.flags.get(stream)
  const jobs = jobsOfStream(plan, stream)
  const folder = planStreamFolder(plan, stream)
  const workstationId = modelId(plan, IdKind.workstation, streams.workstation.get(stream))
  const id = streamId(plan, stream)
  const alias = plan.aliases.get(stream)
  return {
    flowNodeType: "JOBSTREAM",
    engineId: modelId(plan, IdKind.engine, 0),
    id,
    persistentId: plan.carriedFrom.get(streamNode(stream)) ?? id,
    planId: planId(plan),
    folderId: folderIdOf(plan, folder),
    folder,
    name: planStreamName(plan, stream),
    originalJobStreamName: definition < 0 ? "JOBS" : streamName(plan.blueprint, definition),
    ...(alias === undefined ? {} : { aliasJobStreamName: alias }),
    workstationId,
    workstation: planStreamWorkstation(plan, stream),
    ...(definition < 0 ? {} : { jobStreamModelId: modelId(plan, IdKind.streamDefinition, definition) }),
    key: planStreamKey(plan, stream),
    schedTime: isoInstant(streams.sched.get(stream)),
    timeZone: plan.workstations[streams.workstation.get(stream)]?.definition.timeZone ?? "UTC",
    jsDefinitionFlags: {
      aliased: alias !== undefined,
      carriedForward: (flags & StreamFlag.carried) !== 0,
      isService: false,
      service: false
    },
    jsStatusFlags: {
      released: (flags & StreamFlag.released) !== 0,
      lateJobStream: false,
      pendingPredecessor: false,
      hasEveryJobs: false,
      inOrder: false,
      dontTouch: false
    },
    jsOptions: { monitored: false, carryForward: definition >= 0 && isCarriedForward(definition) },
    compositeStatus: streamCompositeStatus(plan, stream),
    commonStatus: streamCommonStatus(plan, stream),
    priority: streams.priority.get(stream),
    origPriority: 10,
    timeInfo: timeInfo(plan, jobs),
    scheduledDate: isoInstant(streams.sched.get(stream)),
    jobStreamStats: jobStreamStats(plan, jobs),
    ...(scope.dependencies ? { dependencies: streamDependencyViews(plan, stream) } : {}),
    dependenciesStats: dependenciesStats(plan, dependenciesOfStream(plan, stream)),
    timeRestrictions: {
      startTime: isoInstant(streams.sched.get(stream)),
      startTimeSatisfied: (flags & StreamFlag.due) !== 0,
      timeDependent: true
    },
    limit: streams.limit.get(stream),
    internalIdentifier: internalStreamId(plan, stream),
    actions: streamActions((flags & (StreamFlag.done | StreamFlag.canceled)) !== 0),
    archived: false
  }
}
