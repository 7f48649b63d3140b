import { dependenciesOfJob, dependenciesOfStream, isSatisfied } from "../plan/Dependency.ts"
import { type CommonStatus, commonStatus, JobFlag, type JobStatus, Status, statusName } from "../plan/JobStatus.ts"
import { workstationOf } from "../plan/Launch.ts"
import { type Plan, StreamFlag } from "../plan/Plan.ts"
import { isReachable } from "../plan/WorkstationState.ts"

export type JobSubstatus =
  | "HOLD_WAITING_FOR_PREDECESSOR"
  | "HOLD_WAITING_FOR_TIME"
  | "HOLD_WAITING_FOR_PROMPT"
  | "HOLD_WAITING_FOR_FILE"
  | "HOLD_PRIORITY_ZERO"
  | "READY_WAITING_FOR_RESOURCES"
  | "READY_WAITING_FOR_LIMIT"
  | "READY_WAITING_FOR_AGENT"
  | "READY_SUBMITTED"
  | "SUCC_COMPLETED"

/** A job in the form of V2's composite status. */
export interface JobCompositeStatus {
  readonly status: JobStatus
  readonly substatus?: JobSubstatus
  readonly error: boolean
  readonly started: boolean
  readonly canceled: boolean
  readonly cancelPending: boolean
  readonly dontRun: boolean
}

const whyHeld = (plan: Plan, job: number): JobSubstatus => {
  if (plan.jobs.priority.get(job) === 0) return "HOLD_PRIORITY_ZERO"
  const stream = plan.jobs.stream.get(job)
  const flags = plan.streams.flags.get(stream)
  if ((flags & StreamFlag.due) === 0) return "HOLD_WAITING_FOR_TIME"
  if ((flags & StreamFlag.released) === 0) {
    if (plan.streams.priority.get(stream) === 0) return "HOLD_PRIORITY_ZERO"
    const open = dependenciesOfStream(plan, stream).find((one) => !isSatisfied(plan, one))
    if (open?.kind === "prompt") return "HOLD_WAITING_FOR_PROMPT"
    if (open?.kind === "file") return "HOLD_WAITING_FOR_FILE"
    return "HOLD_WAITING_FOR_PREDECESSOR"
  }
  if ((plan.notBefore.get(job) ?? 0) > plan.now) return "HOLD_WAITING_FOR_TIME"
  const open = dependenciesOfJob(plan, job).find((one) => !isSatisfied(plan, one))
  if (open?.kind === "prompt") return "HOLD_WAITING_FOR_PROMPT"
  if (open?.kind === "file") return "HOLD_WAITING_FOR_FILE"
  return "HOLD_WAITING_FOR_PREDECESSOR"
}

const whyReady = (plan: Plan, job: number): JobSubstatus => {
  const workstation = plan.workstations[workstationOf(plan, job)]
  if (workstation === undefined || !isReachable(workstation)) return "READY_WAITING_FOR_AGENT"
  if (plan.resources.some((resource) => resource.waiters.includes(job))) return "READY_WAITING_FOR_RESOURCES"
  return "READY_WAITING_FOR_LIMIT"
}

/** Why a job that has not ended is where it is. */
export const substatusOf = (plan: Plan, job: number): JobSubstatus | undefined => {
  switch (plan.jobs.status.get(job)) {
    case Status.HOLD:
      return whyHeld(plan, job)
    case Status.READY:
    case Status.FENCE:
      return whyReady(plan, job)
    case Status.INTRO:
      return "READY_SUBMITTED"
    case Status.SUCC:
      return "SUCC_COMPLETED"
    default:
      return undefined
  }
}

export const jobCommonStatus = (plan: Plan, job: number): CommonStatus =>
  commonStatus(plan.jobs.status.get(job), plan.jobs.priority.get(job) === 0)

export const compositeStatus = (code: number, flags: number, substatus?: JobSubstatus): JobCompositeStatus => ({
  status: statusName(code),
  ...(substatus === undefined ? {} : { substatus }),
  error: code === Status.ABEND || code === Status.FAIL,
  started: code >= Status.INTRO && code !== Status.CANCL && code !== Status.SUPPR,
  canceled: code === Status.CANCL,
  cancelPending: (flags & JobFlag.cancelPending) !== 0,
  dontRun: false
})

export const jobCompositeStatus = (plan: Plan, job: number): JobCompositeStatus =>
  compositeStatus(plan.jobs.status.get(job), plan.jobs.flags.get(job), substatusOf(plan, job))
