import { Clock, Duration, Effect, Exit, Option, type Scope } from "effect"
import type { Look, Place, SharedCache } from "../SharedCache.ts"
import type { TwsCacheOptions } from "../TwsCaches.ts"
import { isOutage } from "../TwsError.ts"
import type { Question } from "./CacheBehaviour.ts"
import * as CacheMetrics from "./CacheMetrics.ts"
import * as Wire from "./Wire.ts"

/** A shared cache, and whose answers are in it. */
export interface Shared {
  readonly cache: SharedCache["Service"]
  readonly scope: string
}

/** How long to wait for an answer that another process is asking for, in milliseconds: half a second together. */
const pauses = [20, 40, 80, 160, 200]

/** How the loads of one cache go by the shared one. */
export interface SharedReads {
  readonly share: <A, E extends { readonly _tag: string }>(question: Question<A, E>) => Effect.Effect<A, E>
  readonly metrics: CacheMetrics.CacheMetrics
}

/** Runs a load on texts that it had before; nothing if they do not do for it. */
const replay = <A, E>(load: Effect.Effect<A, E>, recorded: string): Effect.Effect<Option.Option<A>> => {
  const texts = Wire.parse(recorded)
  if (texts === undefined) return Effect.succeedNone
  return load.pipe(
    Effect.provideService(Wire.CurrentWire, { _tag: "Replay", texts }),
    Effect.exit,
    Effect.map(Exit.getSuccess)
  )
}

/** Puts the shared cache before the scheduler. */
export const make = Effect.fnUntraced(function* (
  { cache, scope }: Shared,
  name: string,
  options: TwsCacheOptions
): Effect.fn.Return<SharedReads, never, Scope.Scope> {
  const metrics = yield* CacheMetrics.make(name, "redis")
  const freshFor = Duration.toMillis(options.timeToLive)
  const keepFor = freshFor + Duration.toMillis(options.staleFor)
  const background = yield* Effect.scope

  /** Looks, and where another process is asking the scheduler, waits a moment for its answer. */
  const look = Effect.fnUntraced(function* (place: Place) {
    let seen = yield* cache.look(place, freshFor)
    for (const pause of pauses) {
      if (seen === undefined || seen.found?.fresh === true || seen.ticket.lease !== undefined) break
      yield* Effect.sleep(pause)
      seen = yield* cache.look(place, freshFor)
    }
    return seen
  })

  /** Asks the scheduler, and leaves its answer to the others without keeping anybody waiting. */
  const load = <A, E>(question: Question<A, E>, place: Place, { ticket }: Look): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      const recording = new Wire.Recording()
      const leave = (exit: Exit.Exit<A, E>): Effect.Effect<unknown> => {
        if (Exit.isFailure(exit)) return cache.giveUp(place, ticket)
        const { text } = recording
        if (text === undefined) {
          metrics.evicted(1)
          return cache.giveUp(place, ticket)
        }
        return Effect.map(cache.keep(place, ticket, text, keepFor), (fits) => {
          if (!fits) metrics.evicted(1)
        })
      }
      return question.load.pipe(
        Effect.provideService(Wire.CurrentWire, { _tag: "Recording", recording }),
        Effect.onExit((exit) => Effect.asVoid(Effect.forkIn(leave(exit), background)))
      )
    })

  const share: SharedReads["share"] = <A, E extends { readonly _tag: string }>(question: Question<A, E>) => {
    let outcome: CacheMetrics.Outcome = "miss"

    const found = Effect.fnUntraced(function* (text: string, age: number, as: CacheMetrics.Outcome) {
      const lookedAt = yield* Clock.currentTimeMillis
      const answer = yield* replay(question.load, text)
      if (Option.isNone(answer)) return answer
      outcome = as
      question.aged(age + (yield* Clock.currentTimeMillis) - lookedAt)
      return answer
    })

    const shared = Effect.gen(function* () {
      const place = { cache: name, scope, key: question.key, tags: question.tags }
      const seen = yield* look(place)
      // Nor is it to be written down or read in a load that this one is part of.
      if (seen === undefined) return yield* Effect.provideService(question.load, Wire.CurrentWire, undefined)
      const kept = seen.found
      if (kept?.fresh === true) {
        const answer = yield* found(kept.text, kept.age, "hit")
        if (Option.isSome(answer)) return answer.value
        metrics.evicted(1)
        yield* Effect.logWarning("an answer in the shared cache cannot be read", { cache: name })
        yield* cache.drop(place)
      }
      const lookedAt = yield* Clock.currentTimeMillis
      const loaded = load(question, place, seen)
      if (kept === undefined || kept.fresh) return yield* loaded
      const orOld = Effect.fnUntraced(function* (error: E) {
        if (question.standIn()) return yield* Effect.fail(error)
        const age = kept.age + (yield* Clock.currentTimeMillis) - lookedAt
        const answer = age < keepFor ? yield* found(kept.text, age, "stale") : Option.none<A>()
        return Option.isSome(answer) ? answer.value : yield* Effect.fail(error)
      })
      return yield* Effect.catchIf(loaded, isOutage, orOld)
    })

    return Effect.onExit(shared, () => {
      metrics.count(outcome)
      return Effect.annotateCurrentSpan("tws.cache.shared", outcome)
    })
  }

  return { share, metrics }
})
