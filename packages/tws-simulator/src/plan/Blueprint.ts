import { hash, Subject, unit } from "./Hash.ts"
import { makeWorkstationDefinitions, type WorkstationDefinition } from "./WorkstationDefinition.ts"

/** An hour in milliseconds. */
export const hour = 3_600_000
/** A minute in milliseconds. */
export const minute = 60_000

/** Stream 0 extends the plan every night; stream 1 closes the day that went. */
export const finalStream = 0
export const finalPostReports = 1
export const finalStart = 24 * hour - minute

/** A stream waits only for streams at most this many places before it, so successors are found without an index. */
const reach = 12

/**
 * What the database of definitions holds: workstations, job streams and their jobs. Everything but the number of jobs of
 * each stream follows from the seed by hashing and is computed when asked for.
 */
export interface Blueprint {
  readonly seed: number
  readonly jobs: number
  readonly streams: number
  /** The first job of each stream; one entry more than there are streams. */
  readonly firstJob: Int32Array
  readonly workstations: ReadonlyArray<WorkstationDefinition>
  readonly resources: number
  readonly calendars: ReadonlyArray<string>
}

/** Lays out a plan of this many jobs (at least 20). */
export const makeBlueprint = (seed: number, jobs: number): Blueprint => {
  const first: Array<number> = [0, 3, 6]
  for (let total = 6, stream = 2; total < jobs; stream++) {
    total = Math.min(jobs, total + 4 + (hash(seed, Subject.streamSize, stream) % 13))
    first.push(total)
  }
  const workstations = makeWorkstationDefinitions(jobs)
  return {
    seed,
    jobs,
    streams: first.length - 1,
    firstJob: Int32Array.from(first),
    workstations,
    resources: Math.max(3, Math.min(400, Math.ceil(jobs / 300))),
    calendars: ["WORKDAYS", "MONTHEND", "HOLIDAYS", "QUARTEREND"]
  }
}

export const firstJobOf = (blueprint: Blueprint, stream: number): number => blueprint.firstJob[stream] ?? 0

export const jobCountOf = (blueprint: Blueprint, stream: number): number =>
  firstJobOf(blueprint, stream + 1) - firstJobOf(blueprint, stream)

/** The stream that a job belongs to. */
export const streamOfJob = (blueprint: Blueprint, job: number): number => {
  let low = 0
  let high = blueprint.streams - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (firstJobOf(blueprint, middle) <= job) low = middle
    else high = middle - 1
  }
  return low
}

/** When the stream is due, in milliseconds after the start of its day: most of the work is done at night. */
export const startOffset = (blueprint: Blueprint, stream: number): number => {
  if (stream <= finalPostReports) return finalStart
  const chance = hash(blueprint.seed, Subject.start, stream)
  const slot = unit(hash(blueprint.seed, Subject.start, stream, 1))
  const hours = chance % 100 < 55 ? slot * 6 : 6 + slot * 16
  return Math.floor((hours * hour) / (5 * minute)) * 5 * minute
}

/** The agent that a stream and its jobs run on. */
export const workstationOfStream = (blueprint: Blueprint, stream: number): number => {
  if (stream <= finalPostReports) return 0
  const agents = blueprint.workstations.length - 3
  return 3 + (hash(blueprint.seed, Subject.workstation, stream) % agents)
}

/** A predecessor outside the stream: another stream, or the last job of one. */
export interface ExternalPredecessor {
  readonly kind: "stream" | "job"
  readonly stream: number
}

/** The stream that a stream waits for, if any. */
export const externalPredecessor = (blueprint: Blueprint, stream: number): ExternalPredecessor | undefined => {
  if (stream === finalPostReports) return { kind: "job", stream: finalStream }
  if (stream < 3) return undefined
  const chance = hash(blueprint.seed, Subject.external, stream)
  if (chance % 100 >= 40) return undefined
  const back = 1 + ((chance >>> 8) % Math.min(reach, stream - 2))
  return {
    kind: hash(blueprint.seed, Subject.externalKind, stream) % 2 === 0 ? "stream" : "job",
    stream: stream - back
  }
}

/** The streams that wait for a stream, in order. */
export const externalSuccessors = (blueprint: Blueprint, stream: number): Array<number> => {
  if (stream === finalStream) return [finalPostReports]
  const found: Array<number> = []
  const end = Math.min(blueprint.streams - 1, stream + reach)
  for (let next = stream + 1; next <= end; next++) {
    if (externalPredecessor(blueprint, next)?.stream === stream) found.push(next)
  }
  return found
}

/** The nearer predecessor of a job within its stream, -1 for the first job. */
export const innerPredecessor = (blueprint: Blueprint, stream: number, position: number): number => {
  if (position === 0) return -1
  if (stream <= finalPostReports) return position - 1
  const chance = hash(blueprint.seed, Subject.predecessor, firstJobOf(blueprint, stream) + position)
  return chance % 3 === 0 && position >= 2 ? position - 2 : position - 1
}

/** A second predecessor within the stream, -1 for most jobs. */
export const secondPredecessor = (blueprint: Blueprint, stream: number, position: number): number => {
  if (position < 3 || stream <= finalPostReports) return -1
  const chance = hash(blueprint.seed, Subject.predecessor, firstJobOf(blueprint, stream) + position, 1)
  return chance % 5 === 0 ? position - 3 : -1
}

/** How far behind a job its successors within the stream can be. */
export const innerReach = 3
