import * as Resilience from "@resync/resilience/Resilience"
import { SharedState } from "@resync/resilience/SharedState"
import { SharedCache } from "@resync/tws/SharedCache"
import { Effect, Layer, Option } from "effect"
import { SharedRedis } from "./SharedRedis.ts"

/** What gateways share: nothing, unless the environment names a Redis. */
const shared = Layer.unwrap(
  Effect.map(SharedRedis, ({ redis }) =>
    Option.match(redis, {
      onNone: () => Layer.empty,
      onSome: ({ layer, prefix }) => SharedState.layerRedis({ prefix }).pipe(Layer.provide(layer))
    })
  )
)

/** What they know together of the scheduler's answers. */
const cache = Layer.unwrap(
  Effect.map(SharedRedis, ({ redis }) =>
    Option.match(redis, {
      onNone: () => Layer.empty,
      onSome: ({ layer, prefix }) => SharedCache.layerRedis({ prefix }).pipe(Layer.provide(layer))
    })
  )
)

/**
 * The registries of breakers and policies, and the cache that gateways share; what is marked shared lives in Redis if there is
 * one.
 */
export const layer = cache.pipe(
  Layer.provideMerge(Resilience.layer().pipe(Layer.provide(shared), Layer.provideMerge(SharedRedis.layer)))
)
