import { Clock, Context, Duration, Effect, Layer } from "effect"
import { RateLimiter } from "effect/persistence"

interface Counter {
  count: number
  expiresAt: number
}

/** More counters than this are swept, at most once a second. */
const sweepAbove = 10_000

/** Never more than this: whoever makes so many costs the oldest theirs. */
const capacity = 100_000

const sweepMillis = 1_000

/**
 * Counters in memory that go when their window ends. The memory store of Effect keeps each key for ever, which here would
 * let anybody who has many addresses fill the memory.
 */
export const layer: Layer.Layer<RateLimiter.RateLimiterStore> = Layer.effect(
  RateLimiter.RateLimiterStore,
  Effect.gen(function* () {
    const others = Context.get(yield* Layer.build(RateLimiter.layerStoreMemory), RateLimiter.RateLimiterStore)
    const counters = new Map<string, Counter>()
    let sweptAt = Number.NEGATIVE_INFINITY

    const sweep = (now: number) => {
      if (counters.size <= sweepAbove || now - sweptAt < sweepMillis) return
      sweptAt = now
      for (const [key, { expiresAt }] of counters) if (expiresAt <= now) counters.delete(key)
    }

    const bound = () => {
      for (const oldest of counters.keys()) {
        if (counters.size <= capacity) return
        counters.delete(oldest)
      }
    }

    return RateLimiter.RateLimiterStore.of({
      ...others,
      fixedWindow: ({ key, limit, refillRate, tokens }) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          sweep(now)
          let counter = counters.get(key)
          if (counter === undefined || counter.expiresAt <= now) {
            counter = { count: 0, expiresAt: now }
            counters.set(key, counter)
            bound()
          }
          if (limit !== undefined && counter.count + tokens > limit) {
            return [counter.count + tokens, counter.expiresAt - now] as const
          }
          counter.count += tokens
          counter.expiresAt += Duration.toMillis(refillRate) * tokens
          return [counter.count, counter.expiresAt - now] as const
        })
    })
  })
)
