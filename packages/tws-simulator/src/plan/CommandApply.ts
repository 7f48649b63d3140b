import type { Command, CommandOf } from "./Command.ts"
import { dependenciesOfJob, dependenciesOfStream, dependencyKey } from "./Dependency.ts"
import { isActive, isTerminal, isWaiting, JobFlag, Status } from "./JobStatus.ts"
import { launch, makeReady, wakeWaiters } from "./Launch.ts"
import { relink, unlink } from "./Link.ts"
import { cancelJob, cancelStream, evaluateJob, evaluateStream, finishRun, settle } from "./Machine.ts"
import { jobNode, jobsOfStream, type Plan, StreamFlag, streamNode } from "./Plan.ts"
import { rerunJob } from "./Rerun.ts"
import { recoveryOptionOf } from "./RunOutcome.ts"
import { submitJob, submitStream } from "./Submission.ts"

/** Does what was ordered. An order that the plan has moved past is void, as it is for the scheduler. */
export const applyCommand = (plan: Plan, command: Command): void => {
  if (command.epoch !== plan.epoch && !command._tag.startsWith("Submit") && !command._tag.includes("Workstation"))
    return
  switch (command._tag) {
    case "HoldJob":
      setJobPriority(plan, command.job, 0)
      return
    case "ReleaseJob":
      setJobPriority(plan, command.job, plan.jobs.origPriority.get(command.job) || 10)
      return
    case "SetJobPriority":
      setJobPriority(plan, command.job, command.priority)
      return
    case "CancelJob":
      cancelJob(plan, command.job)
      return
    case "CancelPendingJob":
      plan.jobs.flags.set(command.job, plan.jobs.flags.get(command.job) | JobFlag.cancelPending)
      return
    case "KillJob":
      killJob(plan, command.job)
      return
    case "ConfirmJob":
      confirmJob(plan, command)
      return
    case "RerunJob":
      rerunJob(plan, command.job, command.type, {
        ...(command.at === undefined ? {} : { at: command.at }),
        ...(command.priority === undefined ? {} : { priority: command.priority })
      })
      return
    case "HoldStream":
      setStreamPriority(plan, command.stream, 0)
      return
    case "ReleaseStream":
      setStreamPriority(plan, command.stream, 10)
      return
    case "SetStreamPriority":
      setStreamPriority(plan, command.stream, command.priority)
      return
    case "SetStreamLimit":
      plan.streams.limit.set(command.stream, command.limit)
      launch(plan, plan.streams.workstation.get(command.stream))
      return
    case "CancelStream":
      cancelStream(plan, command.stream)
      return
    case "CancelPendingStream":
      plan.streams.flags.set(command.stream, plan.streams.flags.get(command.stream) | StreamFlag.cancelPending)
      evaluateStream(plan, command.stream)
      return
    case "AddDependencies":
      addDependencies(plan, command)
      return
    case "RemoveDependencies":
      removeDependencies(plan, command)
      return
    case "ControlWorkstation":
      controlWorkstation(plan, command)
      return
    case "SetWorkstationLimit":
    case "SetWorkstationFence": {
      const workstation = plan.workstations[command.workstation]
      if (workstation === undefined) return
      if (command._tag === "SetWorkstationLimit") workstation.limit = command.limit
      else workstation.fence = command.fence
      launch(plan, command.workstation)
      return
    }
    case "SetResourceQuantity": {
      const resource = plan.resources[command.resource]
      if (resource !== undefined) resource.quantity = command.quantity
      wakeWaiters(plan, command.resource)
      return
    }
    case "ReplyPrompt":
      replyPrompt(plan, command.prompt, command.answer)
      return
    case "SubmitStream":
      submitStream(plan, command)
      return
    case "SubmitJob":
      submitJob(plan, command)
      return
  }
}

const setJobPriority = (plan: Plan, job: number, priority: number): void => {
  const { jobs } = plan
  const status = jobs.status.get(job)
  jobs.priority.set(job, priority)
  if (!isWaiting(status)) return
  jobs.status.set(job, Status.HOLD)
  evaluateJob(plan, job)
}

const setStreamPriority = (plan: Plan, stream: number, priority: number): void => {
  plan.streams.priority.set(stream, priority)
  for (const job of jobsOfStream(plan, stream)) setJobPriority(plan, job, priority)
  evaluateStream(plan, stream)
}

/** A killed job ends in ABEND with return code 143, the shell's code for SIGTERM. */
const killJob = (plan: Plan, job: number): void => {
  if (!isActive(plan.jobs.status.get(job))) return
  plan.jobs.flags.set(job, plan.jobs.flags.get(job) | JobFlag.killed)
  finishRun(plan, job, Status.ABEND, 143)
}

