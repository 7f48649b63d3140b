import { dependenciesOfJob } from "./Dependency.ts"
import { hash, Subject } from "./Hash.ts"
import { isActive, Status } from "./JobStatus.ts"
import { jobsOfStream, type Plan } from "./Plan.ts"
import { isReachable } from "./WorkstationState.ts"

/** The workstation that a job runs on. */
export const workstationOf = (plan: Plan, job: number): number =>
  plan.streams.workstation.get(plan.jobs.stream.get(job))

/** Makes a job ready and launches what its workstation can take. */
export const makeReady = (plan: Plan, job: number): void => {
  plan.jobs.status.set(job, Status.READY)
  const workstation = workstationOf(plan, job)
  plan.ready[workstation]?.push(job, plan.jobs.priority.get(job))
  launch(plan, workstation)
}

/** Starts ready jobs in order of priority while the workstation's limit, its fence and the link allow it. */
export const launch = (plan: Plan, index: number): void => {
  const workstation = plan.workstations[index]
  const ready = plan.ready[index]
  if (workstation === undefined || ready === undefined || !isReachable(workstation)) return
  const limited: Array<number> = []
  while (workstation.running < workstation.limit) {
    const candidate = ready.pop()
    if (candidate === undefined) break
    const { job } = candidate
    const status = plan.jobs.status.get(job)
    if ((status !== Status.READY && status !== Status.FENCE) || plan.jobs.priority.get(job) !== candidate.priority) {
      continue
    }
    if (candidate.priority <= workstation.fence && workstation.fence > 0 && candidate.priority < 100) {
      plan.jobs.status.set(job, Status.FENCE)
      limited.push(job)
      continue
    }
    plan.jobs.status.set(job, Status.READY)
    if (isStreamFull(plan, plan.jobs.stream.get(job))) limited.push(job)
    else if (acquire(plan, job)) introduce(plan, job)
  }
  for (const job of limited) ready.push(job, plan.jobs.priority.get(job))
}

const isStreamFull = (plan: Plan, stream: number): boolean => {
  const limit = plan.streams.limit.get(stream)
  if (limit < 0) return false
  return jobsOfStream(plan, stream).filter((job) => isActive(plan.jobs.status.get(job))).length >= limit
}

/** Takes every resource that the job needs, or none and waits for the first one missing. */
const acquire = (plan: Plan, job: number): boolean => {
  const needed = dependenciesOfJob(plan, job).filter((one) => one.kind === "resource")
  for (const one of needed) {
    const resource = plan.resources[one.target]
    if (resource !== undefined && resource.inUse + one.quantity > resource.quantity) {
      if (!resource.waiters.includes(job)) resource.waiters.push(job)
      return false
    }
  }
  for (const one of needed) {
    const resource = plan.resources[one.target]
    if (resource === undefined) continue
    resource.inUse += one.quantity
    resource.holders.set(job, one.quantity)
  }
  return true
}

/** Gives back what an ended job held. */
export const releaseResources = (plan: Plan, job: number): void => {
  for (const one of dependenciesOfJob(plan, job)) {
    if (one.kind !== "resource") continue
    const resource = plan.resources[one.target]
    const held = resource?.holders.get(job)
    if (resource === undefined || held === undefined) continue
    resource.holders.delete(job)
    resource.inUse -= held
    wakeWaiters(plan, one.target)
  }
}

/** Gives the jobs that wait for a resource another chance. */
export const wakeWaiters = (plan: Plan, index: number): void => {
  const resource = plan.resources[index]
  if (resource === undefined) return
  const waiters = resource.waiters
  resource.waiters = []
  for (const job of waiters) {
    if (plan.jobs.status.get(job) !== Status.READY) continue
    const workstation = workstationOf(plan, job)
    plan.ready[workstation]?.push(job, plan.jobs.priority.get(job))
    launch(plan, workstation)
  }
}

/** Hands a job to its workstation, which takes a moment to start it. */
const introduce = (plan: Plan, job: number): void => {
  const { jobs } = plan
  const workstation = plan.workstations[workstationOf(plan, job)]
  if (workstation !== undefined) workstation.running++
  const run = jobs.run.get(job) + 1
  jobs.run.set(job, run)
  jobs.status.set(job, Status.INTRO)
  jobs.number.set(job, plan.nextJobNumber++)
  jobs.start.set(job, plan.now)
  jobs.end.set(job, 0)
  jobs.returnCode.set(job, 0)
  const wait = 500 + (hash(plan.blueprint.seed, Subject.launch, job, run) % 2000)
  plan.queue.push(plan.now + wait, { _tag: "JobBegins", job, run, epoch: plan.epoch })
}
