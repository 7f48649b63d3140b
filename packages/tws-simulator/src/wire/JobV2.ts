import { hour, minute } from "../plan/Blueprint.ts"
import { dependenciesOfJob } from "../plan/Dependency.ts"
import { hash, Subject } from "../plan/Hash.ts"
import { isCritical, isRepeated, jobDefinition, needsConfirmation, repeatEvery } from "../plan/JobDefinition.ts"
import { commonStatus, isActive, isTerminal, isWaiting, JobFlag, Status } from "../plan/JobStatus.ts"
import { workstationOf } from "../plan/Launch.ts"
import { jobNode, type Plan, positionOf } from "../plan/Plan.ts"
import { jobId, modelId, planId, runId, streamId } from "../plan/PlanId.ts"
import { estimateOf, maxDurationMillis, recoveryOptionOf } from "../plan/RunOutcome.ts"
import { IdKind } from "../plan/Uuid.ts"
import { dependenciesStats, jobDependencyViews } from "./DependencyV2.ts"
import { isoDuration, isoInstant } from "./Instant.ts"
import { compositeStatus, jobCommonStatus, jobCompositeStatus } from "./JobStatusV2.ts"
import {
  folderIdOf,
  planJobKey,
  planJobName,
  planJobWorkstation,
  planStreamFolder,
  planStreamName,
  planStreamWorkstation
} from "./Naming.ts"

/** How much of a job an answer holds. */
export interface JobScope {
  readonly dependencies: boolean
  readonly definition: boolean
}

/** The instant by which a critical job has to be done, or `undefined`. */
export const deadlineOf = (plan: Plan, job: number): number | undefined => {
  const stream = plan.jobs.stream.get(job)
  const definition = plan.streams.definition.get(stream)
  if (plan.adHoc.has(job) || definition < 0 || !isCritical(plan.blueprint, definition, positionOf(plan, job)))
    return undefined
  return (
    plan.streams.sched.get(stream) + 90 * minute + (hash(plan.blueprint.seed, Subject.start, definition, 2) % 4) * hour
  )
}

/** The plan's copy of the job's definition. */
export const definitionInPlan = (plan: Plan, job: number) => {
  const adHoc = plan.adHoc.get(job)
  const estimatedDuration = isoDuration(estimateOf(plan, job))
  const workstation = planJobWorkstation(plan, job)
  if (adHoc !== undefined) {
    return {
      name: adHoc.name,
      workstation,
      task: adHoc.task,
      isCommand: adHoc.command,
      command: adHoc.command,
      userLogins: [adHoc.user],
      estimatedDuration,
      recoveryOption: "STOP"
    }
  }
  const definition = jobDefinition(plan.blueprint, plan.jobs.definition.get(job))
  const folder = planStreamFolder(plan, plan.jobs.stream.get(job))
  const recovery = recoveryOptionOf(plan, job)
  return {
    id: modelId(plan, IdKind.jobDefinition, definition.index),
    jobDefinitionModelId: modelId(plan, IdKind.jobDefinition, definition.index),
    folderId: folderIdOf(plan, folder),
    folder,
    name: definition.name,
    workstationId: modelId(plan, IdKind.workstation, definition.workstation),
    workstation,
    description: `Step ${(definition.position + 1) * 10}`,
    task: taskOf(definition.script, definition.user, definition.windows, false),
    isCommand: false,
    command: false,
    estimatedDuration,
    planId: planId(plan),
    userLogins: [definition.user],
    recoveryOption: recovery,
    ...(recovery === "RERUN"
      ? { recoveryRepeatInterval: "PT1M", recoveryRepeatOccurrences: 2, recoveryRepeatAffinity: false }
      : {}),
    ...(recovery.endsWith("PROMPT") ? { abendPromptText: "Job ended in error. Continue?" } : {})
  }
}

