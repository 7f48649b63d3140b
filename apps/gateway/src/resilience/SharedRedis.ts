import { Config, Context, Effect, Layer as L, type Layer, Option, Schema } from "effect"
import type { Redis } from "effect/persistence"
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

/** The Redis that gateways share, if the environment names one, and what its keys begin with. */
export class SharedRedis extends Context.Service<
  SharedRedis,
  { readonly redis: Option.Option<{ readonly layer: Layer.Layer<Redis.Redis>; readonly prefix: string }> }
>()("@resync/gateway/SharedRedis") {
  static readonly layer = L.effect(
    SharedRedis,
    Effect.map(Config.all({ url: Config.option(url), prefix }), ({ prefix, url }) => ({
      // One layer, so that all who use it have one connection.
      redis: Option.map(url, (where) => ({ layer: BackgroundRedis.layer(where), prefix }))
    }))
  )
}
