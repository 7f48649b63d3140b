import * as Resilience from "@resync/resilience/Resilience"
import { SharedState } from "@resync/resilience/SharedState"
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

/** The registries of breakers and policies; what is marked shared lives in Redis if there is one. */
export const layer = Resilience.layer().pipe(Layer.provide(shared), Layer.provideMerge(SharedRedis.layer))
