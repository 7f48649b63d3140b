import { workstationOfStream } from "./Blueprint.ts"
import type { CommandOf } from "./Command.ts"
import { evaluateJob } from "./Machine.ts"
import { fillStream, jobNode, type Plan, StreamFlag, streamNode } from "./Plan.ts"

const remember = (plan: Plan, serial: number, node: number): void => {
  plan.submitted.set(serial, node)
  plan.submittedRows.set(node, serial)
}

/** Adds an instance of a defined stream to the plan, without its dependencies on other streams. */
export const submitStream = (plan: Plan, command: CommandOf<"SubmitStream">): void => {
  const { jobs, streams } = plan
  const stream = streams.count++
  const sched = Math.max(plan.now, command.at ?? plan.now)
  fillStream(plan, stream, command.definition, jobs.count, sched, StreamFlag.submitted)
  jobs.count += streams.size.get(stream)
  streams.priority.set(stream, command.priority ?? 10)
  streams.limit.set(stream, command.limit ?? -1)
  streams.workstation.set(stream, workstationOfStream(plan.blueprint, command.definition))
  if (command.alias !== undefined) plan.aliases.set(stream, command.alias)
  remember(plan, command.serial, streamNode(stream))
  plan.queue.push(sched, { _tag: "StreamDue", stream, epoch: plan.epoch })
}

/** The row of the stream JOBS of a workstation, made when it is first needed. */
const adHocStream = (plan: Plan, workstation: number): number => {
  const known = plan.adHocStreams.get(workstation)
  if (known !== undefined) return known
  const { streams } = plan
  const stream = streams.count++
  streams.definition.set(stream, -1)
  streams.first.set(stream, plan.jobs.count)
  streams.sched.set(stream, plan.now)
  streams.flags.set(stream, StreamFlag.due | StreamFlag.released | StreamFlag.submitted)
  streams.priority.set(stream, 10)
  streams.limit.set(stream, -1)
  streams.workstation.set(stream, workstation)
  plan.adHocStreams.set(workstation, stream)
  return stream
}

/** Adds a job to a stream of the plan, by default to the stream JOBS of its workstation. */
export const submitJob = (plan: Plan, command: CommandOf<"SubmitJob">): void => {
  const { jobs } = plan
  const stream = command.stream ?? adHocStream(plan, command.workstation)
  const job = jobs.count++
  jobs.stream.set(job, stream)
  jobs.definition.set(job, command.definition ?? -1)
  jobs.priority.set(job, command.priority ?? 10)
  jobs.origPriority.set(job, command.priority ?? 10)
  plan.extraJobs.set(stream, [...(plan.extraJobs.get(stream) ?? []), job])
  plan.adHoc.set(job, {
    name: command.name,
    task: command.task,
    user: command.user,
    script: command.script,
    windows: plan.workstations[command.workstation]?.definition.os === "WINDOWS",
    command: command.isCommand,
    estimatedMillis: command.estimatedMillis,
    definition: command.definition
  })
  plan.streams.flags.set(stream, plan.streams.flags.get(stream) & ~StreamFlag.done)
  remember(plan, command.serial, jobNode(job))
  if (command.at !== undefined && command.at > plan.now) {
    plan.notBefore.set(job, command.at)
    plan.queue.push(command.at, { _tag: "JobGate", job, epoch: plan.epoch })
  }
  evaluateJob(plan, job)
}
