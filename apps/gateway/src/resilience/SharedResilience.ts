import * as Resilience from "@resync/resilience/Resilience"
import { SharedState } from "@resync/resilience/SharedState"
import { Config, Effect, Layer, Option, Schema } from "effect"
import * as BackgroundRedis from "./BackgroundRedis.ts"

const url = Config.schema(
  Schema.URLFromString.check(
    Schema.makeFilter(({ protocol }) => protocol === "redis:" || protocol === "rediss:", {
      expected: "a URL like redis://user:password@host:6379/0"
    })
  ).pipe(Schema.Redacted),
  "REDIS_URL"
)

const prefix = Config.NonEmptyString("REDIS_KEY_PREFIX").pipe(Config.withDefault("resync:"))

/** What gateways share: nothing, unless the environment names a Redis. */
const shared = Layer.unwrap(
  Effect.map(Config.all({ url: Config.option(url), prefix }), (redis) =>
    Option.match(redis.url, {
      onNone: () => Layer.empty,
      onSome: (where) =>
        SharedState.layerRedis({ prefix: redis.prefix }).pipe(Layer.provide(BackgroundRedis.layer(where)))
    })
  )
)

/** The registries of breakers and policies; what is marked shared lives in Redis if there is one. */
export const layer = Resilience.layer().pipe(Layer.provide(shared))
