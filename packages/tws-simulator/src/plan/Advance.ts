import { minute } from "./Blueprint.ts"
import type { Command } from "./Command.ts"
import { applyCommand, replyPrompt } from "./CommandApply.ts"
import { exponential, hash, Subject } from "./Hash.ts"
import { JobFlag, Status } from "./JobStatus.ts"
import { relink, unlink } from "./Link.ts"
import { beginJob, endJob, evaluateJob, evaluateStream, finishRun } from "./Machine.ts"
import { startNextDay } from "./NextDay.ts"
import { type Plan, StreamFlag } from "./Plan.ts"
import { fileDelayOf, scheduleOutage } from "./PlanDay.ts"
import type { PlanEvent } from "./PlanEvent.ts"
import { rerunJob } from "./Rerun.ts"

/**
 * Lets the plan live until this instant. At most `limit` events are taken at a time, so that a caller can let others work
 * between two steps; true when the instant is reached.
 */
export const advance = (plan: Plan, to: number, limit = Number.POSITIVE_INFINITY): boolean => {
  for (let taken = 0; plan.queue.nextTime <= to; taken++) {
    if (taken >= limit) return false
    const next = plan.queue.pop()
    if (next === undefined) break
    plan.now = Math.max(plan.now, next.time)
    if (isCurrent(plan, next.event)) happen(plan, next.event)
    if (plan.switchDue) startNextDay(plan)
  }
  plan.now = Math.max(plan.now, to)
  return true
}

/** Orders something for an instant that the plan has not reached. */
export const schedule = (plan: Plan, at: number, command: Command): void =>
  plan.queue.push(Math.max(at, plan.now), { _tag: "Commanded", command })

/** Events of a plan that was replaced mean nothing to its successor, whose rows are others. */
const isCurrent = (plan: Plan, event: PlanEvent): boolean => !("epoch" in event) || event.epoch === plan.epoch

const happen = (plan: Plan, event: PlanEvent): void => {
  switch (event._tag) {
    case "StreamDue":
      streamDue(plan, event.stream)
      return
    case "JobGate":
      plan.notBefore.delete(event.job)
      evaluateJob(plan, event.job)
      return
    case "JobBegins":
      beginJob(plan, event.job, event.run)
      return
    case "JobEnds":
      endJob(plan, event.job, event.run)
      return
    case "JobReruns":
      if (plan.jobs.run.get(event.job) === event.run) rerunJob(plan, event.job, event.type)
      return
    case "OperatorReruns":
      if (plan.jobs.run.get(event.job) === event.run) rerunJob(plan, event.job, "RERUN")
      return
    case "OperatorConfirms":
      if (plan.jobs.status.get(event.job) !== Status.PEND || plan.jobs.run.get(event.job) !== event.run) return
      plan.jobs.flags.set(event.job, plan.jobs.flags.get(event.job) | JobFlag.confirmed)
      finishRun(plan, event.job, Status.SUCC, plan.jobs.returnCode.get(event.job))
      return
    case "OperatorReplies":
      replyPrompt(plan, event.prompt, true)
      return
    case "FileArrives": {
      const file = plan.files[event.file]
      if (file === undefined) return
      file.status = "Exists"
      file.checkedAt = plan.now
      evaluateStream(plan, file.stream)
      return
    }
    case "AgentDrops":
      agentDrops(plan, event.workstation, event.turn)
      return
    case "AgentRelinks":
      if (plan.workstations[event.workstation]?.turn === event.turn) {
        relink(plan, event.workstation)
        scheduleOutage(plan, event.workstation)
      }
      return
    case "Commanded":
      applyCommand(plan, event.command)
      return
  }
}

const streamDue = (plan: Plan, stream: number): void => {
  plan.streams.flags.set(stream, plan.streams.flags.get(stream) | StreamFlag.due)
  const index = plan.fileOfStream.get(stream)
  const file = index === undefined ? undefined : plan.files[index]
  if (index !== undefined && file !== undefined) {
    const delay = fileDelayOf(plan, stream)
    file.status = delay === 0 ? "Checking" : "Unavailable"
    file.checkedAt = plan.now
    if (delay < Number.POSITIVE_INFINITY) {
      plan.queue.push(plan.now + Math.max(5_000, delay), { _tag: "FileArrives", file: index, epoch: plan.epoch })
    }
  }
  if ((plan.streams.flags.get(stream) & StreamFlag.released) === 0) {
    evaluateStream(plan, stream)
    return
  }
  // A stream carried forward was released before.
  const first = plan.streams.first.get(stream)
  for (let job = first; job < first + plan.streams.size.get(stream); job++) evaluateJob(plan, job)
}

const agentDrops = (plan: Plan, index: number, turn: number): void => {
  const workstation = plan.workstations[index]
  if (workstation === undefined || workstation.turn !== turn) return
  unlink(plan, index)
  const length = minute + exponential(hash(plan.blueprint.seed, Subject.outageLength, index, turn), 4 * minute)
  plan.queue.push(plan.now + length, { _tag: "AgentRelinks", workstation: index, turn })
}
