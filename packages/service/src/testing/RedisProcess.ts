import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { connect, createServer } from "node:net"
import { Effect, Schedule } from "effect"

/** Whether the machine has the program. */
export const installed = spawnSync("redis-server", ["--version"]).status === 0

/** Whether tests that need it are to be skipped, which in `CI` they never are. */
// It is asked while tests are collected, before any of them runs.
// @effect-diagnostics-next-line processEnv:off
export const skip = !installed && process.env["CI"] === undefined

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

const startWithin = Schedule.spaced("20 millis").pipe(Schedule.upTo({ times: 500 }))

/** A Redis of the test's own, which keeps nothing when it ends. */
export interface RedisProcess {
  readonly url: string
  /** Ends it at once, as a crash does. */
  readonly kill: Effect.Effect<void>
  /** Starts it again, empty, at the same place. */
  readonly start: Effect.Effect<void>
  /** Holds it: connections stay, and nothing is answered. */
  readonly hold: Effect.Effect<void>
  readonly release: Effect.Effect<void>
}

/** Starts it, and ends it with the scope. */
export const make = Effect.gen(function* () {
  const port = yield* freePort
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
  let child: ChildProcess | undefined
  const start = Effect.suspend(() => {
    child = spawn("redis-server", args, { stdio: "ignore", cwd: "/" })
    return Effect.orDie(Effect.retry(answers(port), startWithin))
  })
  const kill = Effect.callback<void>((resume) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.kill("SIGKILL")
  })
  yield* Effect.acquireRelease(start, () => kill)
  const signal = (name: "SIGSTOP" | "SIGCONT") => Effect.sync(() => child?.kill(name))
  const redis: RedisProcess = {
    url: `redis://127.0.0.1:${port}`,
    start,
    kill,
    hold: signal("SIGSTOP"),
    release: signal("SIGCONT")
  }
  return redis
})
