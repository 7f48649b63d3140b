import { Context, type Effect, Schema } from "effect"
import { Span } from "./model/Times.ts"

/** What became of reads since the cache was made, and how many answers were dropped before their time. */
export const CacheFigures = Schema.Struct({
  hit: Schema.Int,
  miss: Schema.Int,
  stale: Schema.Int,
  evicted: Schema.Int
}).annotate({ identifier: "CacheFigures" })
export type CacheFigures = typeof CacheFigures.Type

/** One cache as it is now. */
export const CacheSnapshot = Schema.Struct({
  name: Schema.String,
  /** Answers kept in memory. */
  entries: Schema.Int,
  /** What they weigh together, by items, and what they may weigh at most. */
  weight: Schema.Int,
  capacity: Schema.Int,
  timeToLive: Span,
  staleFor: Span,
  memory: CacheFigures,
  /** What the shared cache could do for the reads that memory could do nothing for. Absent without one. */
  redis: Schema.optionalKey(CacheFigures)
}).annotate({ identifier: "CacheSnapshot" })
export type CacheSnapshot = typeof CacheSnapshot.Type

/** How it stands with the cache that processes share. */
export const SharedCacheState = Schema.Struct({
  /** Whether this process hears from the others what has changed. While it does not, it trusts what it keeps for less long. */
  inTouch: Schema.Boolean,
  /** Changes that the others could not be told yet; while there are any, nothing is read from Redis. */
  untold: Schema.Int,
  /** The resilience policy around its calls, with its circuit breaker. */
  policy: Schema.String
}).annotate({ identifier: "SharedCacheState" })
export type SharedCacheState = typeof SharedCacheState.Type

/** There is no cache of this name. */
export class TwsCacheNotFound extends Schema.TaggedError<TwsCacheNotFound>()("TwsCacheNotFound", {
  cache: Schema.String
}) {
  override get message() {
    return `There is no cache ${this.cache}`
  }
}

/** The caches of a client of the scheduler, to be seen and cleared. `TwsHttp` provides it beside `Tws`. */
export class TwsCacheControl extends Context.Service<
  TwsCacheControl,
  {
    readonly caches: Effect.Effect<ReadonlyArray<CacheSnapshot>>
    /** How the shared cache is; nothing without one. */
    readonly shared: Effect.Effect<SharedCacheState | undefined>
    /**
     * Forgets all answers of one cache, or of all of them, here, in the shared cache, and in the processes that share it.
     * Answers how many were kept in this process, by cache.
     */
    readonly clear: (cache?: string) => Effect.Effect<ReadonlyMap<string, number>, TwsCacheNotFound>
  }
>()("@resync/tws/TwsCacheControl") {}
