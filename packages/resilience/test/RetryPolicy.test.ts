import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Context, Duration, Effect, Exit, Fiber, Option, Random, Ref, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { BulkheadFull } from "../src/Bulkhead.ts"
import * as CircuitBreaker from "../src/CircuitBreaker.ts"
import { consecutiveFailures } from "../src/CircuitBreakerOptions.ts"
import * as Deadline from "../src/Deadline.ts"
import { decode } from "../src/InvalidOptions.ts"
import * as RetryBudget from "../src/RetryBudget.ts"
import { type RetryEvent } from "../src/RetryEvent.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as MetricSeries from "./MetricSeries.ts"
import { eventsOf, inSpan } from "./RecordingTracer.ts"

const make = (options?: RetryPolicy.RetryPolicyOptionsInput, budget?: RetryBudget.RetryBudget) =>
  RetryPolicy.make("backend", { baseDelay: "1 second", jitter: "none", ...options }, budget)

const optionsOf = decode(RetryPolicy.RetryPolicyOptions, "RetryPolicy", "backend")

/** Runs an effect with a `Random` that always draws the same. */
const drawing =
  (u: number) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.provideService(self, Random.Random, { nextDoubleUnsafe: () => u, nextIntUnsafe: () => 0 })

/** A call that notes when it ran, and ends as the `n`-th outcome says, the last one for ever. */
const script = <E>(...outcomes: ReadonlyArray<Effect.Effect<string, E>>) =>
  Effect.map(Ref.make<ReadonlyArray<number>>([]), (times) => ({
    times: Ref.get(times),
    call: Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const ran = yield* Ref.updateAndGet(times, (all) => [...all, now])
      return yield* outcomes[Math.min(ran.length, outcomes.length) - 1] ?? Effect.die("no outcome")
    })
  }))

const F = Effect.fail("down")
const S = Effect.succeed("up")

/** The exit after all the time that it could take. */
const settle = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(self)
    yield* TestClock.adjust("10 days")
    return yield* Fiber.await(fiber)
  })

const stopped = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isFailure(exit)
    ? Option.getOrUndefined(Context.getOption(Cause.annotations(exit.cause), RetryPolicy.RetriesStopped))
    : undefined

const watch = Effect.fnUntraced(function* (retry: RetryPolicy.RetryPolicy) {
  const events: Array<RetryEvent> = []
  yield* retry.events.pipe(
    Stream.runForEach((event) => Effect.sync(() => events.push(event))),
    Effect.forkScoped({ startImmediately: true })
  )
  return { events: Effect.as(Effect.yieldNow, events) }
})

