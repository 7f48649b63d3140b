import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { connect, createServer } from "node:net"
import { NodeRedis } from "@effect/platform-node"
import { Context, Effect, Layer, Logger, Schedule } from "effect"
import { Redis } from "effect/persistence"

/** Whether the machine has the program. */
export const installed = spawnSync("redis-server", ["--version"]).status === 0

const freePort = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

const answers = (port: number) =>
  Effect.callback<void, "silent">((resume) => {
    const socket = connect({ port, host: "127.0.0.1" })
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.void)
    })
    socket.once("error", () => resume(Effect.fail("silent")))
  })

/** A Redis of the test's own, which keeps nothing when it ends. */
export class RedisServer extends Context.Service<
  RedisServer,
  {
    readonly url: string
    /** Ends it at once, as a crash does. */
    readonly kill: Effect.Effect<void>
    readonly start: Effect.Effect<void>
    /** Holds it: connections stay, and nothing is answered. */
    readonly hold: Effect.Effect<void>
    readonly release: Effect.Effect<void>
    /** A command from outside. */
    readonly send: <A = unknown>(command: string, ...args: ReadonlyArray<string>) => Effect.Effect<A>
  }
>()("@resync/tws/test/RedisServer") {
  static readonly layer = Layer.effect(
    RedisServer,
    Effect.gen(function* () {
      const port = yield* freePort
      let child: ChildProcess | undefined
      const start = Effect.suspend(() => {
        child = spawn(
          "redis-server",
          ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
          {
            stdio: "ignore",
            cwd: "/"
          }
        )
        return Effect.orDie(
          Effect.retry(answers(port), Schedule.spaced("20 millis").pipe(Schedule.upTo({ times: 500 })))
        )
      })
      const kill = Effect.callback<void>((resume) => {
        if (child === undefined || child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
        child.once("exit", () => resume(Effect.void))
        child.kill("SIGKILL")
      })
      yield* Effect.acquireRelease(start, () => kill)
      const signal = (name: "SIGSTOP" | "SIGCONT") => Effect.sync(() => child?.kill(name))
      const url = `redis://127.0.0.1:${port}`
      return RedisServer.of({
        url,
        start,
        kill,
        hold: signal("SIGSTOP"),
        release: signal("SIGCONT"),
        send: <A>(command: string, ...args: ReadonlyArray<string>) =>
          Redis.Redis.use((redis) => redis.send<A>(command, ...args)).pipe(
            Effect.provide(Layer.fresh(NodeRedis.layer({ url }))),
            Effect.orDie
          )
      })
    })
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
