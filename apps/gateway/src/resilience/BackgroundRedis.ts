import { NodeRedis } from "@effect/platform-node"
import { Context, Deferred, Effect, Layer, Redacted } from "effect"
import { Redis } from "effect/persistence"

/** 50 ms, 100 ms, ... at most 2 s. */
const reconnectStrategy = (retries: number) => Math.min(50 * 2 ** retries, 2_000)

/**
 * A connection on which nothing comes for so long is given up, one that is only just coming about too: else one that hangs would
 * hold up whoever waits for it, the end of the service included. Pings see to it that something comes where all is well.
 */
const socketTimeout = 3_000
const pingInterval = 1_000

/** How long what was asked may still be answered when the service ends. */
const closeTimeout = "1 second"

/** Closes the connection: orderly, unless Redis does not answer, for which the client would wait for ever. */
const closeWithin = ({ client }: NodeRedis.NodeRedis["Service"]) =>
  Effect.promise(() => client.close()).pipe(
    Effect.timeout(closeTimeout),
    Effect.ignoreCause,
    Effect.andThen(
      Effect.sync(() => {
        if (client.isOpen) client.destroy()
      })
    )
  )

/**
 * Redis behind a connection that comes about, and comes back, by itself: a service that can do without Redis starts without it
 * too. What is asked of it before it was there waits, so whoever asks bounds the wait; later it fails at once while Redis is away.
 */
export const layer = (url: Redacted.Redacted<URL>): Layer.Layer<Redis.Redis> =>
  Layer.effect(
    Redis.Redis,
    Effect.gen(function* () {
      const connected = yield* Deferred.make<Redis.Redis["Service"]>()
      yield* Layer.build(
        NodeRedis.layer({
          url: Redacted.value(url).href,
          socket: { reconnectStrategy, socketTimeout },
          pingInterval,
          // What waited for a connection would hold up the end of the service, and come to Redis when nobody wants it any more.
          disableOfflineQueue: true
        })
      ).pipe(
        // With a strategy that never gives up no connection ever fails for good.
        Effect.orDie,
        // Runs before the client's own way to close, which then finds it closed.
        Effect.tap((context) => Effect.addFinalizer(() => closeWithin(Context.get(context, NodeRedis.NodeRedis)))),
        Effect.flatMap((context) => Deferred.succeed(connected, Context.get(context, Redis.Redis))),
        Effect.forkScoped
      )
      const redis = Deferred.await(connected)
      return Redis.Redis.of({
        send: (command, ...args) => Effect.flatMap(redis, (client) => client.send(command, ...args)),
        eval:
          (script) =>
          (...params) =>
            Effect.flatMap(redis, (client) => client.eval(script)(...params)),
        subscribe: (channel) => Effect.flatMap(redis, (client) => client.subscribe(channel)),
        reserve: Effect.flatMap(redis, (client) => client.reserve)
      })
    })
  )
