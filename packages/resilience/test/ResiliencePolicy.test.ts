import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Duration, Effect, Exit, Fiber, Option, Ref, Scheduler } from "effect"
import { TestClock } from "effect/testing"
import { consecutiveFailures } from "../src/CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry } from "../src/CircuitBreakerRegistry.ts"
import * as Deadline from "../src/Deadline.ts"
import * as Resilience from "../src/Resilience.ts"
import type { ResiliencePolicyOptionsInput } from "../src/ResiliencePolicyOptions.ts"
import { type ResiliencePolicyConfig, ResiliencePolicyRegistry } from "../src/ResiliencePolicyRegistry.ts"
import { interruptEverywhere } from "./Interruptions.ts"

const test = <E>(name: string, body: () => Effect.Effect<void, E, ResiliencePolicyRegistry | CircuitBreakerRegistry>) =>
  it.effect(name, () => Effect.provide(Effect.suspend(body), Resilience.layer()))

const register = <const Config extends ResiliencePolicyConfig>(config: Config, name = "quotes") =>
  Effect.flatMap(ResiliencePolicyRegistry, (policies) => policies.register(name, config))

const breakerOf = Effect.fnUntraced(function* (name = "quotes") {
  return yield* (yield* CircuitBreakerRegistry).get(name)
})

const callsOf = Effect.fnUntraced(function* (name = "quotes") {
  return (yield* (yield* breakerOf(name)).snapshot).calls
})

/** Runs to the end and says how it ended and when. */
const settle = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const from = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.forkChild(
      Effect.gen(function* () {
        const exit = yield* Effect.exit(self)
        return { exit, took: (yield* Clock.currentTimeMillis) - from }
      })
    )
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const tagOf = (exit: Exit.Exit<unknown, unknown>): string => {
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  return typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : String(error)
}

const retry = { maxAttempts: 3, baseDelay: "1 second", jitter: "none" } as const
const F = Effect.fail("down" as const)

describe("what a call says of itself", () => {
  test("its judgement replaces ours, but not on our own errors", () =>
    Effect.gen(function* () {
      const policy = yield* register({
        deadline: "3 seconds",
        circuitBreaker: { trip: consecutiveFailures(9) },
        attemptTimeout: "2 seconds"
      })
      const asked: Array<unknown> = []
      const classify = (exit: Exit.Exit<unknown, unknown>) => {
        asked.push(exit)
        return Exit.isSuccess(exit) ? ("failure" as const) : ("success" as const)
      }
      yield* policy.execute(Effect.succeed("bad"), { classify })
      assert.deepInclude(yield* callsOf(), { failed: 1 })
      yield* settle(policy.execute(Effect.never, { classify }))
      assert.deepInclude(yield* callsOf(), { failed: 2 })
      const late = Effect.andThen(Effect.sleep("1500 millis"), policy.execute(Effect.never, { classify }))
      yield* settle(Deadline.announce(late, "outer", Duration.seconds(3)))
      assert.deepInclude(yield* callsOf(), { failed: 2, ignored: 1 })
      assert.lengthOf(asked, 1)
    }))

  test("it says what is worth another attempt", () =>
    Effect.gen(function* () {
      const policy = yield* register({ retry })
      const ran = yield* Ref.make(0)
      yield* settle(
        policy.execute(
          Effect.andThen(
            Ref.update(ran, (n) => n + 1),
            F
          ),
          { retryable: () => false }
        )
      )
      assert.strictEqual(yield* Ref.get(ran), 1)
    }))
})

