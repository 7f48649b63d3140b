import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Duration, Effect, Exit, Fiber } from "effect"
import * as EffectCircuitBreaker from "effect/persistence/CircuitBreaker"
import * as EffectRateLimiter from "effect/persistence/RateLimiter"
import * as Redis from "effect/persistence/Redis"
import { TestClock } from "effect/testing"
import * as storeGuard from "../../src/internal/storeGuard.ts"
import { SharedStateUnavailable } from "../../src/SharedStateUnavailable.ts"
import * as MetricSeries from "../MetricSeries.ts"

const reset = new Error("ECONNRESET")

const broken = Effect.fail(new Redis.RedisError({ cause: reset }))

const circuitError = (reason: EffectCircuitBreaker.CircuitBreakerErrorReason) =>
  new EffectCircuitBreaker.CircuitBreakerError({ reason })

const limitError = (reason: EffectRateLimiter.RateLimiterErrorReason) =>
  new EffectRateLimiter.RateLimiterError({ reason })

const halfOpen = circuitError(new EffectCircuitBreaker.CircuitHalfOpen({ key: "a" }))

const exceeded = limitError(
  new EffectRateLimiter.RateLimitExceeded({ key: "a", limit: 1, remaining: 0, retryAfter: Duration.seconds(1) })
)

/** How a guarded operation failed, by what is told of it. */
const failureOf = <A, E>(self: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(self), (error) => {
    assert.instanceOf(error, SharedStateUnavailable)
    return error as unknown as SharedStateUnavailable
  })

describe("the guard of a store", () => {
  it.effect("what the store got wrong is one error, which says and carries why", () =>
    Effect.gen(function* () {
      const redis = yield* failureOf((yield* storeGuard.make("1 second"))(broken))
      assert.strictEqual(redis.message, "the store failed")
      assert.strictEqual(redis.cause, reset)
      for (const error of [
        circuitError(new EffectCircuitBreaker.CircuitBreakerStoreError({ message: "no circuit", cause: reset })),
        limitError(new EffectRateLimiter.RateLimitStoreError({ message: "no limit", cause: reset }))
      ]) {
        const failure = yield* failureOf((yield* storeGuard.make("1 second"))(Effect.fail(error)))
        assert.strictEqual(failure.message, error.reason.message)
        assert.strictEqual(failure.cause, reset)
      }
      const bare = circuitError(new EffectCircuitBreaker.CircuitBreakerStoreError({ message: "no circuit" }))
      const failure = yield* failureOf((yield* storeGuard.make("1 second"))(Effect.fail(bare)))
      assert.isFalse(Object.hasOwn(failure, "cause"))
    })
  )

  it.effect("what the store answers is the caller's own, error or not, and no failure of it", () =>
    Effect.gen(function* () {
      const guard = yield* storeGuard.make("1 second")
      for (const error of [halfOpen, exceeded, "refused"]) {
        for (let i = 0; i < 4; i++) assert.strictEqual(yield* Effect.flip(guard(Effect.fail(error))), error as never)
      }
      for (let i = 0; i < 4; i++) {
        const exit = yield* Effect.exit(guard(Effect.die("bug")))
        assert(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
        const defect = yield* Effect.exit(guard(Effect.die(new SharedStateUnavailable({ message: "bug" }))))
        assert(Exit.isFailure(defect) && Cause.hasDies(defect.cause))
      }
      assert.strictEqual(yield* guard(Effect.succeed("up")), "up")
    })
  )

  it.effect("an operation that hangs is given up after the timeout, also where the caller is not interruptible", () =>
    Effect.gen(function* () {
      const guard = yield* storeGuard.make("250 millis")
      const hanging = yield* Effect.forkChild(Effect.uninterruptible(failureOf(guard(Effect.never))), {
        startImmediately: true
      })
      yield* TestClock.adjust("249 millis")
      assert.isUndefined(hanging.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      const error = yield* Fiber.join(hanging)
      assert.strictEqual(error.message, "the store did not answer in time")
    })
  )

  it.effect("after three failures in a row it is asked again a second later, by one operation at a time", () =>
    Effect.gen(function* () {
      const guard = yield* storeGuard.make("1 minute")
      let asked = 0
      const ask = <A, E>(self: Effect.Effect<A, E>) =>
        guard(
          Effect.suspend(() => {
            asked++
            return self
          })
        )
      for (let i = 0; i < 2; i++) yield* failureOf(ask(broken))
      yield* ask(Effect.void)
      for (let i = 0; i < 3; i++) yield* failureOf(ask(broken))
      assert.strictEqual(asked, 6)
      const lately = yield* failureOf(ask(Effect.void))
      assert.strictEqual(lately.message, "the store failed lately")
      yield* TestClock.adjust("999 millis")
      yield* failureOf(ask(Effect.void))
      assert.strictEqual(asked, 6)
      yield* TestClock.adjust("1 millis")
      const answer = yield* Deferred.make<string>()
      const probe = yield* Effect.forkChild(ask(Deferred.await(answer)), { startImmediately: true })
      assert.strictEqual(asked, 7)
      yield* failureOf(ask(Effect.void))
      assert.strictEqual(asked, 7)
      yield* Deferred.succeed(answer, "back")
      assert.strictEqual(yield* Fiber.join(probe), "back")
      yield* ask(Effect.void)
      assert.strictEqual(asked, 8)
    })
  )

  it.effect("has the series of a breaker of its own", () =>
    Effect.gen(function* () {
      const guard = yield* storeGuard.make("1 second")
      yield* guard(Effect.void)
      yield* failureOf(guard(broken))
      const calls = "resilience4j.circuitbreaker.calls"
      assert.deepInclude((yield* MetricSeries.attributes(calls))[0], { name: "shared_state" })
      assert.deepStrictEqual(yield* MetricSeries.read(calls), { successful: 1, failed: 1, ignored: 0 })
    }).pipe(MetricSeries.isolated)
  )

  it.effect("a failure among other causes is one of the store's", () =>
    Effect.gen(function* () {
      const guard = yield* storeGuard.make("1 second")
      const both = Effect.failCause(
        Cause.combine(Cause.die("bug"), Cause.fail(new SharedStateUnavailable({ message: "away" })))
      )
      for (let i = 0; i < 3; i++) yield* Effect.exit(guard(both))
      assert.strictEqual((yield* failureOf(guard(Effect.void))).message, "the store failed lately")
    })
  )
})
