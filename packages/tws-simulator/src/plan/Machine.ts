import { minute } from "./Blueprint.ts"
import {
  dependenciesOfJob,
  dependenciesOfStream,
  isSatisfied,
  successorsOfJob,
  successorsOfStream
} from "./Dependency.ts"
import { hash, Subject } from "./Hash.ts"
import { needsConfirmation, switchPlanJob } from "./JobDefinition.ts"
import { isActive, isTerminal, isWaiting, JobFlag, Status } from "./JobStatus.ts"
import { launch, makeReady, releaseResources, workstationOf } from "./Launch.ts"
import { isPlanned, jobsOfStream, type Plan, positionOf, StreamFlag } from "./Plan.ts"
import { ask, recover, repeat } from "./Recovery.ts"
import { isSuccess, runOutcome } from "./RunOutcome.ts"

const has = (flags: number, flag: number): boolean => (flags & flag) !== 0

const setFlag = (plan: Plan, job: number, flag: number): void =>
  plan.jobs.flags.set(job, plan.jobs.flags.get(job) | flag)

/** Looks whether a stream may start now, and lets its jobs go if so. */
export const evaluateStream = (plan: Plan, stream: number): void => {
  const { streams } = plan
  const flags = streams.flags.get(stream)
  if (has(flags, StreamFlag.released) || has(flags, StreamFlag.canceled) || !has(flags, StreamFlag.due)) return
  const dependencies = dependenciesOfStream(plan, stream)
  if (!dependencies.every((one) => one.kind === "prompt" || isSatisfied(plan, one))) return
  if (has(flags, StreamFlag.cancelPending)) {
    cancelStream(plan, stream)
    return
  }
  if (streams.priority.get(stream) === 0) return
  let open = false
  for (const one of dependencies) {
    const prompt = one.kind === "prompt" ? plan.prompts[one.target] : undefined
    if (prompt === undefined || prompt.status === "ANSWERED_YES") continue
    open = true
    if (prompt.status === "NOT_ASKED") ask(plan, one.target, prompt)
  }
  if (open) return
  streams.flags.set(stream, flags | StreamFlag.released)
  for (const job of jobsOfStream(plan, stream)) evaluateJob(plan, job)
  completeStream(plan, stream)
}

/** Looks whether a waiting job may become ready, and launches what its workstation can take. */
export const evaluateJob = (plan: Plan, job: number): void => {
  const { jobs, streams } = plan
  if (jobs.status.get(job) !== Status.HOLD) return
  if (!has(streams.flags.get(jobs.stream.get(job)), StreamFlag.released)) return
  if (jobs.priority.get(job) === 0 || (plan.notBefore.get(job) ?? 0) > plan.now) return
  if (!dependenciesOfJob(plan, job).every((one) => isSatisfied(plan, one))) return
  if (has(jobs.flags.get(job), JobFlag.cancelPending)) {
    cancelJob(plan, job)
    return
  }
  makeReady(plan, job)
}

/** The job's process starts, or cannot be started. */
export const beginJob = (plan: Plan, job: number, run: number): void => {
  const { jobs } = plan
  if (jobs.status.get(job) !== Status.INTRO || jobs.run.get(job) !== run) return
  const outcome = runOutcome(plan, job, run)
  if (outcome.status === Status.FAIL) {
    finishRun(plan, job, Status.FAIL, outcome.returnCode)
    return
  }
  jobs.status.set(job, Status.EXEC)
  jobs.start.set(job, plan.now)
  if (outcome.exceedsMaxDuration) setFlag(plan, job, JobFlag.maxDuration)
  plan.queue.push(plan.now + outcome.millis, { _tag: "JobEnds", job, run, epoch: plan.epoch })
}

