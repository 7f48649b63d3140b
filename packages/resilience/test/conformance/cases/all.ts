import type { BreakerCase } from "../script/BreakerCase.ts"
import type { TimedCase } from "../script/TimedCase.ts"
import * as breaker from "./breaker.ts"
import * as timed from "./timed.ts"
import * as windows from "./windows.ts"

/** Cases that belong together, for a report. */
export interface Section {
  readonly title: string
  readonly cases: ReadonlyArray<BreakerCase | TimedCase>
}

/** Every case that any library can be put through. */
export const sections: ReadonlyArray<Section> = [
  { title: "count window", cases: [...windows.countWindow, ...windows.countWindowEdges] },
  { title: "time window", cases: [...windows.timeWindow, ...windows.timeWindowEdges] },
  { title: "slow calls", cases: [...windows.slowCalls, ...windows.slowCallEdges] },
  { title: "failures in a row", cases: [...breaker.consecutive, ...breaker.consecutiveEdges] },
  { title: "open", cases: [...breaker.open, ...breaker.openEdges] },
  { title: "half-open", cases: [...breaker.halfOpen, ...breaker.halfOpenEdges] },
  { title: "generations", cases: [...breaker.generations, ...breaker.generationEdges] },
  { title: "retry", cases: [...timed.retry, ...timed.retryEdges] },
  { title: "timeout", cases: [...timed.timeout, ...timed.timeoutEdges] },
  { title: "bulkhead", cases: [...timed.bulkhead, ...timed.bulkheadEdges, timed.bulkheadInBreaker] },
  { title: "rate limit", cases: [...timed.limiter, ...timed.limiterEdges] },
  { title: "hedging", cases: [...timed.hedge, ...timed.hedgeEdges] }
]
