import { isTerminal, JobFlag, Status } from "./JobStatus.ts"
import { fillStream, jobNode, jobsOfStream, type Plan, StreamFlag } from "./Plan.ts"
import { day, fillDay, resyncMillis } from "./PlanDay.ts"
import { jobId, streamId } from "./PlanId.ts"
import { isCarriedForward } from "./StreamDefinition.ts"

interface CarriedStream {
  readonly definition: number
  readonly sched: number
  readonly flags: number
  readonly priority: number
  readonly limit: number
  readonly workstation: number
  readonly id: string
  readonly alias: string | undefined
  readonly jobs: ReadonlyArray<CarriedJob>
}

interface CarriedJob {
  readonly values: ReadonlyArray<number>
  readonly id: string
}

const carriedColumns = [
  "status",
  "priority",
  "origPriority",
  "start",
  "end",
  "returnCode",
  "run",
  "number",
  "flags"
] as const

/** The streams with work left to do that are defined to be carried forward. */
const takeUnfinished = (plan: Plan): ReadonlyArray<CarriedStream> => {
  const { jobs, streams } = plan
  const taken: Array<CarriedStream> = []
  for (let stream = 0; stream < streams.count; stream++) {
    const definition = streams.definition.get(stream)
    const flags = streams.flags.get(stream)
    // Ad hoc jobs end with their day, as do streams that are not to be carried forward.
    if (definition < 0 || (flags & (StreamFlag.done | StreamFlag.canceled)) !== 0 || !isCarriedForward(definition))
      continue
    // What could not be finished in three days is given up.
    if (streams.sched.get(stream) < plan.dayStart - 2 * day) continue
    const rows = jobsOfStream(plan, stream)
    if (rows.every((job) => isTerminal(jobs.status.get(job)))) continue
    taken.push({
      definition,
      sched: streams.sched.get(stream),
      flags: flags | StreamFlag.carried | StreamFlag.due,
      priority: streams.priority.get(stream),
      limit: streams.limit.get(stream),
      workstation: streams.workstation.get(stream),
      id: streamId(plan, stream),
      alias: plan.aliases.get(stream),
      jobs: rows
        .filter((job) => !plan.adHoc.has(job))
        .map((job) => ({ id: jobId(plan, job), values: carriedColumns.map((column) => jobs[column].get(job)) }))
    })
  }
  return taken
}

/**
 * Puts the next day's plan in force: new instances with new ids, and the unfinished streams of the old plan carried
 * forward behind them. Runs that were going on are taken as begun anew by the new plan's run of the same job.
 */
export const startNextDay = (plan: Plan): void => {
  const carried = takeUnfinished(plan)
  plan.history.push({
    day: plan.dayStart,
    total: plan.completed,
    successful: plan.succeeded,
    unique: Math.min(plan.completed, plan.jobs.count)
  })
  plan.completed = 0
  plan.succeeded = 0
  plan.epoch++
  plan.dayStart += day
  for (const map of [
    plan.extraJobs,
    plan.adHoc,
    plan.adHocStreams,
    plan.aliases,
    plan.submitted,
    plan.submittedRows,
    plan.carriedFrom,
    plan.pastRuns,
    plan.runTypes,
    plan.notBefore,
    plan.edits,
    plan.followers,
    plan.promptOfStream,
    plan.fileOfStream
  ]) {
    map.clear()
  }
  for (const workstation of plan.workstations) {
    workstation.running = 0
    workstation.unreported = []
  }
  fillDay(plan)
  for (const one of carried) carry(plan, one)
  plan.switchDue = false
  plan.resyncUntil = plan.now + resyncMillis
}

const carry = (plan: Plan, one: CarriedStream): void => {
  const { jobs, streams } = plan
  const stream = streams.count++
  const first = jobs.count
  fillStream(plan, stream, one.definition, first, one.sched, one.flags)
  jobs.count += streams.size.get(stream)
  streams.priority.set(stream, one.priority)
  streams.limit.set(stream, one.limit)
  streams.workstation.set(stream, one.workstation)
  plan.carriedFrom.set(stream * 2 + 1, one.id)
  if (one.alias !== undefined) plan.aliases.set(stream, one.alias)
  one.jobs.forEach((job, position) => {
    const row = first + position
    carriedColumns.forEach((column, index) => jobs[column].set(row, job.values[index] ?? 0))
    plan.carriedFrom.set(jobNode(row), job.id)
    const status = jobs.status.get(row)
    if (status === Status.INTRO || status === Status.EXEC) {
      jobs.run.set(row, Math.max(0, jobs.run.get(row) - 1))
      jobs.flags.set(row, jobs.flags.get(row) & ~JobFlag.killed)
    }
    if (!isTerminal(status) && status !== Status.PEND) jobs.status.set(row, Status.HOLD)
  })
  plan.queue.push(plan.now, { _tag: "StreamDue", stream, epoch: plan.epoch })
}
