import { Clock, Duration, Effect } from "effect"
import * as Redis from "effect/persistence/Redis"

/** One process finds that a circuit should open. */
export interface Report {
  readonly circuit: string
  readonly node: string
  /** How long the report stands. */
  readonly standsFor: Duration.Duration
  readonly quorum: number
}

/** What processes share about circuits beside what Effect's store of them holds. */
export interface CircuitReports {
  /** The key of a circuit in that store. */
  readonly keyOf: (circuit: string) => string
  /** Adds a report. Answers whether those of a quorum of processes stand now; then they are used up. */
  readonly report: (report: Report) => Effect.Effect<boolean, Redis.RedisError>
  /** Makes a circuit as new. */
  readonly clear: (circuit: string) => Effect.Effect<void, Redis.RedisError>
}

/** Within one process. */
export const memory = (): CircuitReports => {
  const standing = new Map<string, Map<string, number>>()
  // The store in memory forgets nothing on demand, but a circuit under another key is as new.
  const cleared = new Map<string, number>()

  return {
    keyOf: (circuit) => `${circuit}#${cleared.get(circuit) ?? 0}`,
    report: ({ circuit, node, quorum, standsFor }) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const reports = standing.get(circuit) ?? new Map<string, number>()
        for (const [other, until] of reports) if (until <= now) reports.delete(other)
        reports.set(node, now + Duration.toMillis(standsFor))
        standing.set(circuit, reports)
        const reached = reports.size >= quorum
        if (reached) reports.clear()
        return reached
      }),
    clear: (circuit) =>
      Effect.sync(() => {
        standing.delete(circuit)
        cleared.set(circuit, (cleared.get(circuit) ?? 0) + 1)
      })
  }
}

/** A sorted set of nodes by the end of their report, in the time of the server. Answers 1 if it is a quorum. */
const reportScript = Redis.script(
  (key: string, node: string, standsForMillis: number, quorum: number) => [key, node, standsForMillis, quorum],
  {
    numberOfKeys: 1,
    lua: `
local time = redis.call("TIME")
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now)
redis.call("ZADD", KEYS[1], string.format("%.0f", now + tonumber(ARGV[2])), ARGV[1])
if redis.call("ZCARD", KEYS[1]) >= tonumber(ARGV[3]) then
  redis.call("DEL", KEYS[1])
  return 1
end
redis.call("PEXPIRE", KEYS[1], ARGV[2])
return 0
`
  }
).withReturnType<number>()

/** Across processes, beside the circuits of Effect's Redis store under `circuits`. */
export const redis = (
  client: Redis.Redis["Service"],
  prefix: { readonly circuits: string; readonly reports: string }
): CircuitReports => {
  const report = client.eval(reportScript)
  return {
    keyOf: (circuit) => circuit,
    report: ({ circuit, node, quorum, standsFor }) =>
      Effect.map(
        report(`${prefix.reports}${circuit}`, node, Math.max(1, Math.ceil(Duration.toMillis(standsFor))), quorum),
        (reached) => reached === 1
      ),
    clear: (circuit) => Effect.asVoid(client.send("DEL", `${prefix.circuits}${circuit}`, `${prefix.reports}${circuit}`))
  }
}
