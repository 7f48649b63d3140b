import { CurrentDeadline } from "@resync/resilience/Deadline"
import * as Spanned from "@resync/telemetry/Spanned"
import { Clock, Context, DateTime, Duration, Effect, Exit, Fiber, Metric, type Scope } from "effect"
import type { Reading } from "../model/Reading.ts"
import type { CacheSnapshot } from "../TwsCacheControl.ts"
import type { Behaviour } from "./CacheBehaviour.ts"
import * as CacheMetrics from "./CacheMetrics.ts"
import { LeastUsed } from "./LeastUsed.ts"

/** How long answers of one kind are good, and how much of them is kept. */
export interface ReadCacheOptions {
  /** The name in the metrics. */
  readonly name: string
  /** How long an answer is fresh. */
  readonly timeToLive: Duration.Input
  /** How long past that an answer still serves, marked stale, while a refresh runs or the scheduler is away. */
  readonly staleFor: Duration.Input
  /** The weight of all answers kept; the one used longest ago goes first. */
  readonly capacity: number
  /** How long a reader waits for the refresh of a stale answer before he gets the stale one. */
  readonly patience: Duration.Input
}

/** Reads of one kind, kept for a while. */
export interface ReadCache<A, E> {
  /**
   * The answer to `key`: a kept one that is fresh, or what `load` gives. Readers that ask for the same key at the same
   * time share one load; it lives in the cache's scope, so that it fails nobody when the reader who began it goes away,
   * and ends when the last one has gone.
   */
  readonly get: (
    key: string,
    options: { readonly load: Effect.Effect<A, E>; readonly tags: ReadonlyArray<string> }
  ) => Effect.Effect<Reading<A>, E>
  /** Answers with any of these tags are no longer fresh: the next reader waits for a new one. */
  readonly invalidate: (tags: ReadonlyArray<string>) => void
  /** The same for all answers that have tags. */
  readonly invalidateAll: () => void
  /** Forgets all answers, those on their way included, and says how many were kept. */
  readonly clear: () => number
  /** Whether actions elsewhere may go unheard: then answers that they would make old are fresh for ten seconds at most. */
  readonly distrust: (unheard: boolean) => void
  readonly snapshot: () => Omit<CacheSnapshot, "name" | "redis">
}

/** How long answers with tags are fresh while nobody tells what has changed. */
const unheardFor = 10_000

interface Entry<A> {
  readonly value: A
  readonly readAt: number
  readonly weight: number
  readonly tags: ReadonlyArray<string>
  invalidated: boolean
}

/** A load under way, and its readers. */
interface Load<A, E> {
  readonly tags: ReadonlyArray<string>
  readonly readers: Set<(exit: Exit.Exit<Entry<A>, E>) => void>
  exit: Exit.Exit<Entry<A>, E> | undefined
  fiber: Fiber.Fiber<A, E> | undefined
  /** Set once somebody who was given a stale answer relies on it: then it goes on without readers. */
  background: boolean
  invalidated: boolean
  /** How long ago its answer was read from the scheduler when it came, in milliseconds. */
  age: number
}

