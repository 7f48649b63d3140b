import { type ChildProcess, spawn } from "node:child_process"
import { createServer } from "node:net"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** Starts the program, lets `f` use it, and waits for its end. */
const running = (args: ReadonlyArray<string>, whenReady: (child: ChildProcess, line: string) => void) =>
  Effect.callback<Ended>((resume) => {
    const child = spawn(process.execPath, [main, ...args])
    let output = ""
    let errors = ""
    let ready = false
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text
      if (ready || !output.includes("__sim/stats")) return
      ready = true
      whenReady(child, output)
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text
    })
    child.on("close", (code) => resume(Effect.succeed({ code, output, errors })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** A port that someone listens on. */
const takenPort = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resume(
        Effect.succeed({
          port: typeof address === "object" && address !== null ? address.port : 0,
          close: () => server.close()
        })
      )
    })
  }),
  ({ close }) => Effect.sync(close)
)

const patience = { timeout: Duration.toMillis("2 minutes") }

describe("the simulator as a program", () => {
  it.live(
    "says where it listens and what to try, and ends with 0 at SIGTERM",
    () =>
      Effect.gen(function* () {
        const { code, errors, output } = yield* running(["--port", "0", "--jobs", "50"], (child) =>
          child.kill("SIGTERM")
        )
        assert.strictEqual(code, 0, errors)
        assert.match(output, /listens at http:\/\/127\.0\.0\.1:\d+\/twsd with 50 jobs/)
        assert.include(output, "curl -u wauser")
      }),
    patience
  )

  it.live(
    "says in one line that the port is taken, and ends with 1",
    () =>
      Effect.gen(function* () {
        const { port } = yield* takenPort
        const { code, errors, output } = yield* running(["--port", String(port)], (child) => child.kill("SIGTERM"))
        assert.strictEqual(code, 1)
        assert.strictEqual(output, "")
        assert.match(errors, /^simulator: cannot listen: .*EADDRINUSE.*\n$/)
      }),
    patience
  )

  it.live(
    "refuses a plan of no size",
    () =>
      Effect.gen(function* () {
        const { code } = yield* running(["--jobs", "0"], (child) => child.kill("SIGTERM"))
        assert.strictEqual(code, 1)
      }),
    patience
  )
})
