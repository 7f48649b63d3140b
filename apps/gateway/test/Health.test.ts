import { assert, describe, it } from "@effect/vitest"
import { RagTest } from "@resync/rag/RagTest"
import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import type { Reachability } from "@resync/tws/model/Reachability"
import { DateTime, Duration, Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Drain } from "../src/process/Drain.ts"
import { get, over, scheduler } from "./TestGateway.ts"

const since = DateTime.makeUnsafe("2026-03-04T10:00:00Z")
const checkedAt = DateTime.makeUnsafe("2026-03-04T10:05:00Z")

const seeing = (seen: Reachability) =>
  over(scheduler({ reachability: Stream.concat(Stream.succeed(seen), Stream.never) }))

const reachable = seeing({ _tag: "Reachable", host: "mdm:31116", since, checkedAt, latency: Duration.millis(12) })
const unreachable = seeing({ _tag: "Unreachable", since, checkedAt, reason: "connection refused" })

describe("health", () => {
  it.effect("is up while the scheduler is within reach", () =>
    Effect.gen(function* () {
      const ready = yield* get("/health/ready")
      assert.strictEqual(ready.status, 200)
      assert.deepStrictEqual(ready.body, { status: "up", reasons: [] })
      const { body, status } = yield* get("/health")
      assert.strictEqual(status, 200)
      assert.strictEqual(body.status, "up")
      assert.deepStrictEqual(body.components.scheduler, {
        status: "up",
        checkedAt: "2026-03-04T10:05:00.000Z",
        details: { host: "mdm:31116", latencyMillis: 12 }
      })
      assert.match(body.version, /^\d+\.\d+\.\d+/)
      assert.match(body.uptime, /^PT/)
    }).pipe(Effect.provide(reachable))
  )

  it.effect("is degraded, with the reason, while the scheduler is away, and live all the same", () =>
    Effect.gen(function* () {
      const ready = yield* get("/health/ready")
      assert.strictEqual(ready.status, 200)
      assert.strictEqual(ready.body.status, "degraded")
      assert.match(ready.body.reasons[0], /^scheduler: unreachable since 2026-03-04T10:00:00.000Z: connection refused$/)
      assert.strictEqual((yield* get("/health/live")).status, 200)
      const { body } = yield* get("/health")
      assert.strictEqual(body.components.scheduler.status, "down")
    }).pipe(Effect.provide(unreachable))
  )

  it.effect("is degraded, with the reason, while the knowledge base is away, until it is asked again", () =>
    Effect.gen(function* () {
      const { fail } = yield* RagTest
      yield* fail("documents", RagTest.unavailable)
      yield* TestClock.adjust("15 seconds")
      const ready = yield* get("/health/ready")
      assert.strictEqual(ready.status, 200)
      assert.strictEqual(ready.body.status, "degraded")
      assert.match(ready.body.reasons[0], /^knowledge: .*unavailable/)
      yield* TestClock.adjust("15 seconds")
      const { body } = yield* get("/health")
      assert.strictEqual(body.components.knowledge.status, "up")
    }).pipe(Effect.provide(reachable))
  )

  it.effect("tells each breaker and is degraded while one is open", () =>
    Effect.gen(function* () {
      const registry = yield* CircuitBreakerRegistry
      yield* registry.register("tws_plan_details")
      yield* registry.register("tws_job_log")
      yield* registry.forceOpen("tws_job_log")
      const { body } = yield* get("/health")
      assert.strictEqual(body.status, "degraded")
      assert.deepStrictEqual(body.reasons, ["breakers: open: tws_job_log"])
      assert.deepStrictEqual(body.breakers, [
        { name: "tws_plan_details", state: "CLOSED" },
        { name: "tws_job_log", state: "FORCED_OPEN" }
      ])
    }).pipe(Effect.provide(reachable))
  )

  it.effect("is not ready once the service goes down", () =>
    Effect.gen(function* () {
      const drain = yield* Drain
      yield* drain.begin
      const { body, headers, status } = yield* get("/health/ready")
      assert.strictEqual(status, 503)
      assert.strictEqual(headers["retry-after"], "1")
      assert.strictEqual(body.type, "urn:problem-type:resync:shutting-down")
      assert.strictEqual((yield* get("/health/live")).status, 200)
    }).pipe(Effect.provide(reachable))
  )
})
