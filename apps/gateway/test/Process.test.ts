import { execFile } from "node:child_process"
import { EventEmitter } from "node:events"
import { mkdir } from "node:fs/promises"
import { createServer } from "node:http"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as ServiceProcess from "@resync/service/testing/ServiceProcess"
import * as TestStores from "@resync/store/testing/TestStores"
import { Effect, Latch, Option } from "effect"
import { vi } from "vitest"
import { open } from "./RawSocket.ts"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

// A process opens a database first, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

// Brings the template of a database about: making one anew takes longer than most tests.
await TestStores.all()

/** A data directory with an empty database. */
const folder = Effect.tap(ServiceProcess.directory, (path) =>
  Effect.promise(async () => {
    await mkdir(join(path, "postgres"))
    await promisify(execFile)("tar", ["-xf", TestStores.template, "-C", join(path, "postgres")])
  })
)

/** The gateway as a process in a folder of its own, with an environment of little but `variables`. */
const start = (variables: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const gateway = yield* ServiceProcess.start(main, {
      RESYNC_PORT: "0",
      RESYNC_DATA_DIR: yield* folder,
      RESYNC_STORE_DURABLE: "false",
      RESYNC_AUTH: "off",
      ...variables
    })
    return { ...gateway, port: Effect.map(gateway.url, (url) => Number(new URL(url).port)) }
  })

interface SlowScheduler {
  readonly url: string
  /** Returns once a job is asked for. */
  readonly asked: Effect.Effect<void>
  /** Answers what is asked for. */
  readonly release: Effect.Effect<void>
  readonly close: () => void
}

/** A scheduler that holds back its answer about a job until it is released, and knows nothing else. */
const slowScheduler = Effect.acquireRelease(
  Effect.callback<SlowScheduler>((resume) => {
    const asked = Latch.makeUnsafe(false)
    const released = new EventEmitter()
    const server = createServer((request, response) => {
      const answer = () => response.writeHead(404, { "content-type": "application/json" }).end("{}")
      if (request.url?.includes("/plan/job/") === true) {
        released.once("release", answer)
        asked.openUnsafe()
      } else {
        answer()
      }
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(
        Effect.succeed({
          url: `http://127.0.0.1:${port}`,
          asked: Effect.asVoid(asked.await),
          release: Effect.sync(() => released.emit("release")),
          close: () => server.close().closeAllConnections()
        })
      )
    })
  }),
  (scheduler) => Effect.sync(scheduler.close)
)

const job = "GET /api/v1/tws/jobs/0b7c7f0e-7a44-4c1c-9d0a-3f1f0b1c2d3e HTTP/1.1\r\nHost: x\r\n\r\n"