const confirmJob = (plan: Plan, { job, success }: CommandOf<"ConfirmJob">): void => {
  const { jobs } = plan
  const status = jobs.status.get(job)
  if (status !== Status.PEND && status !== Status.EXEC && status !== Status.ABEND && status !== Status.FAIL) return
  jobs.flags.set(job, jobs.flags.get(job) | JobFlag.confirmed)
  const to = success ? Status.SUCC : Status.ABEND
  if (status === Status.EXEC || status === Status.PEND) {
    finishRun(plan, job, to, jobs.returnCode.get(job))
    return
  }
  jobs.status.set(job, to)
  settle(plan, job)
}

const addDependencies = (plan: Plan, { dependencies, node }: CommandOf<"AddDependencies">): void => {
  const edits = plan.edits.get(node) ?? { added: [], removed: new Set<string>() }
  plan.edits.set(node, edits)
  for (const one of dependencies) {
    if (edits.added.some((other) => dependencyKey(other) === dependencyKey(one))) continue
    edits.added.push(one)
    if (one.kind !== "job" && one.kind !== "stream") continue
    const target = one.kind === "job" ? jobNode(one.target) : streamNode(one.target)
    plan.followers.set(target, (plan.followers.get(target) ?? new Set()).add(node))
  }
}

const removeDependencies = (plan: Plan, { keys, node }: CommandOf<"RemoveDependencies">): void => {
  const isJob = node % 2 === 0
  const row = node >> 1
  const current = isJob ? dependenciesOfJob(plan, row) : dependenciesOfStream(plan, row)
  const removed = new Set(keys === "all" ? current.map(dependencyKey) : keys)
  const edits = plan.edits.get(node)
  plan.edits.set(node, {
    added: (edits?.added ?? []).filter((one) => !removed.has(dependencyKey(one))),
    removed: new Set([...(edits?.removed ?? []), ...removed])
  })
  if (!isJob) {
    if (keys === "all") plan.streams.flags.set(row, plan.streams.flags.get(row) | StreamFlag.due)
    evaluateStream(plan, row)
    return
  }
  if (keys === "all") {
    plan.notBefore.delete(row)
    const stream = plan.jobs.stream.get(row)
    // A job released from everything starts even though its stream does not.
    if ((plan.streams.flags.get(stream) & StreamFlag.released) === 0 && plan.jobs.status.get(row) === Status.HOLD) {
      makeReady(plan, row)
      return
    }
  }
  evaluateJob(plan, row)
  return
}

const controlWorkstation = (plan: Plan, { order, workstation }: CommandOf<"ControlWorkstation">): void => {
  const state = plan.workstations[workstation]
  if (state === undefined) return
  switch (order) {
    case "link":
      relink(plan, workstation)
      return
    case "unlink":
      unlink(plan, workstation)
      return
    case "start":
      state.started = true
      relink(plan, workstation)
      return
    case "stop":
      state.started = false
      return
    case "set-online":
      state.online = true
      launch(plan, workstation)
      return
    case "set-offline":
      state.online = false
      return
    case "start-event-monitoring":
    case "stop-event-monitoring":
      state.eventMonitoring = order === "start-event-monitoring"
      return
    case "start-event-processor":
    case "stop-event-processor":
      state.eventProcessor = order === "start-event-processor"
      return
    case "become-mdm":
      plan.resyncUntil = plan.now + 45_000
      return
  }
}

/** Records an answer; a "no" leaves what waits for it waiting. */
export const replyPrompt = (plan: Plan, index: number, answer: boolean): void => {
  const prompt = plan.prompts[index]
  if (prompt === undefined || prompt.status === "ANSWERED_YES" || prompt.status === "ANSWERED_NO") return
  prompt.status = answer ? "ANSWERED_YES" : "ANSWERED_NO"
  prompt.answeredAt = plan.now
  if (prompt.job < 0) {
    evaluateStream(plan, prompt.stream)
    return
  }
  if (!answer || !isTerminal(plan.jobs.status.get(prompt.job))) return
  if (recoveryOptionOf(plan, prompt.job) === "RERUN_PROMPT") {
    rerunJob(plan, prompt.job, "RECOVERY_RERUN")
    return
  }
  plan.jobs.flags.set(prompt.job, plan.jobs.flags.get(prompt.job) | JobFlag.continued)
  settle(plan, prompt.job)
}
