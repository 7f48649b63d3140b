import { assert, describe, it } from "@effect/vitest"
import * as TwsHttp from "@resync/tws/TwsHttp"
import { SimulatorServer } from "@resync/tws-simulator/SimulatorServer"
import { Effect, Layer } from "effect"
import { HttpClientRequest } from "effect/http"
import { credentials, simulated, simulator } from "./Simulated.ts"
import { get, over, scheduler, send } from "./TestGateway.ts"
import * as TestOperators from "./TestOperators.ts"

interface Cache {
  readonly name: string
  readonly entries: number
  readonly weight: number
  readonly memory: unknown
}

const clear = (path: string, headers: Readonly<Record<string, string>> = {}, body: unknown = {}) =>
  send(
    HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.post(`/api/v1/caches${path}/actions/clear`, { headers }), body)
  )

const cache = (body: { readonly items: ReadonlyArray<Cache> }, name: string) =>
  body.items.find((item) => item.name === name)

const jobs = get("/api/v1/tws/jobs?limit=3")

describe("the caches over HTTP", () => {
  it.effect("are shown with what they hold and how they fare", () =>
    Effect.gen(function* () {
      const before = yield* get("/api/v1/caches")
      assert.strictEqual(before.status, 200)
      assert.notProperty(before.body, "shared")
      assert.deepStrictEqual<unknown>(cache(before.body, "jobs"), {
        name: "jobs",
        entries: 0,
        weight: 0,
        capacity: 20_000,
        timeToLive: "PT10S",
        staleFor: "PT30S",
        memory: { hit: 0, miss: 0, stale: 0, evicted: 0 }
      })
      yield* jobs
      yield* jobs
      assert.deepInclude(cache((yield* get("/api/v1/caches")).body, "jobs"), {
        entries: 1,
        weight: 4,
        memory: { hit: 1, miss: 1, stale: 0, evicted: 0 }
      })
    }).pipe(Effect.provide(simulated()))
  )

  it.effect("tell their metrics from the start, by level", () =>
    Effect.gen(function* () {
      const { text } = yield* get("/metrics")
      for (const result of ["hit", "miss", "stale"]) {
        const line = new RegExp(
          `^tws_cache_requests_total\\{(?=[^}]*cache="impact")(?=[^}]*level="memory")[^}]*result="${result}"[^}]*\\} 0$`,
          "m"
        )
        assert.match(text, line)
      }
      assert.match(text, /^tws_cache_evictions_total\{(?=[^}]*cache="impact")[^}]*level="memory"[^}]*\} 0$/m)
    }).pipe(Effect.provide(simulated()))
  )

  it.effect("are cleared one by one or together, by a command with its audit entries", () =>
    Effect.gen(function* () {
      yield* jobs
      yield* get("/api/v1/tws/engine")
      const one = yield* clear("/jobs", { "idempotency-key": "clear-1" }, { justification: { reason: "odd answers" } })
      assert.strictEqual(one.status, 200)
      assert.deepStrictEqual(one.body, { items: [{ name: "jobs", entries: 1 }] })
      assert.match(one.headers["location"] ?? "", /^\/api\/v1\/commands\//)
      yield* jobs
      assert.deepInclude(cache((yield* get("/api/v1/caches")).body, "jobs"), {
        memory: { hit: 0, miss: 2, stale: 0, evicted: 0 }
      })
      // The same key does nothing again.
      const again = yield* clear(
        "/jobs",
        { "idempotency-key": "clear-1" },
        { justification: { reason: "odd answers" } }
      )
      assert.strictEqual(again.headers["idempotent-replayed"], "true")
      assert.deepInclude(cache((yield* get("/api/v1/caches")).body, "jobs"), { entries: 1 })

      const all = yield* clear("")
      assert.deepInclude(all.body.items, { name: "engine", entries: 1 })
      const { body: left } = yield* get("/api/v1/caches")
      assert.isTrue(left.items.every(({ entries }: Cache) => entries === 0))

      const { body: audit } = yield* get("/api/v1/audit?action=cache.clear")
      const targets = audit.items.map(({ target }: { readonly target: { readonly id: string } }) => target.id)
      assert.includeMembers(targets, ["jobs", "*"])
    }).pipe(Effect.provide(simulated()))
  )

  it.effect("are for an administrator alone", () =>
    Effect.gen(function* () {
      for (const name of ["viewer", "operator"] as const) {
        const headers = { "x-test-user": name }
        assert.strictEqual((yield* get("/api/v1/caches", headers)).status, 403)
        assert.strictEqual((yield* clear("", headers)).status, 403)
        assert.strictEqual((yield* clear("/jobs", headers)).status, 403)
      }
      const headers = { "x-test-user": "admin" }
      assert.strictEqual((yield* get("/api/v1/caches", headers)).status, 200)
      assert.strictEqual((yield* clear("", headers)).status, 200)
    }).pipe(
      Effect.provide(
        over(
          Layer.unwrap(Effect.map(SimulatorServer, ({ url }) => TwsHttp.layer({ urls: [new URL(url)], credentials }))),
          {},
          TestOperators.layer(
            TestOperators.operator("viewer", "viewer"),
            TestOperators.operator("operator"),
            TestOperators.operator("admin", "admin")
          )
        ).pipe(Layer.provide(simulator()))
      )
    )
  )

  it.effect("have no other names than those that are shown", () =>
    Effect.gen(function* () {
      const unknown = yield* clear("/nothing")
      assert.deepInclude(unknown.body, {
        status: 404,
        type: "urn:problem-type:resync:cache-not-found",
        cache: "nothing"
      })
      assert.strictEqual((yield* clear("/jobs", {}, { surplus: 1 })).status, 400)
    }).pipe(Effect.provide(simulated()))
  )

  it.effect("are none in front of a scheduler that keeps none", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* get("/api/v1/caches")).body, { items: [] })
      assert.deepStrictEqual((yield* clear("")).body, { items: [] })
      assert.strictEqual((yield* clear("/jobs")).status, 404)
    }).pipe(Effect.provide(over(scheduler({}))))
  )
})
