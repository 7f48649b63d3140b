import { assert, describe, it } from "@effect/vitest"
import type { FaultAction } from "@resync/tws-simulator/FaultRule"
import { SimulatorServer } from "@resync/tws-simulator/SimulatorServer"
import { Effect } from "effect"
import { HttpClientRequest } from "effect/http"
import { TestClock } from "effect/testing"
import { simulated } from "./Simulated.ts"
import { get, send } from "./TestGateway.ts"

const urn = (name: string) => `urn:problem-type:resync:${name}`

const patch = (policy: string, body: object) =>
  send(HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.patch(`/api/v1/resilience/policies/${policy}`), body))

/** Lets a policy try once, so that no retry has to be waited for. */
const tryOnce = (policy: string) => patch(policy, { retry: { maxAttempts: 1 } })

const fault = (action: FaultAction) =>
  Effect.gen(function* () {
    const { control } = yield* SimulatorServer
    yield* control.setFaults([{ action }])
  })

const repair = Effect.gen(function* () {
  const { control } = yield* SimulatorServer
  yield* control.setFaults([])
})

const breaker = (name: string) => Effect.map(get(`/api/v1/resilience/breakers/${name}`), ({ body }) => body)

describe("while the scheduler fails", () => {
  const faults: ReadonlyArray<
    readonly [title: string, action: FaultAction, status: number, type: string, retryAfter?: string]
  > = [
    ["503 with Retry-After", { kind: "status", status: 503, retryAfter: 7 }, 503, "upstream-unavailable", "7"],
    ["503", { kind: "status", status: 503 }, 503, "upstream-unavailable", "1"],
    ["500", { kind: "status", status: 500 }, 502, "upstream-bad-answer"],
    ["401", { kind: "status", status: 401 }, 502, "upstream-refused"],
    ["a reset connection", { kind: "reset" }, 502, "upstream-unreachable"],
    ["a garbled body", { kind: "garble" }, 502, "upstream-bad-answer"]
  ]
  for (const [title, action, status, type, retryAfter] of faults) {
    it.effect(`${title} is answered with ${status} ${type}`, () =>
      Effect.gen(function* () {
        yield* tryOnce("tws_jobs_status")
        yield* fault(action)
        const { body, headers, ...response } = yield* get("/api/v1/tws/jobs")
        assert.strictEqual(response.status, status)
        assert.strictEqual(body.type, urn(type))
        assert.strictEqual(body.upstream, "tws")
        assert.strictEqual(headers["retry-after"], retryAfter)
      }).pipe(Effect.provide(simulated()))
    )
  }

  it.effect("a truncated body is a bad gateway", () =>
    Effect.gen(function* () {
      yield* tryOnce("tws_jobs_status")
      yield* fault({ kind: "truncate" })
      const { body, status } = yield* get("/api/v1/tws/jobs")
      assert.strictEqual(status, 502)
      assert.include([urn("upstream-bad-answer"), urn("upstream-unreachable")], body.type)
    }).pipe(Effect.provide(simulated()))
  )

  it.live("no answer at all is answered with 504 upstream-timeout", () =>
    Effect.gen(function* () {
      yield* patch("tws_jobs_status", { retry: { maxAttempts: 1 }, attemptTimeout: "100 millis" })
      yield* fault({ kind: "hang" })
      const { body, status } = yield* get("/api/v1/tws/jobs")
      assert.strictEqual(status, 504)
      assert.strictEqual(body.type, urn("upstream-timeout"))
    }).pipe(Effect.provide(simulated()))
  )

  it.live("a passed deadline is answered with 504 upstream-timeout", () =>
    Effect.gen(function* () {
      yield* patch("tws_jobs_status", { deadline: "200 millis" })
      yield* fault({ kind: "hang" })
      const { body, status } = yield* get("/api/v1/tws/jobs")
      assert.strictEqual(status, 504)
      assert.strictEqual(body.type, urn("upstream-timeout"))
    }).pipe(Effect.provide(simulated()))
  )

  it.effect("known answers are served, marked stale; others fail fast once the breaker is open; then it recovers", () =>
    Effect.gen(function* () {
      yield* tryOnce("tws_job_streams")
      const before = yield* get("/api/v1/tws/job-streams?limit=3")
      assert.isFalse(before.body.stale)

      yield* fault({ kind: "status", status: 503 })
      yield* TestClock.adjust("11 seconds")
      const stale = yield* get("/api/v1/tws/job-streams?limit=3")
      assert.strictEqual(stale.status, 200)
      assert.isTrue(stale.body.stale)
      assert.strictEqual(stale.body.asOf, before.body.asOf)
      assert.deepStrictEqual(stale.body.items, before.body.items)

      for (const limit of [4, 5]) {
        const { body, status } = yield* get(`/api/v1/tws/job-streams?limit=${limit}`)
        assert.strictEqual(status, 503)
        assert.strictEqual(body.type, urn("upstream-unavailable"))
      }
      const { control } = yield* SimulatorServer
      yield* control.resetStats
      const rejected = yield* get("/api/v1/tws/job-streams?limit=6")
      assert.strictEqual(rejected.status, 503)
      assert.strictEqual(rejected.body.type, urn("circuit-open"))
      assert.strictEqual(rejected.body.breaker, "tws_job_streams")
      assert.strictEqual(rejected.headers["retry-after"], "30")
      assert.deepStrictEqual((yield* control.stats).requests, {})
      assert.strictEqual((yield* breaker("tws_job_streams")).state, "OPEN")
      const still = yield* get("/api/v1/tws/job-streams?limit=3")
      assert.isTrue(still.body.stale)
      const { body: health } = yield* get("/health")
      assert.strictEqual(health.status, "degraded")
      assert.include(health.components.breakers.reason, "tws_job_streams")

      yield* repair
      yield* TestClock.adjust("31 seconds")
      const probe = yield* get("/api/v1/tws/job-streams?limit=6")
      assert.strictEqual(probe.status, 200)
      assert.isFalse(probe.body.stale)
      assert.strictEqual((yield* breaker("tws_job_streams")).state, "CLOSED")
      assert.isFalse((yield* get("/api/v1/tws/job-streams?limit=3")).body.stale)
    }).pipe(Effect.provide(simulated()))
  )

  it.effect("reads that have nothing to do with it go on", () =>
    Effect.gen(function* () {
      const { control } = yield* SimulatorServer
      yield* control.setFaults([{ path: "*/plan/jobstream*", action: { kind: "status", status: 500 } }])
      yield* tryOnce("tws_job_streams")
      assert.strictEqual((yield* get("/api/v1/tws/job-streams")).status, 502)
      assert.strictEqual((yield* get("/api/v1/tws/workstations")).status, 200)
    }).pipe(Effect.provide(simulated()))
  )
})