describe("attempts", () => {
  it.effect("RT1 so many in all, so many less one waits, and the last error", () =>
    Effect.gen(function* () {
      const retry = yield* make({ maxAttempts: 3 })
      const { call, times } = yield* script(Effect.fail("1"), Effect.fail("2"), Effect.fail("3"))
      const exit = yield* settle(retry.execute(call))
      assert.deepStrictEqual(Exit.findErrorOption(exit), Option.some("3"))
      assert.deepStrictEqual(yield* times, [0, 1000, 3000])
      assert.deepStrictEqual(stopped(exit), { reason: "exhausted", attempts: 3 })
    })
  )

  it.effect("RT1 none but the first, if that is all", () =>
    Effect.gen(function* () {
      const retry = yield* make({ maxAttempts: 1 })
      const { call, times } = yield* script(F)
      assert.strictEqual(yield* Effect.flip(retry.execute(call)), "down")
      assert.lengthOf(yield* times, 1)
    })
  )

  it.effect("RT2 what is not to be repeated is not, defects neither", () =>
    Effect.gen(function* () {
      const retry = yield* make()
      const { events } = yield* watch(retry)
      for (const [outcome, retryable] of [
        [F, () => false],
        [Effect.die("bug"), RetryPolicy.retryErrors],
        [Effect.failCause(Cause.combine(Cause.fail("down"), Cause.die("bug"))), RetryPolicy.retryErrors]
      ] as const) {
        const { call, times } = yield* script<string>(outcome)
        const exit = yield* Effect.exit(retry.execute(call, retryable))
        assert.isTrue(Exit.isFailure(exit))
        assert.isUndefined(stopped(exit))
        assert.lengthOf(yield* times, 1)
      }
      const ignored = { _tag: "IgnoredError", name: "backend", at: 0, attempts: 1 } as const
      assert.deepStrictEqual(yield* events, [ignored, ignored, ignored])
    })
  )

  it.effect("RT3 repeats for a result too, and gives the last one", () =>
    Effect.gen(function* () {
      const retry = yield* make({ maxAttempts: 3 })
      const { call, times } = yield* script<never>(S, S, Effect.succeed("last"))
      const { events } = yield* watch(retry)
      assert.deepStrictEqual(yield* settle(retry.execute(call, () => true)), Exit.succeed("last"))
      assert.lengthOf(yield* times, 3)
      assert.deepInclude((yield* events).at(-1), { _tag: "Error", reason: "exhausted", attempts: 3 })
    })
  )

  it.effect("RT20 the call knows its attempt, counted from 1, also within a retry around it", () =>
    Effect.gen(function* () {
      const [outer, inner] = [
        yield* make({ maxAttempts: 2, baseDelay: 0 }),
        yield* make({ maxAttempts: 3, baseDelay: 0 })
      ]
      const seen: Array<string> = []
      const call = Effect.gen(function* () {
        seen.push(`${yield* RetryPolicy.CurrentAttempt}`)
        return yield* F
      })
      yield* Effect.exit(
        outer.execute(
          Effect.gen(function* () {
            seen.push(`outer ${yield* RetryPolicy.CurrentAttempt}`)
            return yield* inner.execute(call)
          })
        )
      )
      assert.deepStrictEqual(seen, ["outer 1", "1", "2", "3", "outer 2", "1", "2", "3"])
    })
  )

  it.effect("RT21 the annotation is that of the outermost retry", () =>
    Effect.gen(function* () {
      const [outer, inner] = [
        yield* make({ maxAttempts: 2, baseDelay: 0 }),
        yield* make({ maxAttempts: 3, baseDelay: 0 })
      ]
      assert.deepStrictEqual(stopped(yield* Effect.exit(outer.execute(inner.execute(F)))), {
        reason: "exhausted",
        attempts: 2
      })
    })
  )

  it.effect("an interruption ends it, in the call or in the wait", () =>
    Effect.gen(function* () {
      const retry = yield* make()
      const { events } = yield* watch(retry)
      const running = yield* Effect.forkChild(retry.execute(Effect.never), { startImmediately: true })
      const { call, times } = yield* script(F)
      const waiting = yield* Effect.forkChild(retry.execute(call), { startImmediately: true })
      yield* Fiber.interrupt(running)
      yield* Fiber.interrupt(waiting)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(running)))
      yield* TestClock.adjust("1 hour")
      assert.lengthOf(yield* times, 1)
      assert.deepStrictEqual(
        (yield* events).map((event) => event._tag),
        ["Retry"]
      )
    })
  )
})