/** A task as it is read back: the name of the kind is in lower case, whatever it was written in. */
export const taskOf = (script: string, user: string, windows: boolean, isCommand: boolean) => ({
  [windows ? "windows" : "unix"]: { taskString: script, isCommand: String(isCommand), userName: user }
})

interface RunRow {
  readonly run: number
  readonly number: number
  readonly status: number
  readonly start: number
  readonly end: number
  readonly returnCode: number
  readonly flags: number
  readonly type: string
}

/** All runs of a job, the first one first. A job that never ran has one run that waits. */
export const runsOf = (plan: Plan, job: number): ReadonlyArray<RunRow> => {
  const { jobs } = plan
  const past = plan.pastRuns.get(job) ?? []
  const waiting = isWaiting(jobs.status.get(job)) && past.length > 0
  const last = Math.max(1, jobs.run.get(job) + (waiting ? 1 : 0))
  return [
    ...past.map((run, index) => ({ ...run, run: last - past.length + index })),
    {
      run: last,
      number: waiting ? 0 : jobs.number.get(job),
      status: jobs.status.get(job),
      start: jobs.start.get(job),
      end: jobs.end.get(job),
      returnCode: jobs.returnCode.get(job),
      flags: jobs.flags.get(job),
      type: plan.runTypes.get(job) ?? "REGULAR"
    }
  ]
}

const timeInfo = (plan: Plan, job: number, run: RunRow) => ({
  estimatedDuration: isoDuration(estimateOf(plan, job)),
  ...(run.start === 0
    ? {}
    : {
        actualStartTime: isoInstant(run.start),
        elapsedTime: isoDuration((run.end === 0 ? plan.now : run.end) - run.start)
      }),
  ...(run.end === 0 || (!isTerminal(run.status) && run.status !== Status.PEND)
    ? {}
    : { actualEndTime: isoInstant(run.end) })
})

const runView = (plan: Plan, job: number, run: RunRow, isLast: boolean) => ({
  id: runId(plan, job, run.run),
  name: planJobName(plan, job),
  jobId: jobId(plan, job),
  jobKey: planJobKey(plan, job),
  actualWorkstation: planJobWorkstation(plan, job),
  jobNumber: run.number,
  compositeStatus: isLast ? jobCompositeStatus(plan, job) : compositeStatus(run.status, run.flags),
  commonStatus: isLast ? jobCommonStatus(plan, job) : commonStatus(run.status, false),
  returnCode: run.returnCode,
  rerunJob: run.type !== "REGULAR",
  confirmed: (run.flags & JobFlag.confirmed) !== 0,
  released: (run.flags & JobFlag.released) !== 0,
  rerunType: run.type,
  timeInfo: timeInfo(plan, job, run),
  lastInRerunChain: isLast,
  minDurationNotReached: false,
  maxDurationGone: (run.flags & JobFlag.maxDuration) !== 0,
  runAttempt: run.run
})

const restrictions = (plan: Plan, job: number) => {
  const deadline = deadlineOf(plan, job)
  const maxDuration = maxDurationMillis(plan, job)
  const at = plan.notBefore.get(job)
  if (deadline === undefined && maxDuration === Number.POSITIVE_INFINITY && at === undefined) return undefined
  return {
    ...(at === undefined ? {} : { startTime: isoInstant(at), startTimeSatisfied: at <= plan.now }),
    ...(deadline === undefined
      ? {}
      : {
          deadlineTime: isoInstant(deadline),
          lateAction: "continue",
          deadlineSatisfied: isTerminal(plan.jobs.status.get(job)) || deadline > plan.now
        }),
    ...(maxDuration === Number.POSITIVE_INFINITY
      ? {}
      : { maxDuration: isoDuration(maxDuration), maxDurationAction: "kill" }),
    timeDependent: at !== undefined
  }
}

