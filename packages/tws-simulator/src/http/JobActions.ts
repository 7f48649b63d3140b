import { dependenciesOfJob, successorsOfJob } from "../plan/Dependency.ts"
import { isActive, isTerminal, isWaiting, Status, statusName } from "../plan/JobStatus.ts"
import { jobNode, jobsOfStream, type Plan } from "../plan/Plan.ts"
import { findJob } from "../plan/PlanId.ts"
import type { Order } from "../Simulator.ts"
import { type ApiError, apiError, badRequest, isApiError, notFound, wrongState } from "../wire/ApiError.ts"
import { readDependencies, readKeys } from "../wire/DependencyPayload.ts"
import { planJobKey } from "../wire/Naming.ts"
import { Conditions, DependenciesInfo, PlanPatch, RerunDetails, readPayload } from "../wire/Payload.ts"
import { integer } from "./Exchange.ts"
import { millisOf, type RowAction } from "./RowAction.ts"

const refuse = (plan: Plan, job: number, action: string): ApiError =>
  wrongState(
    `The action ${action} is not valid for the job "${planJobKey(plan, job)}" in the state ${statusName(plan.jobs.status.get(job))}.`
  )

/** An action without a body that only some states allow. */
const inState = (
  verb: string,
  tag: "HoldJob" | "ReleaseJob" | "CancelJob" | "CancelPendingJob",
  allowed: (status: number) => boolean
): RowAction => ({
  verb,
  orders: (plan, job) => (allowed(plan.jobs.status.get(job)) ? [{ _tag: tag, job }] : refuse(plan, job, verb))
})

const kill: RowAction = {
  verb: "kill",
  orders: (plan, job) =>
    isActive(plan.jobs.status.get(job))
      ? [{ _tag: "KillJob", job }]
      : apiError(
          400,
          "InvalidActionException",
          `AWSBHU085E The kill command cannot be applied to the job "${planJobKey(plan, job)}" in its state.`
        )
}

const confirm = (verb: string, success: boolean): RowAction => ({
  verb,
  body: true,
  orders: (plan, job, { body }) => {
    const conditions = readPayload(Conditions, body)
    if (isApiError(conditions)) return conditions
    const status = plan.jobs.status.get(job)
    return status === Status.EXEC || status === Status.PEND
      ? [{ _tag: "ConfirmJob", job, success }]
      : refuse(plan, job, verb)
  }
})

const isPriority = (priority: number): boolean => priority >= 0 && priority <= 101

const priorityOrders = (job: number, priority: number): ReadonlyArray<Order> | ApiError =>
  isPriority(priority)
    ? [{ _tag: "SetJobPriority", job, priority }]
    : badRequest(`The priority ${priority} is not between 0 and 101.`)

const updatePriority: RowAction = {
  verb: "update-priority",
  orders: (_, job, { exchange }) => {
    const priority = integer(exchange, "priority", -1)
    return isApiError(priority) ? priority : priorityOrders(job, priority)
  }
}

/** The scheduler reruns at most this many successors at a time. */
const maxSuccessors = 1000

/** The jobs that follow a job, level by level, up to a depth. */
const successors = (plan: Plan, job: number, depth: number): ReadonlyArray<number> => {
  const found = new Set<number>()
  let level = [job]
  for (let i = 0; i < depth && level.length > 0 && found.size <= maxSuccessors; i++) {
    const next: Array<number> = []
    for (const one of level) {
      const after = successorsOfJob(plan, one)
      for (const other of [...after.jobs, ...after.streams.flatMap((stream) => jobsOfStream(plan, stream))]) {
        if (other === job || found.has(other)) continue
        found.add(other)
        next.push(other)
      }
    }
    level = next
  }
  return [...found]
}