describe("delays", () => {
  it.effect("RT5 grow by the factor up to the cap", () =>
    Effect.gen(function* () {
      const delays = (input: RetryPolicy.RetryPolicyOptionsInput) =>
        Effect.map(optionsOf({ baseDelay: 1000, jitter: "none", ...input }), (options) =>
          [1, 2, 3, 4, 5].map((retry) => RetryPolicy.delayMillis(options, retry, 0.5))
        )
      assert.deepStrictEqual(yield* delays({}), [1000, 2000, 4000, 8000, 16_000])
      assert.deepStrictEqual(yield* delays({ factor: 1 }), [1000, 1000, 1000, 1000, 1000])
      assert.deepStrictEqual(yield* delays({ maxDelay: 5000 }), [1000, 2000, 4000, 5000, 5000])
    })
  )

  it.effect("RT7 full jitter draws between nothing and the backoff", () =>
    Effect.gen(function* () {
      for (const [u, expected] of [
        [0, [0, 0, 0]],
        [0.5, [0, 500, 1500]]
      ] as const) {
        const retry = yield* make({ jitter: "full" })
        const { call, times } = yield* script(F)
        const from = yield* Clock.currentTimeMillis
        yield* settle(drawing(u)(retry.execute(call)))
        assert.deepStrictEqual(
          (yield* times).map((time) => time - from),
          expected.slice()
        )
      }
    })
  )

  it.effect("RT7 the same seed draws the same", () =>
    Effect.gen(function* () {
      const retry = yield* make({ jitter: "full" })
      const run = Effect.gen(function* () {
        const { call, times } = yield* script(F)
        const from = yield* Clock.currentTimeMillis
        yield* settle(Random.withSeed(retry.execute(call), "seed"))
        return (yield* times).map((time) => Math.round(time - from))
      })
      assert.deepStrictEqual(yield* run, yield* run)
    })
  )

  it.effect.prop(
    "RT7 RT12 are at least nothing, below the cap and finite, for any options and any attempt",
    {
      base: Schema.Literals([0, 1, 500, 86_400_000]),
      cap: Schema.Literals(["1 millis", "30 seconds", "2 days", "Infinity"]),
      factor: Schema.Literals([1, 1.5, 2, 1e6]),
      retry: Schema.Literals([1, 2, 10, 1000, 1_000_000]),
      u: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true }))
    },
    ({ base, cap, factor, retry, u }) =>
      Effect.map(optionsOf({ baseDelay: base, maxDelay: cap, factor }), (options) => {
        const delay = RetryPolicy.delayMillis(options, retry, u)
        const almost = RetryPolicy.delayMillis(options, retry, 1 - Number.EPSILON / 2)
        assert.isTrue(Number.isFinite(delay) && delay >= 0)
        assert.isTrue(base === 0 ? almost === 0 : almost < Duration.toMillis(cap))
      })
  )

  it.effect("RT12 stay a number for ever", () =>
    Effect.gen(function* () {
      const options = yield* optionsOf({ baseDelay: "1 day", maxDelay: "Infinity", jitter: "none" })
      assert.strictEqual(RetryPolicy.delayMillis(options, 1000, 0), Number.MAX_SAFE_INTEGER)
      const capped = yield* optionsOf({ baseDelay: "1 day", maxDelay: "2 days", jitter: "none" })
      assert.strictEqual(RetryPolicy.delayMillis(capped, 1000, 0), 172_800_000)
    })
  )

  it.effect("RT11 no base, no wait", () =>
    Effect.gen(function* () {
      const retry = yield* make({ baseDelay: 0, maxAttempts: 5 })
      const { call, times } = yield* script(F)
      assert.strictEqual(yield* Effect.flip(retry.execute(call)), "down")
      assert.deepStrictEqual(yield* times, [0, 0, 0, 0, 0])
    })
  )

  it.effect("RT5 the same waits as a Schedule, which ends with the last attempt", () =>
    Effect.gen(function* () {
      const options = yield* optionsOf({ baseDelay: 1000, jitter: "full", maxAttempts: 4 })
      const { call, times } = yield* script(F)
      const exit = yield* settle(drawing(0.5)(Effect.retry(call, RetryPolicy.backoff(options))))
      assert.deepStrictEqual(exit, Exit.fail("down"))
      assert.deepStrictEqual(yield* times, [0, 500, 1500, 3500])
    })
  )
})

describe("floors and bounds", () => {
  const asked = (retryAfter: Duration.Input): RetryPolicy.Verdict => ({
    retryAfter: Duration.fromInputUnsafe(retryAfter)
  })

  it.effect("RT14 what the server asks for is the least wait, and jitter never shortens it", () =>
    Effect.gen(function* () {
      for (const [wait, jitter, expected] of [
        ["7 seconds", "none", 7000],
        ["7 seconds", "full", 7000],
        ["500 millis", "none", 1000],
        [0, "none", 1000]
      ] as const) {
        const retry = yield* make({ maxAttempts: 2, jitter })
        const { call, times } = yield* script(F)
        const from = yield* Clock.currentTimeMillis
        yield* settle(drawing(0)(retry.execute(call, () => asked(wait))))
        assert.deepStrictEqual(
          (yield* times).map((time) => time - from),
          [0, expected]
        )
      }
    })
  )

  it.effect("RT14 a longer wait than allowed is none: it fails at once", () =>
    Effect.gen(function* () {
      const retry = yield* make({ maxRetryAfter: "10 seconds" })
      const { call, times } = yield* script(F)
      const exit = yield* Effect.exit(retry.execute(call, () => asked("10001 millis")))
      assert.deepStrictEqual(stopped(exit), { reason: "retry-after", attempts: 1 })
      assert.lengthOf(yield* times, 1)
    })
  )

  it.effect("RT15 a wait that would not end before the deadline does not begin", () =>
    Effect.gen(function* () {
      const retry = yield* make({ maxAttempts: 10 })
      const { call, times } = yield* script(F)
      const within = Deadline.announce(retry.execute(call), "whole", Duration.seconds(7))
      const fiber = yield* Effect.forkChild(within, { startImmediately: true })
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(stopped(yield* Fiber.await(fiber)), { reason: "deadline", attempts: 3 })
      assert.deepStrictEqual(yield* times, [0, 1000, 3000])
      assert.deepStrictEqual(Exit.findErrorOption(yield* Fiber.await(fiber)), Option.some("down"))
    })
  )

  it.effect("RT16 an open breaker is not asked again", () =>
    Effect.gen(function* () {
      const breaker = yield* CircuitBreaker.make("b", { trip: consecutiveFailures(3) })
      const retry = yield* make({ maxAttempts: 5 })
      const { call, times } = yield* script(F)
      const fiber = yield* Effect.forkChild(Effect.flip(retry.execute(breaker.execute(call))))
      yield* TestClock.adjust("7 seconds")
      const error = yield* Fiber.join(fiber)
      assert.isTrue(typeof error !== "string" && error._tag === "CircuitOpen")
      assert.deepStrictEqual(yield* times, [0, 1000, 3000])
      assert.strictEqual((yield* breaker.snapshot).calls.notPermitted, 1)
    })
  )

  it.effect("RT16 nor a full bulkhead, whatever the predicate says", () =>
    Effect.gen(function* () {
      const retry = yield* make()
      const full = new BulkheadFull({ name: "b", reason: "queue-full", maxConcurrentCalls: 0, maxQueuedCalls: 0 })
      let ran = 0
      const call = Effect.suspend(() => Effect.fail(ran++ < 9 ? full : full))
      yield* Effect.flip(retry.execute(call, () => true))
      assert.strictEqual(ran, 1)
    })
  )

  it.effect("BU6 a spent budget stops retries, never first attempts, and the error is the call's own", () =>
    Effect.gen(function* () {
      const budget = yield* RetryBudget.make("b", { retryRatio: 0, minRetriesPerSecond: 0.1 })
      const retry = yield* make({ maxAttempts: 3, baseDelay: 0 }, budget)
      const { call, times } = yield* script(F)
      const first = yield* Effect.exit(retry.execute(call))
      assert.deepStrictEqual(stopped(first), { reason: "budget", attempts: 2 })
      assert.deepStrictEqual(Exit.findErrorOption(first), Option.some("down"))
      assert.deepStrictEqual(stopped(yield* Effect.exit(retry.execute(call))), { reason: "budget", attempts: 1 })
      assert.lengthOf(yield* times, 3)
    })
  )

  it.effect("BU1 each call earns its part of a retry", () =>
    Effect.gen(function* () {
      const budget = yield* RetryBudget.make("b", { retryRatio: 0.5, minRetriesPerSecond: 0 })
      const retry = yield* make({ maxAttempts: 2, baseDelay: 0 }, budget)
      const { call, times } = yield* script(F)
      for (let i = 0; i < 10; i++) yield* Effect.exit(retry.execute(call))
      assert.lengthOf(yield* times, 15)
    })
  )
})