describe("the process", () => {
  it.live("says where it listens, what runs inside, and commands to try", () =>
    Effect.gen(function* () {
      const gateway = yield* start({})
      const port = yield* gateway.port
      assert.match(gateway.output.stdout, /scheduler +simulated in this process, at http:\/\/127\.0\.0\.1:\d+/)
      const commands = Array.from(
        gateway.output.stdout.matchAll(/^ {2}curl (?:-N )?'?(http\S+?)'?$/gm),
        ([, url]) => url
      )
      assert.isAtLeast(commands.length, 3)
      for (const command of commands) assert.include(command, `http://127.0.0.1:${port}/`)
      yield* gateway.kill("SIGTERM")
      assert.deepStrictEqual(yield* gateway.exit, { code: 0 })
    }).pipe(Effect.scoped)
  )

  it.live("says loudly that everybody gets in, or else prints once how to sign in, and a key to try things with", () =>
    Effect.gen(function* () {
      const [open, gateway] = yield* Effect.all([start({}), start({ RESYNC_AUTH: "on" })])
      yield* open.port
      yield* open.said("authentication is off")
      assert.match(open.output.stdout, /sign-in +OFF/)

      const port = yield* gateway.port
      const url = `http://127.0.0.1:${port}/api/v1`
      const password = gateway.output.stdout.match(/one-time password (\S+)/)?.[1] ?? ""
      const key = gateway.output.stdout.match(/x-api-key: (\S+)'/)?.[1] ?? ""
      const ask = (path: string, init: RequestInit) =>
        Effect.promise(() => fetch(`${url}${path}`, init).then((response) => response.status))
      assert.strictEqual(yield* ask("/tws/jobs?limit=1", {}), 401)
      assert.strictEqual(yield* ask("/tws/jobs?limit=1", { headers: { "x-api-key": key } }), 200)
      assert.strictEqual(yield* ask("/users", { headers: { "x-api-key": key } }), 403)
      const body = JSON.stringify({ name: "admin", password })
      const headers = { "content-type": "application/json" }
      assert.strictEqual(yield* ask("/auth/login", { method: "POST", body, headers }), 200)
      yield* gateway.kill("SIGTERM")
      yield* gateway.exit
      assert.strictEqual(gateway.output.stdout.split(password).length, 3)
      assert.notInclude(gateway.output.stderr, password)
    }).pipe(Effect.scoped)
  )

  it.live("lets a request under way finish when it is told to stop, takes no other, and exits with 0", () =>
    Effect.gen(function* () {
      const scheduler = yield* slowScheduler
      const gateway = yield* start({ TWS_URL: scheduler.url })
      const port = yield* gateway.port
      const socket = yield* open(port)
      yield* socket.write(job)
      yield* scheduler.asked
      yield* gateway.kill("SIGTERM")
      const refused = Effect.gen(function* () {
        const late = yield* open(port)
        return yield* late.closed
      }).pipe(Effect.scoped, Effect.timeoutOption("100 millis"))
      // Until the signal has come through, a connection may still be taken.
      yield* Effect.repeat(refused, { until: Option.isSome })
      yield* scheduler.release
      const received = yield* socket.closed
      assert.match(received, /^HTTP\/1\.1 404/)
      assert.include(received, "object-not-found")
      assert.deepStrictEqual(yield* gateway.exit, { code: 0 })
    }).pipe(Effect.scoped)
  )

  it.live("cuts what does not finish in time, and exits with 0", () =>
    Effect.gen(function* () {
      const scheduler = yield* slowScheduler
      const gateway = yield* start({ TWS_URL: scheduler.url, RESYNC_SHUTDOWN_TIMEOUT: "300 millis" })
      const port = yield* gateway.port
      const socket = yield* open(port)
      const half = yield* open(port)
      yield* socket.write(job)
      yield* half.write("GET / HTTP/1.1\r\nHost")
      yield* scheduler.asked
      yield* gateway.kill("SIGINT")
      const received = yield* socket.closed
      if (received !== "") assert.match(received, /^HTTP\/1\.1 503[\s\S]*shutting-down/)
      assert.deepStrictEqual(yield* gateway.exit, { code: 0 })
    }).pipe(Effect.scoped)
  )

  it.live("ends listeners of events at once", () =>
    Effect.gen(function* () {
      const gateway = yield* start({})
      const socket = yield* open(yield* gateway.port)
      yield* socket.write("GET /api/v1/tws/events HTTP/1.1\r\nHost: x\r\n\r\n")
      yield* socket.until(": open")
      yield* gateway.kill("SIGTERM")
      assert.include(yield* socket.closed, "0\r\n\r\n")
      assert.deepStrictEqual(yield* gateway.exit, { code: 0 })
    }).pipe(Effect.scoped)
  )

  it.live("ends at once at the second signal", () =>
    Effect.gen(function* () {
      const scheduler = yield* slowScheduler
      const gateway = yield* start({ TWS_URL: scheduler.url, RESYNC_SHUTDOWN_TIMEOUT: "1 minute" })
      const socket = yield* open(yield* gateway.port)
      yield* socket.write(job)
      yield* scheduler.asked
      yield* gateway.kill("SIGTERM")
      yield* Effect.sleep("200 millis")
      yield* gateway.kill("SIGTERM")
      assert.deepStrictEqual(yield* gateway.exit, { code: 143 })
    }).pipe(Effect.scoped)
  )

  const wrong: ReadonlyArray<readonly [variables: Record<string, string>, line: RegExp]> = [
    [{ RESYNC_PORT: "http" }, /^resync: RESYNC_PORT: .+\n$/],
    [
      { RESYNC_AUTH: "on", RESYNC_HOST: "203.0.113.1" },
      /^resync: RESYNC_HOST: 203\.0\.113\.1 is not an address of this machine\n$/
    ],
    [
      { RESYNC_HOST: "0.0.0.0" },
      /^resync: RESYNC_AUTH: off is possible only on a loopback address, and RESYNC_HOST is 0\.0\.0\.0\n$/
    ],
    [{ RESYNC_AUTH: "maybe" }, /^resync: RESYNC_AUTH: .+\n$/],
    [
      { RESYNC_BREACHED_PASSWORDS_FILE: "/nowhere" },
      /^resync: RESYNC_BREACHED_PASSWORDS_FILE: \/nowhere cannot be read: .+\n$/
    ],
    [{ RESYNC_MFA_ROLES: "admin,boss" }, /^resync: RESYNC_MFA_ROLES: .+\n$/],
    [{ RESYNC_TRUSTED_PROXIES: "10.0.0.0/99" }, /^resync: RESYNC_TRUSTED_PROXIES: .+\n$/],
    [{ RESYNC_SECRET_KEY: "short" }, /^resync: RESYNC_SECRET_KEY: .+\n$/],
    [{ RESYNC_OIDC_ISSUER: "http://127.0.0.1:1" }, /^resync: RESYNC_OIDC_CLIENT_ID: .+\n$/],
    [{ TWS_URL: "mdm" }, /^resync: TWS_URL: .+\n$/],
    [{ TWS_URL: "http://mdm", TWS_USER: "me" }, /^resync: TWS_PASSWORD: .+\n$/],
    [{ TWS_URL: "https://mdm", TWS_CA_FILE: "/nowhere.pem" }, /^resync: TWS_CA_FILE: .+\n$/],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: "carrier pigeon", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" },
      /^resync: OTEL_EXPORTER_OTLP_PROTOCOL: .+\n$/
    ]
  ]
  it.live(
    "does not start with a setting that is wrong, and says in one line which it is",
    () =>
      Effect.forEach(
        wrong,
        ([variables, line]) =>
          Effect.gen(function* () {
            const gateway = yield* start(variables)
            const { code } = yield* gateway.exit
            const { stderr, stdout } = gateway.output
            // An address is tried last, when the log may already tell of what works behind it.
            const listened = stdout.includes("listens at")
            assert.deepStrictEqual({ variables, code, listened }, { variables, code: 1, listened: false })
            assert.match(stderr, line)
          }).pipe(Effect.scoped),
        // Most of the time goes into starting processes, and two cores start two as fast as one.
        { concurrency: 2, discard: true }
      ),
    600_000
  )

  it.live("does not start on a port that is taken", () =>
    Effect.gen(function* () {
      const first = yield* start({})
      const port = yield* first.port
      const second = yield* start({ RESYNC_PORT: String(port) })
      assert.deepStrictEqual(yield* second.exit, { code: 1 })
      assert.strictEqual(
        second.output.stderr,
        `resync: RESYNC_PORT: port ${port} of 127.0.0.1 is taken by another program\n`
      )
    }).pipe(Effect.scoped)
  )
})
