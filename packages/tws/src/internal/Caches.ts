import { type Duration, Effect, type Scope } from "effect"
import type { News } from "../SharedCache.ts"
import { type TwsCacheControl, TwsCacheNotFound } from "../TwsCacheControl.ts"
import { type TwsCacheName, TwsCaches } from "../TwsCaches.ts"
import { isOutage } from "../TwsError.ts"
import * as ReadCache from "./ReadCache.ts"
import * as SharedReads from "./SharedReads.ts"

/** The caches of one client: one for each operation, all told of every action. */
export interface Caches {
  readonly make: <A, E extends { readonly _tag: string }>(
    operation: string,
    kind: TwsCacheName,
    weigh?: (value: A) => number
  ) => Effect.Effect<ReadCache.ReadCache<A, E>, never, Scope.Scope>
  /** Tells all caches, and the processes that share them, that what carries one of these tags has changed. */
  readonly invalidate: (tags: ReadonlyArray<string>) => Effect.Effect<void>
  readonly control: TwsCacheControl["Service"]
}

interface Known {
  readonly cache: Pick<
    ReadCache.ReadCache<never, never>,
    "invalidate" | "invalidateAll" | "clear" | "distrust" | "snapshot"
  >
  readonly shared: SharedReads.SharedReads | undefined
}

/** Makes the caches. */
export const make: (options: {
  /** How long a reader waits for a refresh before he gets the stale answer, half a second by default. */
  readonly patience?: Duration.Input | undefined
  readonly shared?: SharedReads.Shared | undefined
}) => Effect.Effect<Caches, never, Scope.Scope> = Effect.fnUntraced(function* ({ patience = "500 millis", shared }) {
  const caches = new Map<string, Known>()
  const invalidate = (tags: ReadonlyArray<string>) => {
    for (const { cache } of caches.values()) cache.invalidate(tags)
  }
  let unheard = false

  const hear = (news: News): void => {
    switch (news._tag) {
      case "Changed":
        invalidate(news.tags)
        for (const name of news.caches) caches.get(name)?.cache.clear()
        return
      case "Missed":
        for (const { cache } of caches.values()) cache.invalidateAll()
        return
      case "Touch":
        unheard = !news.inTouch
        for (const { cache } of caches.values()) cache.distrust(unheard)
    }
  }
  if (shared !== undefined) yield* shared.cache.listen(hear)
  const tell = (tags: ReadonlyArray<string>, names: ReadonlyArray<string>) =>
    shared === undefined ? Effect.void : shared.cache.tell({ tags, caches: names })

  return {
    make: <A, E extends { readonly _tag: string }>(
      operation: string,
      kind: TwsCacheName,
      weigh: (value: A) => number = () => 1
    ) =>
      Effect.gen(function* () {
        const options = TwsCaches[kind]
        const reads = shared && (yield* SharedReads.make(shared, operation, options))
        const cache = yield* ReadCache.make<A, E>(
          { name: operation, patience, ...options },
          { weigh, isOutage, share: reads?.share }
        )
        cache.distrust(unheard)
        caches.set(operation, { cache, shared: reads })
        return cache
      }),
    invalidate: (tags) =>
      Effect.suspend(() => {
        invalidate(tags)
        return tell(tags, [])
      }),
    control: {
      caches: Effect.sync(() =>
        [...caches].map(([name, { cache, shared }]) => ({
          name,
          ...cache.snapshot(),
          ...(shared === undefined ? {} : { redis: shared.metrics.figures() })
        }))
      ),
      shared: shared === undefined ? Effect.undefined : shared.cache.state,
      clear: (name) =>
        Effect.suspend(() => {
          const chosen = name === undefined ? [...caches.keys()] : [name]
          const dropped = new Map<string, number>()
          for (const one of chosen) {
            const known = caches.get(one)
            if (known === undefined) return Effect.fail(new TwsCacheNotFound({ cache: one }))
            dropped.set(one, known.cache.clear())
          }
          return Effect.as(tell([], chosen), dropped)
        })
    }
  }
})

/** The tags by which actions find the answers that they make old. Lists carry that of their kind. */
export const tag = {
  jobs: "jobs",
  job: (id: string) => `job:${id}`,
  jobStreams: "jobStreams",
  jobStream: (id: string) => `jobStream:${id}`,
  workstations: "workstations",
  workstation: (id: string) => `workstation:${id}`,
  prompts: "prompts"
} as const

/** A page weighs as much as it has items, and one for itself. */
export const weighPage = (page: { readonly items: ReadonlyArray<unknown> }): number => page.items.length + 1
