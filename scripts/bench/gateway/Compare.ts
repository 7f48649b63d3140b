/** Drives several servers by turns, so that what disturbs the machine disturbs each of them, and takes medians. */
import { type LoadResult, load } from "./Load.ts"
import type { Program } from "./Program.ts"

export interface CompareOptions {
  readonly servers: Readonly<Record<string, Program>>
  readonly path: () => string
  /** Headers of the requests to a server, by its name. */
  readonly headers?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly rounds: number
  readonly connections: number
  readonly milliseconds: number
}

export interface Figures {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Microseconds of processor time of the server's process per request: what noise of the machine disturbs least. */
  readonly cpuMicros: number
  /** The lower fifth of all rounds: what the request costs when little else runs. */
  readonly bestCpuMicros: number
  readonly requests: number
  readonly errors: number
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

const quantile = (values: ReadonlyArray<number>, q: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * q)] ?? Number.NaN

export type Rounds = ReadonlyArray<LoadResult & { readonly cpuMicros: number }>

/** One round of each server in turn; another one begins each round. */
export const rounds = async (options: CompareOptions): Promise<ReadonlyMap<string, Rounds>> => {
  const results = new Map<string, Array<Rounds[number]>>(Object.keys(options.servers).map((name) => [name, []]))
  for (let round = 0; round < options.rounds; round++) {
    const turns = Object.entries(options.servers)
    const first = round % turns.length
    for (const [name, server] of [...turns.slice(first), ...turns.slice(0, first)]) {
      const before = await server.usage()
      const result = await load({ ...options, port: server.port, headers: options.headers?.[name] ?? {} })
      const after = await server.usage()
      results.get(name)?.push({ ...result, cpuMicros: (after.cpuMicros - before.cpuMicros) / result.requests })
    }
  }
  return results
}

export const figures = (rounds: Rounds): Figures => ({
  perSecond: median(rounds.map((round) => round.perSecond)),
  p50: median(rounds.map((round) => round.p50)),
  p99: median(rounds.map((round) => round.p99)),
  cpuMicros: median(rounds.map((round) => round.cpuMicros)),
  bestCpuMicros: quantile(
    rounds.map((round) => round.cpuMicros),
    0.2
  ),
  requests: rounds.reduce((sum, round) => sum + round.requests, 0),
  errors: rounds.reduce((sum, round) => sum + round.errors, 0)
})

/** The median over the rounds of `a` divided by `b` of the same round. */
export const ratio = (a: Rounds, b: Rounds, of: "perSecond" | "p50" | "p99" | "cpuMicros"): number =>
  median(a.map((round, n) => round[of] / (b[n]?.[of] ?? Number.NaN)))