describe("an operator", () => {
  const act = (name: string, action: string, body?: object) => {
    const request = HttpClientRequest.post(`/api/v1/resilience/breakers/${name}/actions/${action}`)
    return send(body === undefined ? request : HttpClientRequest.bodyJsonUnsafe(request, body))
  }

  it.effect("forces a breaker open and closed, disables and resets it", () =>
    Effect.gen(function* () {
      const justification = { reason: "maintenance of the master", ticket: "CHG7" }
      const opened = yield* act("tws_jobs_status", "force-open", { justification })
      assert.strictEqual(opened.status, 200)
      assert.strictEqual(opened.body.state, "FORCED_OPEN")
      const rejected = yield* get("/api/v1/tws/jobs")
      assert.strictEqual(rejected.body.type, urn("circuit-open"))
      assert.isUndefined(rejected.headers["retry-after"])
      assert.strictEqual((yield* act("tws_jobs_status", "force-close")).body.state, "CLOSED")
      assert.strictEqual((yield* get("/api/v1/tws/jobs")).status, 200)
      assert.strictEqual((yield* act("tws_jobs_status", "disable")).body.state, "DISABLED")
      assert.strictEqual((yield* act("tws_jobs_status", "reset")).body.state, "CLOSED")
    }).pipe(Effect.provide(simulated()))
  )

  it.effect("sees all breakers, one, or those in a state", () =>
    Effect.gen(function* () {
      yield* act("tws_job_log", "force-open")
      const all = yield* get("/api/v1/resilience/breakers")
      assert.isAbove(all.body.items.length, 15)
      const open = yield* get("/api/v1/resilience/breakers?state=OPEN&state=FORCED_OPEN")
      assert.deepStrictEqual(
        open.body.items.map(({ name }: { readonly name: string }) => name),
        ["tws_job_log"]
      )
      const none = yield* get("/api/v1/resilience/breakers/nothing")
      assert.strictEqual(none.status, 404)
      assert.strictEqual(none.body.type, urn("breaker-not-found"))
      assert.strictEqual((yield* act("nothing", "reset")).status, 404)
    }).pipe(Effect.provide(simulated()))
  )

  it.effect("sees the policies and changes one while it runs", () =>
    Effect.gen(function* () {
      const { body } = yield* get("/api/v1/resilience/policies")
      assert.include(
        body.items.map(({ name }: { readonly name: string }) => name),
        "tws_jobs_status"
      )
      const changed = yield* patch("tws_jobs_status", {
        attemptTimeout: "5 seconds",
        circuitBreaker: { trip: { _tag: "ConsecutiveFailures", threshold: 1 } }
      })
      assert.strictEqual(changed.status, 200)
      assert.strictEqual(changed.body.options.circuitBreaker.trip.threshold, 1)
      yield* tryOnce("tws_jobs_status")
      yield* fault({ kind: "status", status: 500 })
      yield* get("/api/v1/tws/jobs")
      assert.strictEqual((yield* breaker("tws_jobs_status")).state, "OPEN")
      for (const wrong of [
        { retry: { maxAttempts: 0 } },
        { attemptTimeout: "soon" },
        { attemptTimeout: "0 seconds" },
        { bulkheat: {} }
      ]) {
        const { body, status } = yield* patch("tws_jobs_status", wrong)
        assert.strictEqual(status, 400)
        assert.strictEqual(body.type, urn("invalid-request"))
        assert.strictEqual(body.errors[0].path[0], "payload")
      }
      assert.strictEqual((yield* patch("nothing", {})).status, 404)
    }).pipe(Effect.provide(simulated()))
  )
})
