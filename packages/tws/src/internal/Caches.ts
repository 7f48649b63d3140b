import { type Duration, Effect, type Scope } from "effect"
import { type TwsCacheName, TwsCaches } from "../TwsCaches.ts"
import { isOutage } from "../TwsError.ts"
import * as ReadCache from "./ReadCache.ts"

/** The caches of one client: one for each operation, all told of every action. */
export interface Caches {
  readonly make: <A, E extends { readonly _tag: string }>(
    operation: string,
    kind: TwsCacheName,
    weigh?: (value: A) => number
  ) => Effect.Effect<ReadCache.ReadCache<A, E>, never, Scope.Scope>
  /** Tells all caches that what carries one of these tags has changed. */
  readonly invalidate: (tags: ReadonlyArray<string>) => Effect.Effect<void>
}

/** Makes the caches. */
export const make = (patience: Duration.Input): Caches => {
  const caches: Array<(tags: ReadonlyArray<string>) => Effect.Effect<void>> = []
  return {
    make: <A, E extends { readonly _tag: string }>(
      operation: string,
      kind: TwsCacheName,
      weigh: (value: A) => number = () => 1
    ) =>
      Effect.map(
        ReadCache.make<A, E>({ name: operation, patience, ...TwsCaches[kind] }, { weigh, isOutage }),
        (cache) => {
          caches.push(cache.invalidate)
          return cache
        }
      ),
    invalidate: (tags) => Effect.forEach(caches, (invalidate) => invalidate(tags), { discard: true })
  }
}

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
