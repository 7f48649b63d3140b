/**
 * The scheduler as the peer reads it: undici pools the connections, cockatiel guards the call (deadline, retry, breakers of the
 * operation and of the host, bulkhead, timeout), lru-cache keeps what was answered, shares one call among those who ask for the
 * same and serves what it kept when the call fails. With the gateway's own figures; it has no retry budget, and nobody waits only
 * so long for the refresh of a stale answer.
 */
import {
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  isTaskCancelledError,
  noop,
  retry,
  TimeoutStrategy,
  timeout,
  wrap
} from "cockatiel"
import { LRUCache } from "lru-cache"
import { Pool } from "undici"
import { calls, evictions, outcomes, reads } from "./Metrics.ts"

/** Leaves out the cache, the deadline and the host's breaker, and so is not the same service. */
const lean = process.env["PEER_LEAN"] === "1"

/** The scheduler was reached and said no. */
class AnsweredWith extends Error {
  readonly status: number
  constructor(status: number) {
    super(`the scheduler answered ${status}`)
    this.status = status
  }
}

/** What is kept of an answer. */
interface Kept {
  readonly text: string
  readonly readAt: number
}

interface Read extends Kept {
  readonly stale: boolean
}

const isTrouble = (error: unknown) => error instanceof AnsweredWith && (error.status >= 500 || error.status === 429)
const isTimeout = (error: unknown) =>
  isTaskCancelledError(error) || (error instanceof Error && error.name === "AbortError")
const isRefused = (error: unknown) => isBrokenCircuitError(error) || isBulkheadRejectedError(error)
/** What happens on the way to the host counts for it, whatever was asked; in the breaker of the operation counts the rest. */
const isTransport = (error: unknown) => !(error instanceof AnsweredWith || isTimeout(error) || isRefused(error))

const breaker = (counts: (error: unknown) => boolean) =>
  circuitBreaker(handleWhen(counts), { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(3) })

const policy = wrap(
  lean ? noop : timeout(30_000, TimeoutStrategy.Aggressive),
  retry(
    handleWhen((error) => isTrouble(error) || isTransport(error)),
    { maxAttempts: 3, backoff: new ExponentialBackoff({ initialDelay: 1000, maxDelay: 10_000 }) }
  ),
  breaker((error) => isTrouble(error) || isTimeout(error)),
  bulkhead(32, 256),
  timeout(10_000, TimeoutStrategy.Aggressive)
)
const host = lean ? noop : breaker(isTransport)
policy.onSuccess(() => outcomes.inc({ kind: "successful" }))
policy.onFailure(() => outcomes.inc({ kind: "failed" }))

const upstream = new Pool(process.env["TWS_URL"] ?? "", { connections: 32, pipelining: 1 })
const authorization = `Basic ${Buffer.from("operator:secret").toString("base64")}`

const call = (path: string, correlationId: string) =>
  policy.execute(({ signal }) =>
    host.execute(async () => {
      const end = calls.startTimer({ method: "GET" })
      const { statusCode, body } = await upstream.request({
        method: "GET",
        path,
        headers: { authorization, accept: "application/json", "x-correlation-id": correlationId },
        signal
      })
      end({ status: statusCode })
      if (statusCode !== 200) {
        await body.dump()
        throw new AnsweredWith(statusCode)
      }
      return { text: await body.text(), readAt: Date.now() }
    })
  )

/** Answers are fresh for ten seconds and stand in for thirty more; kept as text, which the collector need not walk through. */
const freshFor = 10_000
const staleFor = 30_000
const cache = new LRUCache<string, Kept, string>({
  max: 20_000,
  ttl: freshFor,
  allowStaleOnFetchRejection: true,
  noDeleteOnFetchRejection: true,
  fetchMethod: async (path, _stale, { context, options }) => {
    try {
      return await call(path, context)
    } catch (error) {
      // What the scheduler says of the request is no outage.
      if (error instanceof AnsweredWith && !isTrouble(error)) options.allowStaleOnFetchRejection = false
      throw error
    }
  },
  dispose: (_value, _path, reason) => {
    if (reason === "evict") evictions.inc()
  }
})

/** What the scheduler answers, or has answered a short while ago. */
export const read = async (path: string, correlationId: string): Promise<Read> => {
  if (lean) return { ...(await call(path, correlationId)), stale: false }
  const status: LRUCache.Status<string, Kept, string> = {}
  const kept = await cache.fetch(path, { context: correlationId, status })
  const age = kept === undefined ? Number.POSITIVE_INFINITY : Date.now() - kept.readAt
  if (kept === undefined || age > freshFor + staleFor) throw status.fetchError ?? new Error("the cache has no answer")
  const stale = age > freshFor
  reads.inc({ result: stale ? "stale" : status.fetch === "hit" ? "hit" : "miss" })
  return { text: kept.text, readAt: kept.readAt, stale }
}
