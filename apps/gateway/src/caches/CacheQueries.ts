import type { CachesView } from "@resync/api/Caches"
import { TwsCacheControl } from "@resync/tws/TwsCacheControl"
import { Effect, Option, Schema } from "effect"
import { Queries } from "../dispatch/Queries.ts"
import * as Query from "../dispatch/Query.ts"

export const Caches = Query.make<CachesView, never>()("caches", { request: Schema.Struct({}), access: "cache:read" })

/** Puts the query about the caches in place. A scheduler that is none over HTTP has none. */
export const register = Effect.gen(function* () {
  const control = Option.getOrUndefined(yield* Effect.serviceOption(TwsCacheControl))
  const { handle } = yield* Queries
  handle(Caches, {
    everything: true,
    ask: () =>
      control === undefined
        ? Effect.succeed({ items: [] })
        : Effect.zipWith(control.caches, control.shared, (items, shared) => ({
            items,
            ...(shared === undefined ? {} : { shared })
          }))
  })
})