/** What the signed-in user may do with a job in its state. */
export const jobActions = (status: number): ReadonlyArray<{ readonly key: string }> => {
  const keys = isTerminal(status)
    ? ["RERUN_JOB", "RERUN_WITH_SUCCESSORS", "CONFIRM_SUCC", "CONFIRM_ABEND"]
    : isActive(status)
      ? ["KILL_JOB", "CONFIRM_SUCC", "CONFIRM_ABEND"]
      : status === Status.PEND
        ? ["CONFIRM_SUCC", "CONFIRM_ABEND"]
        : ["HOLD_JOB", "RELEASE_JOB", "CANCEL_JOB", "CANCEL_PENDING_JOB", "UPDATE_PRIORITY", "RELEASE_DEPENDENCIES"]
  return [...keys, "VIEW_JOBLOG"].map((key) => ({ key }))
}

/** A job in the form of V2. */
export const jobView = (plan: Plan, job: number, scope: JobScope) => {
  const { jobs, streams } = plan
  const stream = jobs.stream.get(job)
  const definition = streams.definition.get(stream)
  const planned = !plan.adHoc.has(job) && definition >= 0
  const position = positionOf(plan, job)
  const status = jobs.status.get(job)
  const folder = planStreamFolder(plan, stream)
  const runs = runsOf(plan, job)
  const deadline = deadlineOf(plan, job)
  const timeRestrictions = restrictions(plan, job)
  const every = planned && isRepeated(definition, position)
  const overdue = deadline !== undefined && plan.now > deadline && !isTerminal(status)
  const id = jobId(plan, job)
  return {
    flowNodeType: "JOB",
    engineId: modelId(plan, IdKind.engine, 0),
    id,
    persistentId: plan.carriedFrom.get(jobNode(job)) ?? id,
    planId: planId(plan),
    folderId: folderIdOf(plan, folder),
    folder,
    name: planJobName(plan, job),
    workstationId: modelId(plan, IdKind.workstation, workstationOf(plan, job)),
    workstation: planJobWorkstation(plan, job),
    jobStreamId: streamId(plan, stream),
    jobStreamName: planStreamName(plan, stream),
    jobStreamWorkstationId: modelId(plan, IdKind.workstation, streams.workstation.get(stream)),
    jobStreamWorkstation: planStreamWorkstation(plan, stream),
    position: position + 1,
    key: planJobKey(plan, job),
    jobDefinitionFlags: { monitored: deadline !== undefined, aliased: false, interactive: false },
    jobStatusFlags: {
      jobStreamCancelled: false,
      jobLate: overdue,
      userRerunAgain: (jobs.flags.get(job) & JobFlag.rerun) !== 0,
      untilGone: false,
      deadlineHasPassed: overdue
    },
    jobOptions: {
      noOperation: false,
      critical: deadline !== undefined,
      requiresConfirmation: planned && needsConfirmation(plan.blueprint, definition, position),
      every
    },
    lastRunCompositeStatus: jobCompositeStatus(plan, job),
    lastRunCommonStatus: jobCommonStatus(plan, job),
    ...(planned ? { jobDefinitionRefId: modelId(plan, IdKind.jobDefinition, jobs.definition.get(job)) } : {}),
    ...(scope.definition ? { jobDefinition: definitionInPlan(plan, job) } : {}),
    priority: jobs.priority.get(job),
    origPriority: jobs.origPriority.get(job),
    jobruns: runs.map((run, index) => runView(plan, job, run, index === runs.length - 1)),
    schedTime: isoInstant(streams.sched.get(stream)),
    timeZone: plan.workstations[workstationOf(plan, job)]?.definition.timeZone ?? "UTC",
    ...(timeRestrictions === undefined ? {} : { timeRestrictions }),
    ...(scope.dependencies ? { dependencies: jobDependencyViews(plan, job) } : {}),
    dependenciesStats: dependenciesStats(plan, dependenciesOfJob(plan, job)),
    ...(every ? { repeatInterval: isoDuration(repeatEvery) } : {}),
    actions: jobActions(status),
    archived: false
  }
}
