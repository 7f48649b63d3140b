import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Random, Ref, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as CircuitBreaker from "../src/CircuitBreaker.ts"
import { consecutiveFailures } from "../src/CircuitBreakerOptions.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"

const options = (input: RetryPolicy.RetryPolicyOptionsInput) =>
  Schema.decodeUnknownSync(RetryPolicy.RetryPolicyOptions)({ baseDelay: "1 second", maxDelay: "10 seconds", ...input })

const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.999 }))
const Retry = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2000 }))

describe("RetryPolicy, the other jitters and options", () => {
  it.effect.prop("RT9 equal jitter lies in the upper half of the backoff", [Share, Retry], ([random, retry]) =>
    Effect.sync(() => {
      const backoff = Math.min(10_000, 1000 * 2 ** (retry - 1))
      const delay = RetryPolicy.delayMillis(options({ jitter: "equal" }), retry, random)
      assert.isAtLeast(delay, backoff / 2)
      assert.isAtMost(delay, backoff)
    })
  )

  it.effect.prop("RT9 decorrelated jitter lies between the base and three times the last", [Share, Share], ([r1, r2]) =>
    Effect.sync(() => {
      const jitter = options({ jitter: "decorrelated" })
      const first = RetryPolicy.delayMillis(jitter, 1, r1)
      const second = RetryPolicy.delayMillis(jitter, 2, r2, first)
      assert.isAtLeast(second, 1000)
      assert.isAtMost(second, Math.min(10_000, 3 * first))
    })
  )

  it.effect("RT17 waits for the probes of an open breaker when told to, and for no other rejection", () =>
    Effect.gen(function* () {
      const breaker = yield* CircuitBreaker.make("b", {
        trip: consecutiveFailures(1),
        waitDurationInOpenState: "2 seconds"
      })
      const retry = yield* RetryPolicy.make("r", { maxAttempts: 3, baseDelay: 0, waitForProbe: true })
      yield* Effect.ignore(breaker.execute(Effect.fail("down")))
      const fiber = yield* Effect.forkChild(retry.execute(breaker.execute(Effect.succeed("up"))))
      yield* TestClock.adjust("1999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(fiber), "up")
      yield* breaker.forceOpen
      const error = yield* Effect.flip(retry.execute(breaker.execute(Effect.succeed("up"))))
      assert.isFalse(Duration.isFinite(error.retryAfter))
    })
  )

  for (const retryAtOnePoint of [true, false]) {
    it.effect(
      `RT21 retryAtOnePoint ${retryAtOnePoint}: nested retries ${retryAtOnePoint ? "do not multiply" : "multiply"}`,
      () =>
        Effect.gen(function* () {
          const inner = yield* RetryPolicy.make("inner", { maxAttempts: 3, baseDelay: 0 })
          const outer = yield* RetryPolicy.make("outer", { maxAttempts: 3, baseDelay: 0, retryAtOnePoint })
          const calls = yield* Ref.make(0)
          const failing = Effect.andThen(
            Ref.update(calls, (n) => n + 1),
            Effect.fail("busy")
          )
          assert.strictEqual(yield* Effect.flip(outer.execute(inner.execute(failing))), "busy")
          assert.strictEqual(yield* Ref.get(calls), retryAtOnePoint ? 3 : 9)
        })
    )
  }

  it.effect("a decorrelated schedule goes by the wait before", () =>
    Effect.gen(function* () {
      const calls = yield* Ref.make(0)
      const failing = Effect.andThen(
        Ref.update(calls, (n) => n + 1),
        Effect.fail("busy")
      )
      const fiber = yield* failing.pipe(
        Effect.retry(RetryPolicy.backoff(options({ jitter: "decorrelated", maxAttempts: 4 }))),
        Effect.flip,
        Effect.forkChild
      )
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.strictEqual(yield* Ref.get(calls), 4)
    }).pipe(Random.withSeed("decorrelated"))
  )
})
