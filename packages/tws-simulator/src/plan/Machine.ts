import { minute } from "./Blueprint.ts"
import {
  dependenciesOfJob,
  dependenciesOfStream,
  isSatisfied,
  successorsOfJob,
  successorsOfStream
} from "./Dependency.ts"
import { hash, Subject } from "./Hash.ts"
import { isRepeated, needsConfirmation, repeatEvery, repeatTimes, switchPlanJob } from "./JobDefinition.ts"
import { isActive, isTerminal, isWaiting, JobFlag, Status, satisfies } from "./JobStatus.ts"
import { isPlanned, jobsOfStream, type PastRun, type Plan, positionOf, type RerunType, StreamFlag } from "./Plan.ts"
import { type PromptState } from "./PlanObjects.ts"
import { isSuccess, recoveryOptionOf, runOutcome } from "./RunOutcome.ts"
import { isReachable } from "./WorkstationState.ts"

/** The workstation that a job runs on. */
export const workstationOf = (plan: Plan, job: number): number =>
  plan.streams.workstation.get(plan.jobs.stream.get(job))

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

/** Asks a prompt. Seven prompts in ten are answered by the operators of the simulated site within the hour. */
const ask = (plan: Plan, index: number, prompt: PromptState): void => {
  prompt.status = "ASKED"
  prompt.askedAt = plan.now
  const chance = hash(plan.blueprint.seed, Subject.prompt, prompt.number, plan.epoch)
  if (chance % 10 < 7) {
    plan.queue.push(plan.now + (5 + ((chance >>> 8) % 50)) * minute, {
      _tag: "OperatorReplies",
      prompt: index,
      epoch: plan.epoch
    })
  }
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
  jobs.status.set(job, Status.READY)
  const workstation = workstationOf(plan, job)
  plan.ready[workstation]?.push(job, jobs.priority.get(job))
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

const releaseResources = (plan: Plan, job: number): void => {
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

/** An `every` job has its next run a quarter of an hour after this one began. */
const repeat = (plan: Plan, job: number): void => {
  const stream = plan.jobs.stream.get(job)
  if (!isPlanned(plan, stream) || !isRepeated(plan.streams.definition.get(stream), positionOf(plan, job))) return
  const run = plan.jobs.run.get(job)
  if (run >= repeatTimes) return
  plan.queue.push(Math.max(plan.now + 1, plan.jobs.start.get(job) + repeatEvery), {
    _tag: "JobReruns",
    job,
    run,
    epoch: plan.epoch,
    type: "RERUN_EVERY"
  })
}

/** Applies the recovery option of a job that ended in error. A killed job is not recovered. */
const recover = (plan: Plan, job: number): void => {
  if (has(plan.jobs.flags.get(job), JobFlag.killed)) return
  const run = plan.jobs.run.get(job)
  switch (recoveryOptionOf(plan, job)) {
    case "CONTINUE":
      setFlag(plan, job, JobFlag.continued)
      return
    case "RERUN":
      if (run < 3) {
        plan.queue.push(plan.now + minute, { _tag: "JobReruns", job, run, epoch: plan.epoch, type: "RECOVERY_RERUN" })
      }
      return
    case "CONTINUE_PROMPT":
    case "RERUN_PROMPT": {
      const number = plan.prompts.length + 1
      const prompt: PromptState = {
        number,
        name: `RECOVERY_${number}`,
        type: "Restart Prompt",
        text: `Job ended in error with return code ${plan.jobs.returnCode.get(job)}. Continue?`,
        stream: plan.jobs.stream.get(job),
        job,
        status: "NOT_ASKED",
        askedAt: 0,
        answeredAt: 0
      }
      plan.prompts.push(prompt)
      ask(plan, number - 1, prompt)
      return
    }
    case "STOP": {
      // The operators of the simulated site look at half of the failures within the hour and run the job again.
      const chance = hash(plan.blueprint.seed, Subject.rerun, job, plan.epoch * 256 + run)
      if (chance % 2 === 0) {
        plan.queue.push(plan.now + (10 + ((chance >>> 8) % 50)) * minute, {
          _tag: "OperatorReruns",
          job,
          run,
          epoch: plan.epoch
        })
      }
      return
    }
  }
}

/** Starts another run of an ended job; the run that ended goes into the job's past. */
export const rerunJob = (
  plan: Plan,
  job: number,
  type: RerunType,
  options: { at?: number; priority?: number } = {}
): void => {
  const { jobs } = plan
  if (!isTerminal(jobs.status.get(job)) && jobs.status.get(job) !== Status.PEND) return
  const run = jobs.run.get(job)
  if (run > 0 && run < 255) {
    const past: PastRun = {
      number: jobs.number.get(job),
      status: jobs.status.get(job),
      start: jobs.start.get(job),
      end: jobs.end.get(job),
      returnCode: jobs.returnCode.get(job),
      flags: jobs.flags.get(job),
      type: plan.runTypes.get(job) ?? "REGULAR"
    }
    plan.pastRuns.set(job, [...(plan.pastRuns.get(job) ?? []), past].slice(-32))
  }
  plan.runTypes.set(job, type)
  jobs.flags.set(job, JobFlag.rerun)
  jobs.priority.set(job, options.priority ?? (jobs.priority.get(job) || 10))
  jobs.start.set(job, 0)
  jobs.end.set(job, 0)
  jobs.returnCode.set(job, 0)
  const stream = jobs.stream.get(job)
  plan.streams.flags.set(
    stream,
    (plan.streams.flags.get(stream) | StreamFlag.due | StreamFlag.released) & ~StreamFlag.done
  )
  jobs.status.set(job, Status.HOLD)
  if (options.at !== undefined && options.at > plan.now) {
    plan.notBefore.set(job, options.at)
    plan.queue.push(options.at, { _tag: "JobGate", job, epoch: plan.epoch })
    return
  }
  plan.notBefore.delete(job)
  // A rerun does not wait for the predecessors again.
  jobs.status.set(job, Status.READY)
  const workstation = workstationOf(plan, job)
  plan.ready[workstation]?.push(job, jobs.priority.get(job))
  launch(plan, workstation)
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
  const flags = plan.streams.flags.get(stream)
  if (has(flags, StreamFlag.done)) return
  const jobs = jobsOfStream(plan, stream)
  if (!jobs.every((job) => isTerminal(plan.jobs.status.get(job)))) {
    if (plan.streams.limit.get(stream) >= 0) launch(plan, plan.streams.workstation.get(stream))
    return
  }
  plan.streams.flags.set(stream, flags | StreamFlag.done)
  wake(plan, successorsOfStream(plan, stream))
}

const wake = (plan: Plan, next: { readonly jobs: Array<number>; readonly streams: Array<number> }): void => {
  for (const job of next.jobs) evaluateJob(plan, job)
  for (const stream of next.streams) evaluateStream(plan, stream)
}

/** True when nothing of the stream can go on without an operator. */
export const isStuck = (plan: Plan, jobs: ReadonlyArray<number>): boolean => {
  let failed = false
  for (const job of jobs) {
    const status = plan.jobs.status.get(job)
    if (isActive(status) || status === Status.READY || status === Status.FENCE || status === Status.PEND) return false
    if (isTerminal(status) && !satisfies(status)) failed = true
  }
  return failed
}
