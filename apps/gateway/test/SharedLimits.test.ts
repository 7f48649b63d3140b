import { connect, createServer, type Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Users } from "@resync/identity/users/Users"
import { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import * as RedisProcess from "@resync/service/testing/RedisProcess"
import { Context, type Duration, Effect, Layer, Logger, Redacted } from "effect"
import { HttpClientRequest } from "effect/http"
import * as Authenticate from "../src/security/Authenticate.ts"
import { get, oneDatabase, over, scheduler, send, store, TestGateway } from "./TestGateway.ts"

/** A door to Redis that can be shut, or let nothing through any more while it looks open. */
const doorTo = (redis: URL) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly set: (to: "shut" | "stuck") => void; readonly close: () => void }>(
      (resume) => {
        let state: "open" | "shut" | "stuck" = "open"
        const sockets = new Set<Socket>()
        const drop = () => {
          for (const socket of sockets) socket.destroy()
        }
        const server = createServer((client) => {
          if (state === "shut") return void client.destroy()
          const behind = connect({ port: Number(redis.port), host: redis.hostname })
          const pass = (from: Socket, to: Socket) => {
            sockets.add(from)
            from.on("data", (bytes) => state === "stuck" || to.write(bytes))
            from.on("error", () => to.destroy())
            from.on("close", () => sockets.delete(from) && to.destroy())
          }
          pass(client, behind)
          pass(behind, client)
        })
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = typeof address === "object" && address !== null ? address.port : 0
          const set = (to: "shut" | "stuck") => {
            state = to
            if (to === "shut") drop()
          }
          const close = () => {
            drop()
            server.close()
          }
          resume(Effect.succeed({ url: `redis://127.0.0.1:${port}`, set, close }))
        })
      }
    ),
    ({ close }) => Effect.sync(close)
  )

type Database = typeof store

/** A gateway with sign-in and a connection to Redis of its own. */
const gateway = (redis: string, database: Database) =>
  Layer.build(
    Layer.fresh(
      over(
        scheduler({}),
        {
          RESYNC_AUTH: "on",
          RESYNC_RATE_LIMIT: "8",
          RESYNC_SIGN_IN_RATE_LIMIT: "6",
          REDIS_URL: redis
        },
        Authenticate.layer,
        database
      )
    )
  )

/** How long an answer of Redis counts: long where the machine may be busy, and short for a Redis that is to be given up. */
const patience = (where: Context.Context<ResiliencePolicyRegistry>, attemptTimeout: Duration.Input) =>
  Context.get(where, ResiliencePolicyRegistry).reconfigure("rate_limits", { attemptTimeout })

const at = <A, E, R>(where: Context.Context<TestGateway>, effect: Effect.Effect<A, E, R>) =>
  Effect.provideService(effect, TestGateway, Context.get(where, TestGateway))

const login = (where: Context.Context<TestGateway>, name: string, password = "wrong, as it happens") =>
  at(where, send(HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.post("/api/v1/auth/login"), { name, password })))

/** The statuses of so many sign-ins by names that nobody has. */
const attempts = (where: Context.Context<TestGateway>, count: number) =>
  Effect.forEach(
    Array.from({ length: count }, (_, number) => number),
    (number) => Effect.map(login(where, `nobody ${number}`), ({ status }) => status)
  )

const quiet = Effect.provide(Logger.layer([]))

describe("limits of two gateways", { timeout: 60_000 }, () => {
  const shared = it.live.skipIf(RedisProcess.skip)

  shared("on one Redis are counted together, for a client and for a user", () =>
    Effect.gen(function* () {
      const users = yield* oneDatabase
      const { url } = yield* RedisProcess.make
      const a = yield* gateway(url, users)
      const b = yield* gateway(url, users)
      for (const where of [a, b]) yield* patience(where, "20 seconds")

      const { oneTimePassword } = yield* Context.get(a, Users).create({ name: "both", roles: ["viewer"], scopes: [] })
      const { body } = yield* login(a, "both", Redacted.value(oneTimePassword))
      const me = (where: Context.Context<TestGateway>) =>
        at(where, get("/api/v1/auth/me", { authorization: `Bearer ${body.tokens.accessToken}` }))
      for (let i = 0; i < 4; i++) {
        assert.strictEqual((yield* me(a)).status, 200)
        assert.strictEqual((yield* me(b)).headers["ratelimit"]?.split(";")[1], `r=${6 - 2 * i}`)
      }
      assert.deepStrictEqual([(yield* me(a)).status, (yield* me(b)).status], [429, 429])

      // One sign-in is counted already.
      assert.deepStrictEqual(yield* attempts(a, 3), [401, 401, 401])
      assert.deepStrictEqual(yield* attempts(b, 3), [401, 401, 429])
      assert.deepStrictEqual(yield* attempts(a, 1), [429])
    }).pipe(quiet)
  )

  for (const state of ["shut", "stuck"] as const) {
    shared(`are held by each alone once Redis is ${state}, those of sign-in too`, () =>
      Effect.gen(function* () {
        const users = yield* oneDatabase
        const redis = yield* RedisProcess.make
        const { set, url } = yield* doorTo(new URL(redis.url))
        const a = yield* gateway(url, users)
        const b = yield* gateway(url, users)
        for (const where of [a, b]) yield* patience(where, "20 seconds")
        assert.deepStrictEqual(yield* attempts(a, 6), [401, 401, 401, 401, 401, 401])
        assert.deepStrictEqual(yield* attempts(b, 1), [429])
        set(state)
        for (const where of [a, b]) {
          yield* patience(where, "100 millis")
          assert.deepStrictEqual(yield* attempts(where, 7), [401, 401, 401, 401, 401, 401, 429])
        }
      }).pipe(quiet)
    )
  }

  it.live("hold without a Redis that was never there", () =>
    Effect.gen(function* () {
      const alone = yield* gateway("redis://127.0.0.1:1", store)
      assert.deepStrictEqual(yield* attempts(alone, 7), [401, 401, 401, 401, 401, 401, 429])
      const refused: Array<number> = []
      for (let i = 0; i < 7; i++) {
        refused.push((yield* at(alone, get("/api/v1/auth/me", { "x-api-key": `rsk_${i}` }))).status)
      }
      assert.deepStrictEqual(refused, [401, 401, 401, 401, 401, 401, 429])
    }).pipe(quiet)
  )
})
