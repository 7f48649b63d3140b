import { type Blueprint, firstJobOf, jobCountOf, streamOfJob } from "./Blueprint.ts"
import { Column } from "./Column.ts"
import type { DependencyEdits } from "./Dependency.ts"
import { EventQueue } from "./EventQueue.ts"
import type { PlanEvent } from "./PlanEvent.ts"
import type { FileState, PromptState, ResourceState } from "./PlanObjects.ts"
import type { ReadyQueue } from "./ReadyQueue.ts"
import type { WorkstationState } from "./WorkstationState.ts"

/** What kind of run a run is. */
export type RerunType = "REGULAR" | "RERUN" | "RECOVERY_RERUN" | "RERUN_EVERY" | "RERUN_FROM" | "RERUN_STEP"

/** A run that has ended and was followed by another one. */
export interface PastRun {
  readonly number: number
  readonly status: number
  readonly start: number
  readonly end: number
  readonly returnCode: number
  readonly flags: number
  readonly type: RerunType
}

/** A job that no definition describes: it was submitted ad hoc. */
export interface AdHocJob {
  readonly name: string
  readonly task: Record<string, unknown>
  readonly user: string
  readonly script: string
  readonly windows: boolean
  readonly command: boolean
  readonly estimatedMillis: number
  readonly definition: number | undefined
}

/** A job definition that was added to the database after the plan was made. */
export interface AddedDefinition {
  readonly name: string
  readonly workstation: number
  readonly user: string
  readonly script: string
}

/** The rows of the jobs in the plan, by column. */
export interface JobColumns {
  count: number
  readonly stream: Column
  readonly definition: Column
  readonly status: Column
  readonly priority: Column
  readonly origPriority: Column
  readonly start: Column
  readonly end: Column
  readonly returnCode: Column
  readonly run: Column
  readonly number: Column
  readonly flags: Column
}

/** The rows of the job streams in the plan, by column. */
export interface StreamColumns {
  count: number
  readonly definition: Column
  readonly first: Column
  readonly size: Column
  readonly sched: Column
  readonly flags: Column
  readonly priority: Column
  readonly limit: Column
  readonly workstation: Column
}

/**
 * The current plan: the instances of the day with their states, and the events to come. It is changed only by `advance`
 * (time) and commands, and reads neither a clock nor chance, so one seed and one list of commands give one history.
 */
export interface Plan {
  readonly blueprint: Blueprint
  /** The run number of the plan; it grows by one every day. */
  epoch: number
  /** The first millisecond of the plan's day. */
  dayStart: number
  now: number
  /** Until when the mirror of the plan is being rebuilt. */
  resyncUntil: number
  /** The next day's plan is made and takes over with the next step. */
  switchDue: boolean
  jobs: JobColumns
  streams: StreamColumns
  /** Job rows of a stream beyond its contiguous ones: the ad hoc jobs. */
  extraJobs: Map<number, Array<number>>
  adHoc: Map<number, AdHocJob>
  /** Definitions that were added; they outlive the day. */
  readonly added: Array<AddedDefinition>
  /** The stream JOBS of a workstation, once there is one. */
  adHocStreams: Map<number, number>
  aliases: Map<number, string>
  /** Row of a submitted stream or job by its serial number, and back. */
  submitted: Map<number, number>
  submittedRows: Map<number, number>
  carriedFrom: Map<number, string>
  pastRuns: Map<number, Array<PastRun>>
  runTypes: Map<number, RerunType>
  notBefore: Map<number, number>
  edits: Map<number, DependencyEdits>
  followers: Map<number, Set<number>>
  workstations: Array<WorkstationState>
  ready: Array<ReadyQueue>
  resources: Array<ResourceState>
  prompts: Array<PromptState>
  promptOfStream: Map<number, number>
  files: Array<FileState>
  fileOfStream: Map<number, number>
  queue: EventQueue<PlanEvent>
  nextJobNumber: number
  /** Runs that ended since the plan was made, and how many of them well. */
  completed: number
  succeeded: number
  /** Completed runs by day, for the licence report. */
  history: Array<{ readonly day: number; readonly total: number; readonly successful: number; readonly unique: number }>
}

/** Bits of the column `flags` of a stream. */
export const StreamFlag = {
  due: 1,
  released: 2,
  canceled: 4,
  cancelPending: 8,
  carried: 16,
  submitted: 32,
  done: 64
} as const

export const emptyJobs = (count: number): JobColumns => ({
  count,
  stream: Column.i32(count),
  definition: Column.i32(count),
  status: Column.u8(count),
  priority: Column.u8(count),
  origPriority: Column.u8(count),
  start: Column.f64(count),
  end: Column.f64(count),
  returnCode: Column.i16(count),
  run: Column.u8(count),
  number: Column.i32(count),
  flags: Column.u16(count)
})

export const emptyStreams = (count: number): StreamColumns => ({
  count,
  definition: Column.i32(count),
  first: Column.i32(count),
  size: Column.i32(count),
  sched: Column.f64(count),
  flags: Column.u8(count),
  priority: Column.u8(count),
  limit: Column.i16(count),
  workstation: Column.i16(count)
})

export const newQueue = (): EventQueue<PlanEvent> => new EventQueue()

/** Jobs and streams share one numbering where both can be meant. */
export const jobNode = (job: number): number => job * 2
export const streamNode = (stream: number): number => stream * 2 + 1

/** The job rows of a stream, in order. */
export const jobsOfStream = (plan: Plan, stream: number): Array<number> => {
  const first = plan.streams.first.get(stream)
  const rows = Array.from({ length: plan.streams.size.get(stream) }, (_, index) => first + index)
  const extra = plan.extraJobs.get(stream)
  return extra === undefined ? rows : [...rows, ...extra]
}

/** True for a row that stands for a definition as it was planned, not for something submitted or carried over. */
export const isPlanned = (plan: Plan, stream: number): boolean => stream < plan.blueprint.streams

/** Fills the rows of a stream that stands for a definition. */
export const fillStream = (
  plan: Plan,
  stream: number,
  definition: number,
  first: number,
  sched: number,
  flags: number
): void => {
  const { blueprint, jobs, streams } = plan
  const size = jobCountOf(blueprint, definition)
  streams.definition.set(stream, definition)
  streams.first.set(stream, first)
  streams.size.set(stream, size)
  streams.sched.set(stream, sched)
  streams.flags.set(stream, flags)
  const base = firstJobOf(blueprint, definition)
  for (let position = 0; position < size; position++) {
    jobs.stream.set(first + position, stream)
    jobs.definition.set(first + position, base + position)
    jobs.priority.set(first + position, 10)
    jobs.origPriority.set(first + position, 10)
  }
}

/** The position of a job among the jobs of its stream. */
export const positionOf = (plan: Plan, job: number): number => job - plan.streams.first.get(plan.jobs.stream.get(job))

/** The definition of the stream that a job definition belongs to. */
export const definitionStream = (plan: Plan, definition: number): number => streamOfJob(plan.blueprint, definition)
