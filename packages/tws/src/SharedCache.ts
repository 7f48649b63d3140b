/**
 * What processes in front of one scheduler know together of its answers: a second level behind the memory of each. `TwsHttp`
 * uses it where it is provided, and does without it where it is not.
 *
 * **Example**
 *
 * ```ts
 * import * as Resilience from "@resync/resilience/Resilience"
 * import { SharedCache } from "@resync/tws/SharedCache"
 * import * as TwsHttp from "@resync/tws/TwsHttp"
 * import { Layer } from "effect"
 * import type { Redis } from "effect/persistence"
 *
 * declare const redis: Layer.Layer<Redis.Redis>
 *
 * export const layer = TwsHttp.layerConfig.pipe(
 *   Layer.provide(SharedCache.layerRedis()),
 *   Layer.provide([redis, Resilience.layer()])
 * )
 * ```
 */
import type { RegistrationError as BreakerError } from "@resync/resilience/CircuitBreakerRegistry"
import { type ResiliencePolicyConflict, ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import { Context, Effect, Layer, type Scope } from "effect"
import * as Redis from "effect/persistence/Redis"
import * as ChangeLog from "./internal/ChangeLog.ts"
import * as SharedAnswers from "./internal/SharedAnswers.ts"
import { policyName, sharedCachePolicy } from "./SharedCachePolicy.ts"
import type { SharedCacheState } from "./TwsCacheControl.ts"

/** The registries hold a policy or breaker of this cache's name with other options. */
export type RegistrationError = BreakerError | ResiliencePolicyConflict

/** Where an answer is kept. */
export interface Place {
  readonly cache: string
  /** Whose answers these are: of which scheduler, for which of its users. */
  readonly scope: string
  readonly key: string
  readonly tags: ReadonlyArray<string>
}

/** What was found. */
export interface Found {
  readonly text: string
  /** Milliseconds since it was read from the scheduler. */
  readonly age: number
  readonly fresh: boolean
}

/** Lets an answer in that was asked for after a look. */
export interface Ticket {
  /** The generations of the answer's tags at the look: a change in between makes the answer one that nobody reads. */
  readonly generations: string
  /** When the look was, in the time of the server and here. */
  readonly lookedAt: number
  readonly lookedAtHere: number
  /** Held by the one who is to ask the scheduler; whoever has none may wait a moment for his answer. */
  readonly lease: string | undefined
}

export interface Look {
  readonly found: Found | undefined
  readonly ticket: Ticket
}

/** What has changed: answers with these tags, and whole caches that were cleared. */
export interface Change {
  readonly tags: ReadonlyArray<string>
  readonly caches: ReadonlyArray<string>
}

/** What a process hears. */
export type News =
  | ({ readonly _tag: "Changed" } & Change)
  /** Changes may have been missed. */
  | { readonly _tag: "Missed" }
  /** From now on changes are heard, or are not. */
  | { readonly _tag: "Touch"; readonly inTouch: boolean }

export class SharedCache extends Context.Service<
  SharedCache,
  {
    /** What is kept, if it is of the current generations. Nothing while Redis is away: then the scheduler is asked. */
    readonly look: (place: Place, freshForMillis: number) => Effect.Effect<Look | undefined>
    /** Keeps an answer that has just been read. Answers whether it fits. */
    readonly keep: (place: Place, ticket: Ticket, text: string, keepForMillis: number) => Effect.Effect<boolean>
    /** Gives a lease back without an answer. */
    readonly giveUp: (place: Place, ticket: Ticket) => Effect.Effect<void>
    /** Takes out what cannot be read. */
    readonly drop: (place: Place) => Effect.Effect<void>
    /**
     * Tells all processes of a change. Until Redis has taken it on, this process reads nothing from there, and goes on telling in
     * the background.
     */
    readonly tell: (change: Change) => Effect.Effect<void>
    /** Hears of what other processes changed, and at once whether they are heard. */
    readonly listen: (listener: (news: News) => void) => Effect.Effect<void, never, Scope.Scope>
    readonly state: Effect.Effect<SharedCacheState>
  }
>()("@resync/tws/SharedCache") {
  /** In a Redis 5 or newer, under keys that begin with `prefix`, `resync:` by default. Processes share by using the same. */
  static readonly layerRedis = (options?: {
    readonly prefix?: string | undefined
  }): Layer.Layer<SharedCache, RegistrationError, Redis.Redis | ResiliencePolicyRegistry> =>
    Layer.effect(
      SharedCache,
      Effect.gen(function* () {
        const redis = yield* Redis.Redis
        const policy = yield* (yield* ResiliencePolicyRegistry).register(policyName, sharedCachePolicy)
        const prefix = `${options?.prefix ?? "resync:"}cache:`
        const log = yield* ChangeLog.make({ redis, policy, prefix })
        const answers = SharedAnswers.make({ redis, policy, prefix, untold: log.untold })
        return SharedCache.of({
          ...answers,
          tell: log.tell,
          listen: log.listen,
          state: Effect.sync(() => ({ inTouch: log.inTouch(), untold: log.untold(), policy: policyName }))
        })
      })
    )
}
