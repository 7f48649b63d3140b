import { type Blueprint, firstJobOf, hour, startOffset, workstationOfStream } from "./Blueprint.ts"
import { exponential, hash, Subject } from "./Hash.ts"
import { isTerminal, JobFlag, Status } from "./JobStatus.ts"
import { emptyJobs, emptyStreams, fillStream, jobNode, jobsOfStream, newQueue, type Plan, StreamFlag } from "./Plan.ts"
import { jobId, streamId } from "./PlanId.ts"
import { ReadyQueue } from "./ReadyQueue.ts"
import {
  fileDelay,
  hasFile,
  hasPrompt,
  isCarriedForward,
  streamLimit,
  streamName,
  topicOf
} from "./StreamDefinition.ts"
import { makeWorkstationState } from "./WorkstationState.ts"

/** How long the mirror is rebuilt after a new plan took over, in milliseconds. */
export const resyncMillis = 45_000

const day = 24 * hour

/** The plan of the day that holds this instant, as it is at midnight. */
export const makePlan = (blueprint: Blueprint, at: number): Plan => {
  const dayStart = Math.floor(at / day) * day
  const plan: Plan = {
    blueprint,
    epoch: Math.floor(dayStart / day) % 100_000,
    dayStart,
    now: dayStart,
    resyncUntil: dayStart,
    switchDue: false,
    jobs: emptyJobs(0),
    streams: emptyStreams(0),
    extraJobs: new Map(),
    adHoc: new Map(),
    added: [],
    adHocStreams: new Map(),
    aliases: new Map(),
    submitted: new Map(),
    submittedRows: new Map(),
    carriedFrom: new Map(),
    pastRuns: new Map(),
    runTypes: new Map(),
    notBefore: new Map(),
    edits: new Map(),
    followers: new Map(),
    workstations: blueprint.workstations.map((one, index) => makeWorkstationState(one, index, dayStart)),
    ready: [],
    resources: [],
    prompts: [],
    promptOfStream: new Map(),
    files: [],
    fileOfStream: new Map(),
    queue: newQueue(),
    nextJobNumber: 100_000 + (hash(blueprint.seed, Subject.id, 0) % 900_000),
    completed: 0,
    succeeded: 0,
    history: []
  }
  fillDay(plan)
  for (let index = 3; index < plan.workstations.length; index++) scheduleOutage(plan, index)
  return plan
}

/** The mean time between two outages of one agent, in milliseconds. */
const meanUptime = 10 * hour

/** Plans the next outage of an agent. */
export const scheduleOutage = (plan: Plan, index: number): void => {
  const workstation = plan.workstations[index]
  if (workstation === undefined) return
  const turn = ++workstation.turn
  const wait = exponential(hash(plan.blueprint.seed, Subject.outage, index, turn), meanUptime)
  plan.queue.push(plan.now + wait, { _tag: "AgentDrops", workstation: index, turn })
}

/** Puts the instances of the plan's day in place of whatever the plan held. */
const fillDay = (plan: Plan): void => {
  const { blueprint, epoch } = plan
  plan.jobs = emptyJobs(blueprint.jobs)
  plan.streams = emptyStreams(blueprint.streams)
  plan.ready = plan.workstations.map(() => new ReadyQueue())
  plan.prompts = []
  plan.files = []
  plan.resources = Array.from({ length: blueprint.resources }, (_, index) => ({
    name: `LOCK_${String(index + 1).padStart(3, "0")}`,
    workstation: 3 + (index % (plan.workstations.length - 3)),
    quantity: 1 + (hash(blueprint.seed, Subject.resource, index, 7) % 4),
    inUse: 0,
    holders: new Map(),
    waiters: []
  }))
  for (let stream = 0; stream < blueprint.streams; stream++) {
    const workstation = workstationOfStream(blueprint, stream)
    const sched = plan.dayStart + startOffset(blueprint, stream)
    fillStream(plan, stream, stream, firstJobOf(blueprint, stream), sched, 0)
    plan.streams.priority.set(stream, 10)
    plan.streams.limit.set(stream, streamLimit(stream))
    plan.streams.workstation.set(stream, workstation)
    plan.queue.push(sched, { _tag: "StreamDue", stream, epoch })
    if (hasPrompt(stream)) {
      plan.promptOfStream.set(stream, plan.prompts.length)
      plan.prompts.push({
        number: plan.prompts.length + 1,
        name: `APPROVE_${streamName(blueprint, stream)}`.slice(0, 24),
        type: "Predefined Prompt",
        text: `Is the ${topicOf(blueprint, stream)} input complete?`,
        stream,
        job: -1,
        status: "NOT_ASKED",
        askedAt: 0,
        answeredAt: 0
      })
    }
    if (hasFile(stream)) {
      plan.fileOfStream.set(stream, plan.files.length)
      plan.files.push({
        name: `/data/in/${streamName(blueprint, stream).toLowerCase()}.csv`,
        workstation,
        stream,
        status: "Not Checked",
        checkedAt: 0
      })
    }
  }
}

/** When the file of a stream arrives after the stream is due, in milliseconds. */
export const fileDelayOf = (plan: Plan, stream: number): number => fileDelay(plan.blueprint.seed, stream, plan.epoch)

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