describe("events, metrics and spans", () => {
  it.effect("EV1 each retry and the end are events", () =>
    Effect.gen(function* () {
      const retry = yield* make()
      const { events } = yield* watch(retry)
      const { call } = yield* script(F, S)
      yield* settle(retry.execute(call))
      assert.deepStrictEqual(yield* events, [
        { _tag: "Retry", name: "backend", at: 0, attempts: 1, delay: 1000 },
        { _tag: "Success", name: "backend", at: 1000, attempts: 2 }
      ])
    })
  )

  it.effect("RT19 four disjoint counters, there with zero from the start and gone with the scope", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const counts = MetricSeries.read("resilience4j.retry.calls")
        yield* Effect.scoped(
          Effect.gen(function* () {
            const retry = yield* make({ baseDelay: 0, maxAttempts: 2 })
            assert.deepStrictEqual(yield* counts, {
              successful_without_retry: 0,
              successful_with_retry: 0,
              failed_without_retry: 0,
              failed_with_retry: 0
            })
            const scripts = [yield* script(S), yield* script(F, S), yield* script(F), yield* script(F)]
            for (const { call } of scripts) yield* Effect.exit(retry.execute(call))
            yield* Effect.exit(retry.execute(F, () => false))
            assert.deepStrictEqual(yield* counts, {
              successful_without_retry: 1,
              successful_with_retry: 1,
              failed_without_retry: 1,
              failed_with_retry: 2
            })
          })
        )
        assert.deepStrictEqual(yield* MetricSeries.ids, [])
      })
    )
  )

  it.effect("EV8 a retry is an event of the span", () =>
    Effect.gen(function* () {
      const retry = yield* make({ baseDelay: 0, maxAttempts: 2 })
      assert.deepStrictEqual(eventsOf(yield* inSpan("call", retry.execute(F))), [
        ["resilience4j.retry", { name: "backend", attempt: 1, delay_ms: 0 }]
      ])
    })
  )

  it.effect("RG10 wrong options are refused", () =>
    Effect.gen(function* () {
      for (const options of [{ maxAttempts: 0 }, { factor: 0.5 }, { baseDelay: -1 }, { maxRetryAfter: -1 }]) {
        assert.deepInclude(yield* Effect.flip(make(options)), { _tag: "InvalidOptions", pattern: "RetryPolicy" })
      }
    })
  )
})