/** The job's process ends. While the link is down the master does not hear of it. */
export const endJob = (plan: Plan, job: number, run: number): void => {
  const { jobs } = plan
  if (jobs.status.get(job) !== Status.EXEC || jobs.run.get(job) !== run) return
  const workstation = plan.workstations[workstationOf(plan, job)]
  if (jobs.end.get(job) === 0) jobs.end.set(job, plan.now)
  if (workstation !== undefined && !workstation.linked) {
    workstation.unreported.push({ job, run })
    return
  }
  const outcome = runOutcome(plan, job, run)
  const definition = plan.streams.definition.get(jobs.stream.get(job))
  const confirms =
    isSuccess(outcome.status) &&
    !plan.adHoc.has(job) &&
    needsConfirmation(plan.blueprint, definition, positionOf(plan, job))
  if (!confirms) {
    finishRun(plan, job, outcome.status, outcome.returnCode)
    return
  }
  freeSlot(plan, job)
  jobs.returnCode.set(job, outcome.returnCode)
  jobs.status.set(job, Status.PEND)
  const chance = hash(plan.blueprint.seed, Subject.confirm, job, plan.epoch)
  if (chance % 10 < 6) {
    plan.queue.push(plan.now + (10 + ((chance >>> 8) % 40)) * minute, {
      _tag: "OperatorConfirms",
      job,
      run,
      epoch: plan.epoch
    })
  }
  launch(plan, workstationOf(plan, job))
}

const freeSlot = (plan: Plan, job: number): void => {
  const workstation = plan.workstations[workstationOf(plan, job)]
  if (workstation !== undefined) workstation.running--
  releaseResources(plan, job)
}

/** Ends the running run with this status and does what follows from it. */
export const finishRun = (plan: Plan, job: number, status: number, returnCode: number): void => {
  const { jobs } = plan
  const was = jobs.status.get(job)
  jobs.status.set(job, status)
  jobs.returnCode.set(job, returnCode)
  if (jobs.end.get(job) === 0) jobs.end.set(job, plan.now)
  plan.completed++
  if (isSuccess(status)) plan.succeeded++
  if (isActive(was)) freeSlot(plan, job)
  if (isSuccess(status)) repeat(plan, job)
  else recover(plan, job)
  settle(plan, job)
  launch(plan, workstationOf(plan, job))
}

export const cancelJob = (plan: Plan, job: number): void => {
  if (!isWaiting(plan.jobs.status.get(job))) return
  plan.jobs.status.set(job, Status.CANCL)
  settle(plan, job)
}

export const cancelStream = (plan: Plan, stream: number): void => {
  const flags = plan.streams.flags.get(stream)
  plan.streams.flags.set(stream, flags | StreamFlag.canceled)
  for (const job of jobsOfStream(plan, stream)) {
    if (isWaiting(plan.jobs.status.get(job))) plan.jobs.status.set(job, Status.CANCL)
  }
  for (const job of jobsOfStream(plan, stream)) wake(plan, successorsOfJob(plan, job))
  completeStream(plan, stream)
  wake(plan, successorsOfStream(plan, stream))
}

/** Tells everything that waits for this job, and closes its stream when it was the last one. */
export const settle = (plan: Plan, job: number): void => {
  const stream = plan.jobs.stream.get(job)
  if (isTerminal(plan.jobs.status.get(job))) wake(plan, successorsOfJob(plan, job))
  completeStream(plan, stream)
  const planned = isPlanned(plan, stream) && stream === 0
  if (planned && positionOf(plan, job) === switchPlanJob && plan.jobs.status.get(job) === Status.SUCC) {
    plan.switchDue = true
  }
}

const completeStream = (plan: Plan, stream: number): void => {
  const jobs = jobsOfStream(plan, stream)
  if (!jobs.every((job) => isTerminal(plan.jobs.status.get(job)))) {
    if (plan.streams.limit.get(stream) >= 0) launch(plan, plan.streams.workstation.get(stream))
    return
  }
  plan.streams.flags.set(stream, plan.streams.flags.get(stream) | StreamFlag.done)
  wake(plan, successorsOfStream(plan, stream))
}

const wake = (plan: Plan, next: { readonly jobs: Array<number>; readonly streams: Array<number> }): void => {
  for (const job of next.jobs) evaluateJob(plan, job)
  for (const stream of next.streams) evaluateStream(plan, stream)
}
