import { NodeRedis } from "@effect/platform-node"
import * as RedisProcess from "@resync/service/testing/RedisProcess"
import { Context, Effect, Layer, Logger, Schedule } from "effect"
import { Redis } from "effect/persistence"

/** A Redis of the test's own, and a way to look into it. */
export class RedisServer extends Context.Service<
  RedisServer,
  RedisProcess.RedisProcess & {
    /** A command from outside. */
    readonly send: <A = unknown>(command: string, ...args: ReadonlyArray<string>) => Effect.Effect<A>
  }
>()("@resync/tws/test/RedisServer") {
  static readonly layer = Layer.effect(
    RedisServer,
    Effect.map(RedisProcess.make, (redis) =>
      RedisServer.of({
        ...redis,
        send: <A>(command: string, ...args: ReadonlyArray<string>) =>
          Redis.Redis.use((client) => client.send<A>(command, ...args)).pipe(
            Effect.provide(Layer.fresh(NodeRedis.layer({ url: redis.url }))),
            Effect.orDie
          )
      })
    )
  )
}

/** A connection of one process. The client tells of every connection that the tests cut. */
export const connection = Layer.unwrap(
  Effect.map(RedisServer, ({ url }) =>
    Layer.fresh(NodeRedis.layer({ url, socket: { reconnectStrategy: 20 }, disableOfflineQueue: true }))
  )
).pipe(Layer.provide(Logger.layer([])), Layer.orDie)

/** Looks again until it is so; what never is so ends with the test's own time. */
export const eventually = <A, E, R>(look: Effect.Effect<A, E, R>, holds: (value: A) => boolean) =>
  Effect.repeat(look, { schedule: Schedule.spaced("10 millis"), until: holds })
