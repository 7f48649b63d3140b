import { type Blueprint, firstJobOf, hour, startOffset, workstationOfStream } from "./Blueprint.ts"
import { exponential, hash, Subject } from "./Hash.ts"
import { emptyJobs, emptyStreams, fillStream, newQueue, type Plan } from "./Plan.ts"
import { ReadyQueue } from "./ReadyQueue.ts"
import { fileDelay, hasFile, hasPrompt, streamLimit, streamName, topicOf } from "./StreamDefinition.ts"
import { makeWorkstationState } from "./WorkstationState.ts"

/** How long the mirror is rebuilt after a new plan took over, in milliseconds. */
export const resyncMillis = 45_000

/** A day in milliseconds. */
export const day = 24 * hour

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
export const fillDay = (plan: Plan): void => {
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
