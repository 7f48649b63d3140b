/**
 * The scheduler as the peer reads it: undici pools the connections, cockatiel guards the call (deadline, retry, breakers of the
 * operation and of the host, bulkhead, timeout), lru-cache keeps what was answered, shares one call among those who ask for the
 * same and serves what it kept when the call fails. With the gateway's own figures.
 */
import {
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  handleWhen,
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
  constructor(status: number) {
    super(`the scheduler answered ${status}`)
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

const policy = wrap(
  ...(lean ? [] : [timeout(30_000, TimeoutStrategy.Aggressive)]),
  retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff({ initialDelay: 1000, maxDelay: 10_000 }) }),
  circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(3) }),
  bulkhead(32, 256),
  timeout(10_000, TimeoutStrategy.Aggressive)
)
/** What happens on the way to the host counts for it, whatever was asked. */
const host = lean
  ? noop
  : circuitBreaker(
      handleWhen((error) => !(error instanceof AnsweredWith)),
      { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(3) }
    )

const upstream = new Pool(process.env["TWS_URL"] ?? "", { connections: 32, pipelining: 1 })
const authorization = `Basic ${Buffer.from("operator:secret").toString("base64")}`

policy.onSuccess(() => outcomes.inc({ kind: "successful" }))
policy.onFailure(() => outcomes.inc({ kind: "failed" }))

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
  fetchMethod: (path, _stale, { context }) => call(path, context),
  dispose: (_value, _path, reason) => {
    if (reason === "evict") evictions.inc()
  }
})

/** What the scheduler answers, or has answered a short while ago. */
export const read = async (path: string, correlationId: string): Promise<Read> => {
  if (lean) return { ...(await call(path, correlationId)), stale: false }
  const status: LRUCache.Status<string, Kept, string> = {}
  const kept = await cache.fetch(path, { context: correlationId, status })
  const stale = status.returnedStale === true
  if (kept === undefined || (stale && Date.now() - kept.readAt > freshFor + staleFor)) {
    throw status.fetchError ?? new Error("the cache has no answer")
  }
  reads.inc({ result: stale ? "stale" : status.fetch === "hit" ? "hit" : "miss" })
  return { text: kept.text, readAt: kept.readAt, stale }
}
