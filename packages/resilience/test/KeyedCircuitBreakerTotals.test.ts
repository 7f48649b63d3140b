import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { failureRate } from "../src/CircuitBreakerOptions.ts"
import * as KeyedCircuitBreaker from "../src/KeyedCircuitBreaker.ts"
import type { KeyedCircuitBreakerOptionsInput } from "../src/KeyedCircuitBreakerOptions.ts"
import * as MetricSeries from "./MetricSeries.ts"

const S = Effect.succeed("up")
const F = Effect.fail("down" as const)

const make = (options: KeyedCircuitBreakerOptionsInput) => KeyedCircuitBreaker.make("agents", options)

const run = (
  breakers: KeyedCircuitBreaker.KeyedCircuitBreaker,
  key: string,
  ...calls: ReadonlyArray<Effect.Effect<string, unknown>>
) => Effect.forEach(calls, (call) => Effect.exit(breakers.execute(key, call)), { discard: true })

describe("the breakers of all keys of one name", () => {
  it.effect("the series add up what the keys stand on, and what those came to that are forgotten", () =>
    Effect.gen(function* () {
      const trip = failureRate({ slidingWindowSize: 4, minimumNumberOfCalls: 4, slowCallDurationThreshold: "1 second" })
      const breakers = yield* make({ trip, idleTimeToLive: "1 minute" })
      const circuit = "resilience4j.circuitbreaker"
      const gauges = Effect.gen(function* () {
        const { agents: failures } = yield* MetricSeries.read(`${circuit}.failure.rate`, "name")
        const { agents: slow } = yield* MetricSeries.read(`${circuit}.slow.call.rate`, "name")
        const { agents: slowCalls } = yield* MetricSeries.read(`${circuit}.slow.calls`, "name")
        return [failures, slow, slowCalls, yield* MetricSeries.read(`${circuit}.buffered.calls`)]
      })
      assert.deepStrictEqual(yield* gauges, [-1, -1, 0, { successful: 0, failed: 0 }])
      const slow = yield* Effect.forkChild(breakers.execute("a", Effect.delay(S, "2 seconds")), {
        startImmediately: true
      })
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(slow)
      yield* run(breakers, "a", S, S)
      yield* run(breakers, "b", F, F)
      assert.deepStrictEqual(yield* gauges, [40, 20, 1, { successful: 3, failed: 2 }])

      yield* breakers.execute("a", S, () => "ignored")
      yield* run(breakers, "c", S)
      yield* (yield* breakers.get("c")).forceOpen
      yield* run(breakers, "c", S, S)
      const counted = Effect.gen(function* () {
        return {
          ...(yield* MetricSeries.read(`${circuit}.calls`)),
          ...(yield* MetricSeries.read(`${circuit}.not.permitted.calls`))
        }
      })
      const all = { successful: 4, failed: 2, ignored: 1, not_permitted: 2 }
      assert.deepStrictEqual(yield* counted, all)
      assert.isUndefined(yield* breakers.forceClose)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* breakers.evictIdle, ["a", "b", "c"])
      assert.deepStrictEqual(yield* counted, all)
    }).pipe(MetricSeries.isolated)
  )

  it.effect("after new options a command still holds for keys to come, and its end as well", () =>
    Effect.gen(function* () {
      const breakers = yield* make({ initialState: "METRICS_ONLY" })
      yield* breakers.reconfigure({ initialState: "CLOSED" })
      assert.strictEqual((yield* (yield* breakers.get("a")).state)._tag, "CLOSED")
      yield* breakers.disable
      yield* breakers.reconfigure({ initialState: "METRICS_ONLY" })
      assert.strictEqual((yield* (yield* breakers.get("b")).state)._tag, "DISABLED")
      yield* breakers.forceClose
      assert.strictEqual((yield* (yield* breakers.get("c")).state)._tag, "METRICS_ONLY")
    })
  )
})
