import { CurrentDeadline } from "@resync/resilience/Deadline"
import { Clock, DateTime, Deferred, Duration, Effect, Exit, Fiber, Metric, type Scope } from "effect"
import { type Reading } from "../model/Reading.ts"

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

interface Load<A, E> {
  readonly done: Deferred.Deferred<Entry<A>, E>
  readonly tags: ReadonlyArray<string>
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  readers: number
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
  const scope = yield* Effect.scope
  const timeToLive = Duration.toMillis(options.timeToLive)
  const staleFor = Duration.toMillis(options.staleFor)

  // A map keeps the order of insertion; every use moves an entry to the end, so the first is the one used longest ago.
  const entries = new Map<string, Entry<A>>()
  const loads = new Map<string, Load<A, E>>()
  let weight = 0

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
  yield* Effect.forEach([...Object.values(counters), evictions], (counter) => Metric.update(counter, 0))
  yield* Metric.update(size, 0)

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
  const settle = (outcome: Outcome) =>
    Effect.andThen(Metric.update(counters[outcome], 1), Effect.annotateCurrentSpan("tws.cache.result", outcome))

  const reading = (entry: Entry<A>, now: number, stale: boolean): Reading<A> => ({
    value: entry.value,
    asOf: DateTime.makeUnsafe(entry.readAt),
    age: Duration.millis(Math.max(0, now - entry.readAt)),
    stale
  })

  const begin = Effect.fnUntraced(function* (key: string, effect: Effect.Effect<A, E>, tags: ReadonlyArray<string>) {
    const load: Load<A, E> = {
      done: Deferred.makeUnsafe<Entry<A>, E>(),
      tags,
      fiber: undefined,
      readers: 0,
      background: false,
      invalidated: false
    }
    loads.set(key, load)
    // The load belongs to all its readers, so the deadline of the one who began it does not bound it.
    load.fiber = yield* Effect.provideService(effect, CurrentDeadline, undefined).pipe(
      Effect.flatMap((value) =>
        Effect.gen(function* () {
          const entry: Entry<A> = {
            value,
            readAt: yield* Clock.currentTimeMillis,
            weight: behaviour.weigh(value),
            tags,
            invalidated: false
          }
          const evicted = load.invalidated ? 0 : put(key, entry)
          if (evicted > 0) yield* Metric.update(evictions, evicted)
          yield* Metric.update(size, entries.size)
          return entry
        })
      ),
      Effect.onExit((exit) => {
        if (loads.get(key) === load) loads.delete(key)
        return Deferred.done(load.done, exit)
      }),
      Effect.forkIn(scope, { startImmediately: false })
    )
    return load
  }, Effect.uninterruptible)

  /** Waits for a load as one of its readers; the last one to go away takes the load along. */
  const join = <B, E2, R>(key: string, load: Load<A, E>, wait: Effect.Effect<B, E2, R>): Effect.Effect<B, E2, R> =>
    Effect.suspend(() => {
      load.readers++
      return Effect.onExit(wait, (exit) => {
        load.readers--
        if (load.readers > 0 || load.background || load.fiber === undefined || !Exit.hasInterrupts(exit)) {
          return Effect.void
        }
        if (loads.get(key) === load) loads.delete(key)
        return Fiber.interrupt(load.fiber)
      })
    })

  const loadFor = (key: string, effect: Effect.Effect<A, E>, tags: ReadonlyArray<string>) =>
    Effect.suspend(() => {
      const current = loads.get(key)
      return current === undefined ? begin(key, effect, tags) : Effect.succeed(current)
    })

  const get: ReadCache<A, E>["get"] = Effect.fnUntraced(function* (key, { load: effect, tags }) {
    const now = yield* Clock.currentTimeMillis
    const entry = entries.get(key)
    const age = entry === undefined ? Number.POSITIVE_INFINITY : now - entry.readAt
    if (entry !== undefined && !entry.invalidated && age < timeToLive) {
      entries.delete(key)
      entries.set(key, entry)
      yield* settle("hit")
      return reading(entry, now, false)
    }

    const load = yield* loadFor(key, effect, tags)
    const fresh = Deferred.await(load.done)
    const settled = Effect.flatMap(Clock.currentTimeMillis, (at) =>
      Effect.map(fresh, (value) => reading(value, at, false))
    )

    if (entry === undefined || age >= timeToLive + staleFor) {
      if (entry !== undefined && entries.get(key) === entry) remove(key, entry)
      yield* settle("miss")
      return yield* join(key, load, settled)
    }

    const serveStale = Effect.gen(function* () {
      yield* settle("stale")
      return reading(entry, yield* Clock.currentTimeMillis, true)
    })
    const missed = Effect.tap(settled, () => settle("miss"))
    const orStale = Effect.catchIf(missed, behaviour.isOutage, () => serveStale)
    // After an action the old answer is known to be wrong: only an outage lets it out again.
    if (!entry.invalidated) load.background = true
    return entry.invalidated
      ? yield* join(key, load, orStale)
      : yield* Effect.timeoutOrElse(orStale, { duration: options.patience, orElse: () => serveStale })
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