/** Makes a cache. */
export const make = Effect.fnUntraced(function* <A, E>(
  options: ReadCacheOptions,
  behaviour: Behaviour<A, E>
): Effect.fn.Return<ReadCache<A, E>, never, Scope.Scope> {
  const timeToLive = Duration.toMillis(options.timeToLive)
  const staleFor = Duration.toMillis(options.staleFor)
  let freshFor = timeToLive

  const entries = new LeastUsed<Entry<A>>(options.capacity)
  const loads = new Map<string, Load<A, E>>()
  // Also those that an action has made old, which are no longer to be found by their key.
  const running = new Set<Fiber.Fiber<A, E>>()
  let closed = false
  yield* Effect.addFinalizer(() => {
    closed = true
    return Fiber.interruptAll(running)
  })

  const metrics = yield* CacheMetrics.make(options.name, "memory")
  const size = Metric.gauge("tws.cache.entries", {
    description: "Answers kept",
    attributes: CacheMetrics.attributesOf(options.name, "memory")
  })
  const context = yield* Effect.context<never>()
  size.updateUnsafe(0, context)

  /** Counts what became of a read and tells the span of it. */
  const count = (fiber: Fiber.Fiber<unknown, unknown>, outcome: CacheMetrics.Outcome): void => {
    metrics.count(outcome)
    Spanned.annotateUnsafe(fiber, "tws.cache.result", outcome)
  }

  const reading = (entry: Entry<A>, now: number, stale: boolean): Reading<A> => ({
    value: entry.value,
    asOf: DateTime.makeUnsafe(entry.readAt),
    age: now > entry.readAt ? Duration.millis(now - entry.readAt) : Duration.zero,
    stale
  })

  const keep = (key: string, load: Load<A, E>, value: A, readAt: number): Entry<A> => {
    const entry: Entry<A> = { value, readAt, weight: behaviour.weigh(value), tags: load.tags, invalidated: false }
    const evicted = load.invalidated ? 0 : entries.put(key, entry)
    if (evicted > 0) metrics.evicted(evicted)
    size.updateUnsafe(entries.size, context)
    return entry
  }

  /** A load that looks elsewhere first. */
  const shared = (key: string, load: Load<A, E>, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    behaviour.share?.({
      key,
      tags: load.tags,
      load: effect,
      standIn: () => entries.get(key) !== undefined,
      aged: (millis) => {
        load.age = millis
      }
    }) ?? effect

  /** Starts a load in a fibre of its own: it belongs to all its readers, whose first may go away. */
  const begin = (
    key: string,
    effect: Effect.Effect<A, E>,
    tags: ReadonlyArray<string>,
    reader: Fiber.Fiber<unknown, unknown>
  ): Load<A, E> => {
    const load: Load<A, E> = {
      tags,
      readers: new Set(),
      exit: undefined,
      fiber: undefined,
      background: false,
      invalidated: false,
      age: 0
    }
    loads.set(key, load)
    // Nor does the deadline of the one who began it bound it.
    const bounded = reader.getRef(CurrentDeadline) !== undefined
    const inherited = bounded ? Context.add(reader.context, CurrentDeadline, undefined) : reader.context
    const clock = reader.getRef(Clock.Clock)
    const fiber = Effect.runForkWith(inherited)(behaviour.share === undefined ? effect : shared(key, load, effect))
    load.fiber = fiber
    running.add(fiber)
    fiber.addObserver((exit) => {
      running.delete(fiber)
      if (loads.get(key) === load) loads.delete(key)
      const ended = Exit.map(exit, (value) => keep(key, load, value, clock.currentTimeMillisUnsafe() - load.age))
      load.exit = ended
      const readers = [...load.readers]
      load.readers.clear()
      for (const resume of readers) resume(ended)
    })
    return load
  }

  /** Waits for a load as one of its readers; the last one to go away takes the load along. */
  const join = (key: string, load: Load<A, E>): Effect.Effect<Entry<A>, E> =>
    load.exit ??
    Effect.callback((resume) => {
      if (load.exit !== undefined) return resume(load.exit)
      load.readers.add(resume)
      return Effect.suspend(() => {
        load.readers.delete(resume)
        if (load.readers.size > 0 || load.background || load.fiber === undefined) return Effect.void
        if (loads.get(key) === load) loads.delete(key)
        return Fiber.interrupt(load.fiber)
      })
    })

  const get: ReadCache<A, E>["get"] = (key, { load: effect, tags }) =>
    Effect.withFiber((fiber) => {
      const clock = fiber.getRef(Clock.Clock)
      const now = clock.currentTimeMillisUnsafe()
      const entry = entries.get(key)
      const age = entry === undefined ? Number.POSITIVE_INFINITY : now - entry.readAt
      const fresh = age < freshFor || (age < timeToLive && entry?.tags.length === 0)
      if (entry !== undefined && !entry.invalidated && fresh) {
        entries.touch(key, entry)
        count(fiber, "hit")
        return Effect.succeed(reading(entry, now, false))
      }
      if (closed) return Effect.interrupt

      const load = loads.get(key) ?? begin(key, effect, tags, fiber)
      const loaded = Effect.map(join(key, load), (value) => reading(value, now, load.age >= timeToLive))

      if (entry === undefined || age >= timeToLive + staleFor) {
        if (entry !== undefined) entries.remove(key, entry)
        count(fiber, "miss")
        return loaded
      }

      const serveStale = Effect.sync(() => {
        count(fiber, "stale")
        return reading(entry, clock.currentTimeMillisUnsafe(), true)
      })
      const missed = Effect.tap(loaded, () => Effect.sync(() => count(fiber, "miss")))
      const orStale = Effect.catchIf(missed, behaviour.isOutage, () => serveStale)
      // After an action the old answer is known to be wrong: only an outage lets it out again.
      if (entry.invalidated) return orStale
      load.background = true
      return Effect.timeoutOrElse(orStale, { duration: options.patience, orElse: () => serveStale })
    })

  const makeOld = (is: (tags: ReadonlyArray<string>) => boolean): void => {
    for (const entry of entries.values()) if (is(entry.tags)) entry.invalidated = true
    for (const [key, load] of loads) {
      if (!is(load.tags)) continue
      // Its readers asked before the action and get what they asked for; later ones start a load of their own.
      load.invalidated = true
      loads.delete(key)
    }
  }

  const clear = (): number => {
    const dropped = entries.clear()
    size.updateUnsafe(0, context)
    for (const load of loads.values()) load.invalidated = true
    loads.clear()
    return dropped
  }

  return {
    get,
    invalidate: (tags) => makeOld((own) => own.some((tag) => tags.includes(tag))),
    invalidateAll: () => makeOld((own) => own.length > 0),
    clear,
    distrust: (unheard) => {
      freshFor = unheard ? Math.min(timeToLive, unheardFor) : timeToLive
    },
    snapshot: () => ({
      entries: entries.size,
      weight: entries.weight,
      capacity: options.capacity,
      timeToLive: Duration.millis(timeToLive),
      staleFor: Duration.millis(staleFor),
      memory: metrics.figures()
    })
  }
})
