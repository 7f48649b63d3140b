import { CurrentDeadline } from "@resync/resilience/Deadline"
import * as Spanned from "@resync/telemetry/Spanned"
import { Clock, Context, DateTime, Duration, Effect, Exit, Fiber, Metric, type Scope } from "effect"
import type { Reading } from "../model/Reading.ts"

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
  readonly invalidate: (tags: ReadonlyArray<string>) => Effect.Effect<void>
}

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
}

type Outcome = "hit" | "miss" | "stale"

/** Makes a cache. `isOutage` tells failures that a stale answer may stand in for from answers that must come through. */
export const make = Effect.fnUntraced(function* <A, E>(
  options: ReadCacheOptions,
  behaviour: { readonly weigh: (value: A) => number; readonly isOutage: (error: E) => boolean }
): Effect.fn.Return<ReadCache<A, E>, never, Scope.Scope> {
  const timeToLive = Duration.toMillis(options.timeToLive)
  const staleFor = Duration.toMillis(options.staleFor)

  // A map keeps the order of insertion; every use moves an entry to the end, so the first is the one used longest ago.
  const entries = new Map<string, Entry<A>>()
  const loads = new Map<string, Load<A, E>>()
  // Also those that an action has made old, which are no longer to be found by their key.
  const running = new Set<Fiber.Fiber<A, E>>()
  let weight = 0
  let closed = false
  yield* Effect.addFinalizer(() => {
    closed = true
    return Fiber.interruptAll(running)
  })

  const attributes = { cache: options.name }
  const requests = (result: Outcome) =>
    Metric.counter("tws.cache.requests", {
      description: "Reads of the scheduler by what the cache could do for them",
      incremental: true,
      attributes: { ...attributes, result }
    })
  const counters = { hit: requests("hit"), miss: requests("miss"), stale: requests("stale") }
  const evictions = Metric.counter("tws.cache.evictions", {
    description: "Answers dropped to make room",
    incremental: true,
    attributes
  })
  const size = Metric.gauge("tws.cache.entries", { description: "Answers kept", attributes })
  const context = yield* Effect.context<never>()
  for (const counter of [...Object.values(counters), evictions]) counter.updateUnsafe(0, context)
  size.updateUnsafe(0, context)

  const remove = (key: string, entry: Entry<A>) => {
    entries.delete(key)
    weight -= entry.weight
  }

  const put = (key: string, entry: Entry<A>): number => {
    const old = entries.get(key)
    if (old !== undefined) remove(key, old)
    if (entry.weight > options.capacity) return 0
    entries.set(key, entry)
    weight += entry.weight
    let evicted = 0
    for (const [oldest, value] of entries) {
      if (weight <= options.capacity) break
      remove(oldest, value)
      evicted++
    }
    return evicted
  }

  /** Counts what became of a read and tells the span of it. */
  const count = (fiber: Fiber.Fiber<unknown, unknown>, outcome: Outcome): void => {
    counters[outcome].updateUnsafe(1, context)
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
    const evicted = load.invalidated ? 0 : put(key, entry)
    if (evicted > 0) evictions.updateUnsafe(evicted, context)
    size.updateUnsafe(entries.size, context)
    return entry
  }

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
      invalidated: false
    }
    loads.set(key, load)
    // Nor does the deadline of the one who began it bound it.
    const bounded = reader.getRef(CurrentDeadline) !== undefined
    const inherited = bounded ? Context.add(reader.context, CurrentDeadline, undefined) : reader.context
    const clock = reader.getRef(Clock.Clock)
    const fiber = Effect.runForkWith(inherited)(effect)
    load.fiber = fiber
    running.add(fiber)
    fiber.addObserver((exit) => {
      running.delete(fiber)
      if (loads.get(key) === load) loads.delete(key)
      const ended = Exit.map(exit, (value) => keep(key, load, value, clock.currentTimeMillisUnsafe()))
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
      if (entry !== undefined && !entry.invalidated && age < timeToLive) {
        entries.delete(key)
        entries.set(key, entry)
        count(fiber, "hit")
        return Effect.succeed(reading(entry, now, false))
      }
      if (closed) return Effect.interrupt

      const load = loads.get(key) ?? begin(key, effect, tags, fiber)
      const fresh = Effect.map(join(key, load), (value) => reading(value, now, false))

      if (entry === undefined || age >= timeToLive + staleFor) {
        if (entry !== undefined && entries.get(key) === entry) remove(key, entry)
        count(fiber, "miss")
        return fresh
      }

      const serveStale = Effect.sync(() => {
        count(fiber, "stale")
        return reading(entry, clock.currentTimeMillisUnsafe(), true)
      })
      const missed = Effect.tap(fresh, () => Effect.sync(() => count(fiber, "miss")))
      const orStale = Effect.catchIf(missed, behaviour.isOutage, () => serveStale)
      // After an action the old answer is known to be wrong: only an outage lets it out again.
      if (entry.invalidated) return orStale
      load.background = true
      return Effect.timeoutOrElse(orStale, { duration: options.patience, orElse: () => serveStale })
    })

  const invalidate: ReadCache<A, E>["invalidate"] = (tags) =>
    Effect.sync(() => {
      const hit = (own: ReadonlyArray<string>) => own.some((tag) => tags.includes(tag))
      for (const entry of entries.values()) if (hit(entry.tags)) entry.invalidated = true
      for (const [key, load] of loads) {
        if (!hit(load.tags)) continue
        // Its readers asked before the action and get what they asked for; later ones start a load of their own.
        load.invalidated = true
        loads.delete(key)
      }
    })

  return { get, invalidate }
})
