/**
 * Runs subjects by turns, so that what disturbs the machine disturbs each of them, and takes the median of their rounds. All of
 * them keep one processor busy, so their processor time is their time, whatever else the machine does.
 */
import { median } from "../gateway/Compare.ts"

/** Something to be called over and over. */
export interface Subject {
  readonly name: string
  /** Makes so many calls, one after the other. */
  readonly run: (calls: number) => Promise<void>
}

/** Nanoseconds of processor time per call in each round, the collection of garbage included, by the name of the subject. */
export type Nanos = ReadonlyMap<string, ReadonlyArray<number>>

/**
 * How many times one subject's time is in that of another: the median of what it is in each round. The two are compared
 * within a round, since from one round to another a machine may be half as fast, and medians of each would then be of
 * different moments.
 */
export const ratio = (nanos: Nanos, one: string, other: string): number => {
  const others = nanos.get(other) ?? []
  return median((nanos.get(one) ?? []).map((each, round) => each / (others[round] ?? Number.NaN)))
}

const time = async (subject: Subject, calls: number): Promise<number> => {
  const started = process.cpuUsage()
  await subject.run(calls)
  const { system, user } = process.cpuUsage(started)
  return Math.max(1, system + user) * 1000
}

/** How many calls take so long, found by a while of them that also warms the code up. */
const calibrate = async (subject: Subject, milliseconds: number): Promise<number> => {
  let calls = 1000
  let nanos = await time(subject, calls)
  for (let spent = nanos; spent < warmup; spent += nanos) {
    calls = Math.max(1000, Math.ceil((calls * milliseconds * 1e6) / nanos))
    nanos = await time(subject, calls)
  }
  return calls
}

const warmup = 400e6

/** The order is reversed every other round, so that nobody always runs on the garbage of the same one before. */
export const measure = async (
  subjects: ReadonlyArray<Subject>,
  options: { readonly rounds: number; readonly milliseconds: number }
): Promise<Nanos> => {
  const turns: Array<{ readonly subject: Subject; readonly calls: number; readonly nanos: Array<number> }> = []
  for (const subject of subjects) {
    turns.push({ subject, calls: await calibrate(subject, options.milliseconds), nanos: [] })
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const { calls, nanos, subject } of round % 2 === 0 ? turns : turns.toReversed()) {
      nanos.push((await time(subject, calls)) / calls)
    }
  }
  return new Map(turns.map(({ nanos, subject }) => [subject.name, nanos]))
}
