import { Effect, Metric } from "effect"
import type { CacheFigures } from "../TwsCacheControl.ts"

/** What a cache could do for a read. */
export type Outcome = "hit" | "miss" | "stale"

/** Where answers are kept: in this process, or in a Redis that processes share. */
export type Level = "memory" | "redis"

/** The figures of one cache at one level. */
export interface CacheMetrics {
  readonly count: (outcome: Outcome) => void
  readonly evicted: (answers: number) => void
  /** The same figures since the cache was made, of this cache alone. */
  readonly figures: () => CacheFigures
}

/** The attributes that tell a level of a cache from others. */
export const attributesOf = (cache: string, level: Level) => ({ cache, level })

/** Makes the figures, which are there from the start. */
export const make = (cache: string, level: Level): Effect.Effect<CacheMetrics> =>
  Effect.map(Effect.context<never>(), (context) => {
    const attributes = attributesOf(cache, level)
    const requests = (result: Outcome) =>
      Metric.counter("tws.cache.requests", {
        description: "Reads of the scheduler by what the cache could do for them",
        incremental: true,
        attributes: { ...attributes, result }
      })
    const counters = { hit: requests("hit"), miss: requests("miss"), stale: requests("stale") }
    const evictions = Metric.counter("tws.cache.evictions", {
      description:
        "Answers dropped before their time: in memory to make room, in Redis because they were too large or not to be read",
      incremental: true,
      attributes
    })
    for (const counter of [...Object.values(counters), evictions]) counter.updateUnsafe(0, context)
    const tally = { hit: 0, miss: 0, stale: 0, evicted: 0 }

    return {
      count: (outcome) => {
        counters[outcome].updateUnsafe(1, context)
        tally[outcome]++
      },
      evicted: (answers) => {
        evictions.updateUnsafe(answers, context)
        tally.evicted += answers
      },
      figures: () => ({ ...tally })
    }
  })
