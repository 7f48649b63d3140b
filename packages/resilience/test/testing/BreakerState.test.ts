import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import * as CircuitBreaker from "../../src/CircuitBreaker.ts"
import { consecutiveFailures } from "../../src/CircuitBreakerOptions.ts"
import * as BreakerState from "../../src/testing/BreakerState.ts"

const S = Effect.succeed("up")
const F = Effect.fail("down" as const)

const make = CircuitBreaker.make("payments", {
  trip: consecutiveFailures(2),
  waitDurationInOpenState: "30 seconds",
  exponentialBackoffMultiplier: 2,
  permittedNumberOfCallsInHalfOpenState: 1
})

describe("BreakerState", () => {
  it.effect("open waits as long as it is told, or as the breaker would", () =>
    Effect.gen(function* () {
      const breaker = yield* make
      yield* BreakerState.open(breaker)
      assert.strictEqual(Duration.toSeconds((yield* Effect.flip(breaker.execute(S))).retryAfter), 30)
      yield* BreakerState.open(breaker, { retryAfter: "5 seconds" })
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* breaker.execute(S), "up")
    })
  )

  it.effect("half-open waits for a probe, whose failure opens for longer", () =>
    Effect.gen(function* () {
      const breaker = yield* make
      yield* BreakerState.halfOpen(breaker, { attempt: 2 })
      const { bufferedCalls, state } = yield* breaker.snapshot
      assert.deepStrictEqual({ bufferedCalls, state }, { bufferedCalls: 0, state: "HALF_OPEN" })
      yield* Effect.exit(breaker.execute(F))
      assert.strictEqual(Duration.toSeconds((yield* Effect.flip(breaker.execute(S))).retryAfter), 120)
    })
  )

  it.effect("the states that an operator sets, and back", () =>
    Effect.gen(function* () {
      const breaker = yield* make
      for (const [set, state] of [
        [BreakerState.forcedOpen, "FORCED_OPEN"],
        [BreakerState.disabled, "DISABLED"],
        [BreakerState.metricsOnly, "METRICS_ONLY"],
        [BreakerState.closed, "CLOSED"]
      ] as const) {
        yield* set(breaker)
        assert.strictEqual((yield* breaker.state)._tag, state)
      }
    })
  )
})
