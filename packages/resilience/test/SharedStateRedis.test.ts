import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Fiber, Layer } from "effect"
import * as Redis from "effect/persistence/Redis"
import { TestClock } from "effect/testing"
import * as CircuitReports from "../src/internal/CircuitReports.ts"
import { SharedState } from "../src/SharedState.ts"
import { SharedStateUnavailable } from "../src/SharedStateUnavailable.ts"
import * as ScriptedRedis from "./ScriptedRedis.ts"

type Options = Parameters<typeof SharedState.layerRedis>[0]

const shared = (redis: ReturnType<typeof ScriptedRedis.make>, options?: Options) =>
  Effect.map(Layer.build(SharedState.layerRedis(options).pipe(Layer.provide(redis.layer))), (context) =>
    Context.get(context, SharedState)
  )

const limit = {
  key: "partner",
  tokens: 2,
  limit: 4,
  window: "1 second",
  algorithm: "fixed-window",
  onExceeded: "fail"
} as const

const report = { circuit: "payments", node: "1", quorum: 2, standsFor: Duration.millis(10.5) }

describe("what several processes share in Redis", () => {
  it.effect("is under one prefix, circuits, reports and limits each under its own", () =>
    Effect.gen(function* () {
      const redis = ScriptedRedis.make((sent) =>
        Effect.succeed(/limit:/.test(`${sent[2]}`) ? [1, 1000] : ["closed", 7, 0, 0, 0])
      )
      for (const [options, prefix] of [
        [undefined, "resync:"],
        [{}, "resync:"],
        [{ prefix: "mine:" }, "mine:"]
      ] as const) {
        const state = yield* shared(redis, options)
        const admission = yield* state.admit("payments")
        assert.deepInclude(admission, { generation: 7, probe: false })
        yield* state.clear("payments")
        yield* state.consume(limit)
        const [[, , circuit] = [], cleared, [, , limited] = []] = redis.sent()
        assert.strictEqual(circuit, `${prefix}circuit:payments`)
        assert.deepStrictEqual(cleared, ["DEL", `${prefix}circuit:payments`, `${prefix}reports:payments`])
        assert.strictEqual(limited, `${prefix}limit:partner`)
        yield* state.report(report)
        assert.strictEqual(redis.sent()[0]?.[2], `${prefix}reports:payments`)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("a lease and a circuit that nobody calls last as long as they are told to", () =>
    Effect.gen(function* () {
      const redis = ScriptedRedis.make(() => Effect.succeed(["closed", 7, 0, 0, 0]))
      yield* (yield* shared(redis)).admit("payments")
      yield* (yield* shared(redis, { probeLease: "3 seconds", idleTimeToLive: "1 minute" })).admit("payments")
      assert.deepStrictEqual(
        redis.sent().map((sent) => sent.slice(3)),
        [
          [10_000, 3_600_000],
          [3_000, 60_000]
        ]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("a report stands for whole milliseconds, at least one, and one of them finds the quorum", () =>
    Effect.gen(function* () {
      let reached = 0
      const redis = ScriptedRedis.make(() => Effect.succeed(reached))
      const state = yield* shared(redis)
      assert.isFalse(yield* state.report(report))
      reached = 1
      assert.isTrue(yield* state.report({ ...report, standsFor: Duration.zero }))
      const each = ["EVAL", 1, "resync:reports:payments", "1"]
      assert.deepStrictEqual(redis.sent(), [
        [...each, 11, 2],
        [...each, 1, 2]
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("what fails or does not answer in time is unavailable, by default after a quarter of a second", () =>
    Effect.gen(function* () {
      const reset = new Error("ECONNRESET")
      const broken = ScriptedRedis.make(() => Effect.fail(new Redis.RedisError({ cause: reset })))
      const state = yield* shared(broken)
      const away = (self: Effect.Effect<unknown, unknown>) =>
        Effect.map(Effect.flip(self), (error) => {
          assert(error instanceof SharedStateUnavailable)
          return error
        })
      for (const operation of [state.stateOf("payments"), state.consume(limit), state.clear("payments")]) {
        assert.strictEqual((yield* away(operation)).cause, reset)
      }
      const silent = ScriptedRedis.make(() => Effect.never)
      for (const [options, millis] of [
        [undefined, 250],
        [{ timeout: "1 second" }, 1000]
      ] as const) {
        const slow = yield* shared(silent, options)
        const waiting = yield* Effect.forkChild(away(slow.clear("payments")), { startImmediately: true })
        yield* TestClock.adjust(millis - 1)
        assert.isUndefined(waiting.pollUnsafe())
        yield* TestClock.adjust(1)
        assert.strictEqual((yield* Fiber.join(waiting)).message, "the store did not answer in time")
      }
    }).pipe(Effect.scoped)
  )
})

describe("what registries of one process share", () => {
  it.effect("reports are used up by the quorum that they make, and by a clearing", () =>
    Effect.gen(function* () {
      const reports = CircuitReports.memory()
      const tell = (node: string, millis = 10) =>
        reports.report({ ...report, node, standsFor: Duration.millis(millis) })
      assert.deepStrictEqual([yield* tell("1"), yield* tell("1"), yield* tell("2")], [false, false, true])
      assert.deepStrictEqual([yield* tell("1"), yield* tell("2")], [false, true])
      yield* tell("1")
      yield* reports.clear("payments")
      assert.isFalse(yield* tell("2"))
      yield* TestClock.adjust(9)
      assert.isTrue(yield* tell("1"))
      yield* tell("1")
      yield* TestClock.adjust(10)
      assert.isFalse(yield* tell("2", 100))
      assert.isTrue(yield* reports.report({ ...report, circuit: "search", quorum: 1 }))
    })
  )

  it.effect("a circuit that was cleared is one that nobody knows, again and again", () =>
    Effect.gen(function* () {
      const reports = CircuitReports.memory()
      const keys = [reports.keyOf("payments")]
      for (let i = 0; i < 2; i++) {
        yield* reports.clear("payments")
        keys.push(reports.keyOf("payments"))
      }
      assert.deepStrictEqual(keys, ["payments#0", "payments#1", "payments#2"])
      assert.strictEqual(reports.keyOf("search"), "search#0")
    })
  )
})
