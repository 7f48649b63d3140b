import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Fiber, Option } from "effect"
import { TestClock } from "effect/testing"
import { BulkheadFull } from "../../src/Bulkhead.ts"
import * as CircuitBreaker from "../../src/CircuitBreaker.ts"
import { consecutiveFailures, failureRate } from "../../src/CircuitBreakerOptions.ts"
import * as ResilientHttpClient from "../../src/ResilientHttpClient.ts"
import { AttemptTimedOut } from "../../src/TimeLimiter.ts"
import { bulkheadInBreaker } from "./cases/timed.ts"
import { prove } from "./script/prove.ts"
import { F, make, run, S, stateOf } from "./support/breakers.ts"

describe("CL: classification", () => {
  /** What a dependency may end with. */
  const end = {
    runtime: Effect.fail("runtime"),
    business: Effect.fail("business"),
    number: Effect.fail("number")
  }
  const errorOf = (exit: Exit.Exit<unknown, unknown>) => Option.getOrUndefined(Exit.findErrorOption(exit))

  it.effect("CL1: record only RuntimeError: RuntimeError, BusinessError → failed 1, success 1, buffered 2", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ trip: failureRate({ slidingWindowSize: 10 }) })
      const recorded: CircuitBreaker.Classifier<string, string> = (exit) =>
        errorOf(exit) === "runtime" ? "failure" : "success"
      yield* Effect.flip(breaker.execute(end.runtime, recorded))
      yield* Effect.flip(breaker.execute(end.business, recorded))
      assert.deepInclude(yield* breaker.snapshot, { bufferedCalls: 2, failedCalls: 1 })
      assert.deepInclude((yield* breaker.snapshot).calls, { failed: 1, successful: 1, ignored: 0 })
    })
  )

  it.effect("CL2: ignore NumberFormat: RuntimeError, NumberFormat → failed 1, success 0, buffered 1", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ trip: failureRate({ slidingWindowSize: 10 }) })
      const ignoring: CircuitBreaker.Classifier<string, string> = (exit) =>
        errorOf(exit) === "number" ? "ignored" : CircuitBreaker.classifyExit(exit)
      yield* Effect.flip(breaker.execute(end.runtime, ignoring))
      yield* Effect.flip(breaker.execute(end.number, ignoring))
      assert.deepInclude(yield* breaker.snapshot, { bufferedCalls: 1, failedCalls: 1 })
      assert.deepInclude((yield* breaker.snapshot).calls, { failed: 1, successful: 0, ignored: 1 })
    })
  )

  it.effect('CL4: result predicate: success value "bad" counts as failure, value still returned to caller', () =>
    Effect.gen(function* () {
      const breaker = yield* make({ trip: failureRate({ slidingWindowSize: 10 }) })
      const judging: CircuitBreaker.Classifier<string, never> = (exit) =>
        Exit.isSuccess(exit) && exit.value === "bad" ? "failure" : "success"
      assert.strictEqual(yield* breaker.execute(Effect.succeed("bad"), judging), "bad")
      assert.strictEqual(yield* breaker.execute(Effect.succeed("good"), judging), "good")
      assert.deepInclude(yield* breaker.snapshot, { bufferedCalls: 2, failedCalls: 1 })
    })
  )

  it.effect("CL8: wrapped errors are classified by the innermost tagged error", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ trip: consecutiveFailures(1) })
      const inner = yield* CircuitBreaker.make("inner")
      yield* inner.forceOpen
      const wrapped = inner.execute(S).pipe(Effect.mapError((cause) => ({ _tag: "QueryFailed", cause }) as const))
      const twice = Effect.mapError(wrapped, (cause) => ({ _tag: "LookupFailed", cause }) as const)
      yield* Effect.flip(breaker.execute(wrapped))
      yield* Effect.flip(breaker.execute(twice))
      assert.strictEqual(yield* stateOf(breaker), "CLOSED")
      assert.deepInclude((yield* breaker.snapshot).calls, { ignored: 2, failed: 0 })
      yield* Effect.flip(breaker.execute(Effect.fail({ _tag: "LookupFailed", cause: { _tag: "Reset" } })))
      assert.strictEqual(yield* stateOf(breaker), "OPEN")
    })
  )

  it("CL10: HTTP preset: 5xx except 501, 408, transport, timeout = F; 429 = I with retryAfter; other 4xx = S (not F)", () => {
    const outcomes = Object.fromEntries(
      [200, 304, 400, 401, 404, 408, 409, 422, 428, 429, 430, 499, 500, 501, 502, 503, 504, 599].map((status) => [
        status,
        ResilientHttpClient.classifyStatus(status)
      ])
    )
    const [success, failure] = ["success", "failure"] as const
    assert.deepStrictEqual(outcomes, {
      200: success,
      304: success,
      400: success,
      401: success,
      404: success,
      408: failure,
      409: success,
      422: success,
      428: success,
      429: "ignored",
      430: success,
      499: success,
      500: failure,
      501: success,
      502: failure,
      503: failure,
      504: failure,
      599: failure
    })
    const timedOut = new AttemptTimedOut({ name: "http", timeout: Duration.seconds(1) })
    assert.strictEqual(ResilientHttpClient.classify(Exit.fail(timedOut)), failure)
  })

  it.effect("CL5: classify throws ⇒ outcome I, the call dies with the original cause combined", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* run(breaker, F, F, F)
      yield* TestClock.adjust("5 seconds")
      const exit = yield* Effect.exit(
        breaker.execute(F, () => {
          throw new Error("classifier")
        })
      )
      assert.isTrue(Exit.isFailure(exit))
      const causes = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""
      assert.include(causes, "down")
      assert.include(causes, "classifier")
      assert.deepInclude(yield* breaker.state, { _tag: "HALF_OPEN", admitted: 0 })
    })
  )

  it.effect("CL7: timeout inside the breaker = F; the same timeout outside = X → not counted.", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      const slow = Effect.timeout(Effect.never, "1 second")
      const inside = yield* Effect.forkChild(Effect.exit(breaker.execute(slow)))
      const around = yield* Effect.forkChild(Effect.exit(Effect.timeout(breaker.execute(Effect.never), "1 second")))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(inside)
      yield* Fiber.join(around)
      assert.deepInclude((yield* breaker.snapshot).calls, { failed: 1, ignored: 1 })
    })
  )

  prove([bulkheadInBreaker])

  it.effect("CL9 every rejection of ours", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ trip: consecutiveFailures(1) })
      const inner = yield* CircuitBreaker.make("inner")
      yield* inner.forceOpen
      yield* Effect.flip(breaker.execute(inner.execute(S)))
      const full = new BulkheadFull({ name: "b", reason: "queue-full", maxConcurrentCalls: 0, maxQueuedCalls: 0 })
      yield* Effect.flip(breaker.execute(Effect.fail(full)))
      assert.strictEqual(yield* stateOf(breaker), "CLOSED", "CO5")
      assert.strictEqual((yield* breaker.snapshot).calls.ignored, 2)
    })
  )
})
