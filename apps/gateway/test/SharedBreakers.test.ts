import { assert, describe, it } from "@effect/vitest"
import * as RedisProcess from "@resync/service/testing/RedisProcess"
import * as TwsHttp from "@resync/tws/TwsHttp"
import { SimulatorServer } from "@resync/tws-simulator/SimulatorServer"
import { Context, Effect, Layer, Logger } from "effect"
import { HttpClientRequest } from "effect/http"
import { credentials, simulator } from "./Simulated.ts"
import { get, oneDatabase, over, send, store, TestGateway } from "./TestGateway.ts"

/** A gateway with registries and a connection of its own. */
const gateway = (redis: string, prefix: string, database = store) =>
  Effect.flatMap(SimulatorServer, ({ url }) =>
    Layer.build(
      Layer.fresh(
        over(
          TwsHttp.layer({ urls: [new URL(url)], credentials }),
          { REDIS_URL: redis, REDIS_KEY_PREFIX: prefix },
          undefined,
          database
        )
      )
    )
  ).pipe(Effect.map((context) => Context.get(context, TestGateway)))

const jobs = Effect.fnUntraced(function* (where: TestGateway["Service"]) {
  return yield* Effect.provideService(get("/api/v1/tws/jobs"), TestGateway, where)
})

const tryOnce = (where: TestGateway["Service"]) =>
  send(
    HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.patch("/api/v1/resilience/policies/tws_jobs_status"), {
      retry: { maxAttempts: 1 }
    })
  ).pipe(Effect.provideService(TestGateway, where))

const breaker = (where: TestGateway["Service"]) =>
  get("/api/v1/resilience/breakers/tws_jobs_status").pipe(
    Effect.provideService(TestGateway, where),
    Effect.map(({ body }) => body)
  )

const down = Effect.gen(function* () {
  const { control } = yield* SimulatorServer
  yield* control.setFaults([{ action: { kind: "status", status: 500 } }])
})

describe("two gateways", () => {
  it.live.skipIf(RedisProcess.skip)("that share a Redis: a breaker that one opened rejects in the other", () =>
    Effect.gen(function* () {
      const { url } = yield* RedisProcess.make
      const database = yield* oneDatabase
      const [a, b] = yield* Effect.all([gateway(url, "shared:", database), gateway(url, "shared:", database)])
      yield* tryOnce(a)
      yield* down
      for (let i = 0; i < 3; i++) assert.strictEqual((yield* jobs(a)).status, 502)
      const rejected = yield* jobs(b)
      assert.deepStrictEqual([rejected.status, rejected.body.type], [503, "urn:problem-type:resync:circuit-open"])
      assert.isAtMost(Number(rejected.headers["retry-after"]), 30)
      assert.isAtLeast(Number(rejected.headers["retry-after"]), 1)
      assert.deepInclude(yield* breaker(b), { name: "tws_jobs_status", state: "OPEN" })
    }).pipe(Effect.provide(simulator()))
  )

  it.live("whose Redis is away serve all the same", () =>
    Effect.gen(function* () {
      const gone = yield* gateway("redis://127.0.0.1:1", "gone:")
      yield* tryOnce(gone)
      yield* down
      // Nothing is recorded, so nothing opens.
      for (let i = 0; i < 5; i++) assert.strictEqual((yield* jobs(gone)).status, 502)
      const { control } = yield* SimulatorServer
      yield* control.setFaults([])
      assert.strictEqual((yield* jobs(gone)).status, 200)
    }).pipe(Effect.provide([simulator(), Logger.layer([])]))
  )

  it.live("say which variable is wrong", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(gateway("http://127.0.0.1:6379", "wrong:"))
      assert.match(String(error), /REDIS_URL/)
    }).pipe(Effect.provide(simulator()))
  )
})
