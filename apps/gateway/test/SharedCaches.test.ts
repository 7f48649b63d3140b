import { NodeRedis } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as RedisProcess from "@resync/service/testing/RedisProcess"
import * as TwsHttp from "@resync/tws/TwsHttp"
import { SimulatorServer } from "@resync/tws-simulator/SimulatorServer"
import { Context, Effect, Exit, Layer, Logger, Schedule, Scope } from "effect"
import { HttpClientRequest } from "effect/http"
import { Redis } from "effect/persistence"
import { credentials, simulator } from "./Simulated.ts"
import { get, oneDatabase, over, send, store, TestGateway } from "./TestGateway.ts"

/** Asks one gateway. */
const at =
  (where: TestGateway["Service"]) =>
  <A, E>(self: Effect.Effect<A, E, TestGateway>) =>
    Effect.provideService(self, TestGateway, where)

const gateway = (redis: string, database = store) =>
  Effect.flatMap(SimulatorServer, ({ url }) =>
    Layer.build(
      Layer.fresh(over(TwsHttp.layer({ urls: [new URL(url)], credentials }), { REDIS_URL: redis }, undefined, database))
    )
  ).pipe(Effect.map((context) => at(Context.get(context, TestGateway))))

type Figures = Readonly<Record<string, number>>
interface Cache {
  readonly name: string
  readonly memory: Figures
  readonly redis: Figures
}

const caches = Effect.map(get("/api/v1/caches"), ({ body }) => body)
const graph = Effect.map(caches, ({ items }): Cache => items.find(({ name }: Cache) => name === "predecessors"))

const eventually = <A, E, R>(look: Effect.Effect<A, E, R>, holds: (value: A) => boolean) =>
  Effect.repeat(look, { schedule: Schedule.spaced("20 millis"), until: holds })

const inTouch = eventually(caches, ({ shared }) => shared?.inTouch === true)

const aJob = Effect.map(get("/api/v1/tws/jobs?status=WAITING&limit=1"), ({ body }) => body.items[0].id as string)
const status = (id: string) => Effect.map(get(`/api/v1/tws/jobs/${id}`), ({ body }) => body.item.status.internal)
const act = (path: string) => send(HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.post(path), {}))

describe("gateways on one Redis", () => {
  it.live.skipIf(RedisProcess.skip)("read once; a command at one is seen by the other, and clearing too", () =>
    Effect.gen(function* () {
      const { url } = yield* RedisProcess.make
      const answers = Redis.Redis.use(({ send }) =>
        send<ReadonlyArray<string>>("KEYS", "resync:cache:*:answer:*")
      ).pipe(Effect.provide(yield* Layer.build(NodeRedis.layer({ url }))))
      const database = yield* oneDatabase
      const [a, b] = yield* Effect.all([gateway(url, database), gateway(url, database)])
      yield* a(inTouch)
      yield* b(inTouch)

      const id = yield* a(aJob)
      // Fresh for five minutes, which the test does not wait for.
      const read = get(`/api/v1/tws/jobs/${id}/predecessors`)
      const first = yield* a(read)
      assert.strictEqual(first.status, 200)
      yield* eventually(answers, (keys) => keys.some((key) => key.includes(":predecessors:")))
      assert.deepStrictEqual((yield* b(read)).body, { ...first.body, asOf: (yield* b(read)).body.asOf })
      const shared = yield* b(graph)
      assert.deepInclude(shared.redis, { hit: 1, miss: 0 })
      assert.deepInclude(shared.memory, { hit: 1, miss: 1 })

      assert.strictEqual((yield* a(act(`/api/v1/tws/jobs/${id}/actions/hold`))).status, 202)
      yield* b(eventually(Effect.andThen(read, graph), ({ memory }) => (memory["miss"] ?? 0) === 2))
      yield* a(act("/api/v1/caches/predecessors/actions/clear"))
      yield* b(eventually(Effect.andThen(read, graph), ({ memory }) => (memory["miss"] ?? 0) === 3))

      const { body } = yield* a(act("/api/v1/caches/actions/clear"))
      assert.deepStrictEqual(body.shared, { inTouch: true, untold: 0, policy: "tws_cache" })
      const metrics = yield* a(get("/metrics"))
      assert.match(metrics.text, /^tws_cache_requests_total\{(?=[^}]*cache="impact")(?=[^}]*level="redis")[^}]*\} 0$/m)
    }).pipe(Effect.provide(simulator()))
  )

  it.live.skipIf(RedisProcess.skip)("serve on when it is killed, say so, and end all the same", () =>
    Effect.gen(function* () {
      const { kill, url } = yield* RedisProcess.make
      const scope = yield* Scope.make()
      const a = yield* Scope.provide(gateway(url), scope)
      yield* a(inTouch)
      const id = yield* a(aJob)
      yield* kill
      assert.isString(yield* a(status(id)))
      assert.strictEqual((yield* a(act(`/api/v1/tws/jobs/${id}/actions/hold`))).status, 202)
      assert.isString(yield* a(status(id)))
      const { shared } = yield* a(eventually(caches, ({ shared }) => shared.inTouch === false))
      assert.deepStrictEqual(shared, { inTouch: false, untold: 2, policy: "tws_cache" })
      yield* Scope.close(scope, Exit.void)
    }).pipe(Effect.provide([simulator(), Logger.layer([])]))
  )
})