describe("deadline", () => {
  for (const attemptTimeout of [undefined, "1 minute"] as const) {
    const bounded = attemptTimeout === undefined ? "unbounded" : "bounded"
    test(`ends a call whose attempts are ${bounded} at exactly its time`, () =>
      Effect.gen(function* () {
        const policy = yield* register({ deadline: "2500 millis", retry, circuitBreaker: {}, attemptTimeout })
        const hanging = yield* settle(policy.execute(Effect.never))
        assert.strictEqual(tagOf(hanging.exit), "DeadlineExceeded")
        assert.strictEqual(hanging.took, 2500)
        assert.deepInclude(yield* callsOf(), { failed: 0, ignored: 1 })

        const calls = yield* Ref.make(0)
        const second = Effect.flatMap(
          Ref.updateAndGet(calls, (n) => n + 1),
          (n): Effect.Effect<never, "down"> => (n === 1 ? F : Effect.never)
        )
        const retried = yield* settle(policy.execute(second))
        assert.strictEqual(tagOf(retried.exit), "DeadlineExceeded")
        assert.strictEqual(retried.took, 2500)

        const failing = yield* settle(policy.execute(F))
        assert.strictEqual(tagOf(failing.exit), "down")
        assert.strictEqual(failing.took, 1000)
      }))
  }

  for (const attemptTimeout of [undefined, "1 minute"] as const) {
    test(`is the reason when it comes in the line, with an attempt timeout of ${attemptTimeout}`, () =>
      Effect.gen(function* () {
        const policy = yield* register({
          deadline: "2 seconds",
          bulkhead: { maxConcurrentCalls: 1, maxQueuedCalls: 1 },
          attemptTimeout
        })
        const stubborn = Effect.uninterruptible(Effect.sleep("10 seconds"))
        yield* Effect.forkChild(Effect.exit(policy.execute(stubborn)), { startImmediately: true })
        const waiting = yield* Effect.forkChild(Effect.exit(policy.execute(Effect.void)), { startImmediately: true })
        yield* TestClock.adjust("1999 millis")
        assert.isUndefined(waiting.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(tagOf(yield* Fiber.join(waiting)), "DeadlineExceeded")
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(yield* policy.execute(Effect.succeed("in")), "in")
      }))
  }

  test("a policy without one adds no error for the deadline around it", () =>
    Effect.gen(function* () {
      const outer = yield* register({ deadline: "1 second", attemptTimeout: "1 minute" }, "outer")
      const inner = yield* register({ attemptTimeout: "1 minute" }, "inner")
      const seen: Array<string> = []
      const call = Effect.tapCause(inner.execute(Effect.never), (cause) =>
        Effect.sync(() => {
          if (Cause.hasFails(cause)) seen.push(Cause.pretty(cause))
        })
      )
      const { exit, took } = yield* settle(outer.execute(call))
      assert.strictEqual(tagOf(exit), "DeadlineExceeded")
      assert.strictEqual(took, 1000)
      assert.deepStrictEqual(seen, [])
    }))
})

describe("interruption", () => {
  for (const deadline of [undefined, "1 hour"] as const) {
    test(`at any step gives back every permit, with a deadline of ${deadline}`, () =>
      Effect.gen(function* () {
        const policy = yield* register({
          deadline,
          retry: { ...retry, baseDelay: 0, maxAttempts: 2 },
          circuitBreaker: {
            trip: consecutiveFailures(1),
            waitDurationInOpenState: "1 second",
            permittedNumberOfCallsInHalfOpenState: 1
          },
          bulkhead: { maxConcurrentCalls: 1, maxQueuedCalls: 1 },
          attemptTimeout: "1 minute"
        })
        const breaker = yield* breakerOf()
        yield* Effect.exit(policy.execute(F))
        yield* TestClock.adjust("1 second")
        const inside = yield* Ref.make(0)
        const call = Effect.acquireUseRelease(
          Ref.updateAndGet(inside, (n) => n + 1),
          (n) =>
            Effect.andThen(
              Effect.sync(() => assert.strictEqual(n, 1)),
              Effect.interrupt
            ),
          () => Ref.update(inside, (n) => n - 1)
        )
        const steps = yield* interruptEverywhere(policy.execute(call), () =>
          Effect.gen(function* () {
            assert.strictEqual(yield* Ref.get(inside), 0)
            const state = yield* breaker.state
            assert.isTrue(state._tag === "HALF_OPEN" ? state.admitted === 0 : state._tag === "OPEN")
          })
        )
        assert.isAbove(steps, 5)
        assert.strictEqual(yield* policy.execute(Effect.succeed("up")), "up")
        assert.strictEqual((yield* breaker.state)._tag, "CLOSED")
      }))
  }
})

describe("reconfigure", () => {
  test("changes what later calls go by and keeps the rest", () =>
    Effect.gen(function* () {
      const policy = yield* register({
        deadline: "1 minute",
        retry,
        circuitBreaker: { trip: consecutiveFailures(9), waitDurationInOpenState: "7 seconds" },
        bulkhead: { maxConcurrentCalls: 1 },
        attemptTimeout: "1 second"
      })
      yield* policy.reconfigure({
        retry: { maxAttempts: 2, baseDelay: undefined },
        circuitBreaker: { trip: consecutiveFailures(2) },
        bulkhead: { maxConcurrentCalls: 0 },
        deadline: undefined
      })
      const options = yield* policy.options
      assert.deepInclude(options.retry, { maxAttempts: 2, jitter: "none" })
      assert.deepStrictEqual(yield* (yield* breakerOf()).options, options.circuitBreaker)
      assert.strictEqual(tagOf(yield* Effect.exit(policy.execute(F))), "BulkheadFull")
      yield* policy.reconfigure({ bulkhead: { maxConcurrentCalls: 1 }, attemptTimeout: "2 seconds" })
      const { exit, took } = yield* settle(policy.execute(Effect.never))
      assert.strictEqual(tagOf(exit), "AttemptTimedOut")
      assert.strictEqual(took, 2000 + 1000 + 2000)
      assert.strictEqual((yield* (yield* breakerOf()).state)._tag, "OPEN")
      yield* policy.reconfigure({ deadline: "1 second" })
      yield* (yield* breakerOf()).reset
      assert.strictEqual((yield* settle(policy.execute(Effect.never))).took, 1000)
    }))

  test("two changes at once are both made", () =>
    Effect.gen(function* () {
      const policy = yield* register({ retry, bulkhead: {} })
      yield* Effect.all(
        [
          policy.reconfigure({ retry: { maxAttempts: 7 } }),
          policy.reconfigure({ bulkhead: { maxConcurrentCalls: 7 } })
        ],
        { concurrency: 2 }
      ).pipe(Effect.provideService(Scheduler.MaxOpsBeforeYield, 3))
      const options = yield* policy.options
      assert.deepStrictEqual([options.retry?.maxAttempts, options.bulkhead?.maxConcurrentCalls], [7, 7])
    }))

  test("can neither add a part nor move the retry nor change a budget, and wrong options change nothing", () =>
    Effect.gen(function* () {
      const policy = yield* register({ retry, retryBudget: {}, circuitBreaker: {} })
      const before = yield* policy.options
      const patches: ReadonlyArray<ResiliencePolicyOptionsInput> = [
        { deadline: "1 second" },
        { bulkhead: {} },
        { retryBudget: { retryRatio: 1 } },
        { retryPlacement: "inside-circuit-breaker" },
        { retry: { maxAttempts: 0 }, circuitBreaker: { trip: consecutiveFailures(1) } },
        { circuitBreaker: { permittedNumberOfCallsInHalfOpenState: 0 } }
      ]
      for (const patch of patches) {
        const error = yield* Effect.flip(policy.reconfigure(patch))
        assert.deepInclude(error, { _tag: "InvalidOptions", name: "quotes" })
      }
      assert.strictEqual(yield* policy.options, before)
      assert.deepStrictEqual(yield* (yield* breakerOf()).options, before.circuitBreaker)
    }))
})