const rerunSuccessors = (
  plan: Plan,
  job: number,
  details: typeof RerunDetails.Type
): ReadonlyArray<number> | ApiError => {
  const info = details.successorsInfo ?? details.successorsInformation
  if (info === undefined) return []
  if (info.depth !== undefined && info.successorsIds !== undefined) {
    return badRequest("Only one of depth and successorsIds can be given.")
  }
  const rows: Array<number> = []
  for (const id of info.successorsIds ?? []) {
    const row = findJob(plan, id)
    if (row === undefined) return notFound("job", id)
    rows.push(row)
  }
  const all = info.depth === undefined ? rows : successors(plan, job, info.depth)
  return all.length > maxSuccessors
    ? badRequest(`The number of successors exceeds ${maxSuccessors}.`)
    : all.filter((one) => isTerminal(plan.jobs.status.get(one)))
}

export const rerun: RowAction = {
  verb: "rerun",
  body: true,
  orders: (plan, job, { body }) => {
    const details = readPayload(RerunDetails, body)
    if (isApiError(details)) return details
    if (!isTerminal(plan.jobs.status.get(job))) return refuse(plan, job, "rerun")
    const others = rerunSuccessors(plan, job, details)
    if (isApiError(others)) return others
    if (details.priority !== undefined && !isPriority(details.priority)) return badRequest("The priority is not valid.")
    const order = (row: number, type: "RERUN" | "RERUN_FROM" | "RERUN_STEP"): Order => ({
      _tag: "RerunJob",
      job: row,
      type,
      at: millisOf(details.startTime),
      priority: details.priority ?? 10
    })
    return [
      order(job, details.stepName === undefined ? "RERUN" : "RERUN_STEP"),
      ...others.map((row) => order(row, "RERUN_FROM"))
    ]
  }
}

const addDependencies: RowAction = {
  verb: "add-dependencies",
  body: true,
  orders: (plan, job, { body }) => {
    const info = readPayload(DependenciesInfo, body)
    if (isApiError(info)) return info
    if (!isWaiting(plan.jobs.status.get(job))) return refuse(plan, job, "add-dependencies")
    const dependencies = readDependencies(plan, info)
    return isApiError(dependencies) ? dependencies : [{ _tag: "AddDependencies", node: jobNode(job), dependencies }]
  }
}

/** Removing a dependency and releasing from it have the same effect on what the job waits for. */
const dropDependencies = (verb: string): RowAction => ({
  verb,
  body: true,
  orders: (plan, job, { body }) => {
    const info = readPayload(DependenciesInfo, body)
    if (isApiError(info)) return info
    const keys = readKeys(
      plan,
      info,
      dependenciesOfJob(plan, job),
      apiError(400, "InvalidDependencyException", "AWSBHU043E The job does not have this dependency.")
    )
    return isApiError(keys) ? keys : [{ _tag: "RemoveDependencies", node: jobNode(job), keys }]
  }
})

const releaseAll: RowAction = {
  verb: "release-all-dependencies",
  orders: (plan, job) =>
    isWaiting(plan.jobs.status.get(job))
      ? [{ _tag: "RemoveDependencies", node: jobNode(job), keys: "all" }]
      : refuse(plan, job, "release-all-dependencies")
}

/** What can be ordered for a job. */
export const jobActions: ReadonlyArray<RowAction> = [
  inState("hold", "HoldJob", isWaiting),
  inState("release", "ReleaseJob", isWaiting),
  inState("cancel", "CancelJob", isWaiting),
  inState("cancel-pending", "CancelPendingJob", isWaiting),
  kill,
  confirm("confirm-succ", true),
  confirm("confirm-abend", false),
  addDependencies,
  dropDependencies("remove-dependencies"),
  dropDependencies("release-dependencies"),
  releaseAll
]

/** The scheduler has these two in one form only. */
export const jobPriorityAction = updatePriority

export const jobPatch: RowAction = {
  verb: "patch",
  body: true,
  orders: (_, job, { body }) => {
    const patch = readPayload(PlanPatch, body)
    if (isApiError(patch)) return patch
    return patch.priority === undefined
      ? badRequest("Of a job only the priority can be changed.")
      : priorityOrders(job, patch.priority)
  }
}
