import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Duration, Effect, Exit, Fiber, Option, Random, Ref, Schema } from "effect"
import { TestClock } from "effect/testing"
import { BulkheadFull } from "../../src/Bulkhead.ts"
import * as CircuitBreaker from "../../src/CircuitBreaker.ts"
import { consecutiveFailures } from "../../src/CircuitBreakerOptions.ts"
import * as Deadline from "../../src/Deadline.ts"
import * as Resilience from "../../src/Resilience.ts"
import { ResiliencePolicyRegistry } from "../../src/ResiliencePolicyRegistry.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import * as MetricSeries from "../MetricSeries.ts"
import { retry, retryEdges } from "./cases/timed.ts"
import { prove } from "./script/prove.ts"
import { register, settle as settlePolicy, test, retry as thrice } from "./support/policies.ts"
import { drawing, F, make, optionsOf, S, script, settle, stopped, watch } from "./support/retries.ts"

const options = (input: RetryPolicy.RetryPolicyOptionsInput) =>
  Schema.decodeUnknownSync(RetryPolicy.RetryPolicyOptions)({ baseDelay: "1 second", maxDelay: "10 seconds", ...input })

const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.999 }))
const Retry = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2000 }))

/** What a server asks for. */
const asked = (retryAfter: Duration.Input): RetryPolicy.Verdict => ({
  retryAfter: Duration.fromInputUnsafe(retryAfter)
})

describe("RT: retry and backoff", () => {
  prove(retry)

  prove(retryEdges)

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

  it.effect('RT2: non-retryable error → 1 execution, event "ignored"', () =>
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

  it.effect(
    "RT3: retry on result: predicate true ×3, maxAttempts 3 → returns last result, or typed RetriesExhausted if `failAfterMaxAttempts`",
    () =>
      Effect.gen(function* () {
        const retry = yield* make({ maxAttempts: 3 })
        const { call, times } = yield* script<never>(S, S, Effect.succeed("last"))
        const { events } = yield* watch(retry)
        assert.deepStrictEqual(yield* settle(retry.execute(call, () => true)), Exit.succeed("last"))
        assert.lengthOf(yield* times, 3)
        assert.deepInclude((yield* events).at(-1), { _tag: "Error", reason: "exhausted", attempts: 3 })
      })
  )

  it.effect(
    "RT4: negative/`None` delay stops: intervals 0, −1 with maxAttempts 3 → 2 executions, 1 retry event, 1 error event",
    () =>
      Effect.gen(function* () {
        for (const last of [-1, undefined]) {
          const retry = yield* make({ maxAttempts: 3 })
          const { events } = yield* watch(retry)
          const { call, times } = yield* script(F)
          const exit = yield* Effect.exit(retry.execute(call, undefined, { interval: (n) => (n === 1 ? 0 : last) }))
          assert.deepStrictEqual(Exit.findErrorOption(exit), Option.some("down"))
          assert.deepStrictEqual(stopped(exit), { reason: "interval", attempts: 2 })
          assert.lengthOf(yield* times, 2)
          assert.deepStrictEqual(
            (yield* events).map(({ _tag }) => _tag),
            ["Retry", "Error"]
          )
        }
      })
  )

  it.effect("RT5 constant, exponential, and up to the cap", () =>
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

  it.effect("RT5 the same waits as a Schedule, which ends with the last attempt", () =>
    Effect.gen(function* () {
      const options = yield* optionsOf({ baseDelay: 1000, jitter: "full", maxAttempts: 4 })
      const { call, times } = yield* script(F)
      const exit = yield* settle(drawing(0.5)(Effect.retry(call, RetryPolicy.backoff(options))))
      assert.deepStrictEqual(exit, Exit.fail("down"))
      assert.deepStrictEqual(yield* times, [0, 500, 1500, 3500])
    })
  )

  it.effect(
    "RT7: full jitter: delay_n = u·min(cap, base·2^(n−1)), u∈[0,1): u=0 → 0; u=.5, base 1 s → .5,1,2 s; u→1 stays < cap",
    () =>
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

  it.effect.prop(
    "RT9: equal jitter in [d/2, d]; decorrelated next ∈ [base, min(cap, 3·prev)]",
    [Share, Retry],
    ([random, retry]) =>
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

  it.effect("RT10: proportional ±25 %, base 1 s: u 0/.4/.6/1 → .75/.95/1.05/1.25 s", () =>
    Effect.gen(function* () {
      const options = yield* optionsOf({ baseDelay: "1 second", jitter: "proportional" })
      for (const [u, expected] of [
        [0, 750],
        [0.4, 950],
        [0.6, 1050],
        [1, 1250]
      ] as const) {
        assert.approximately(RetryPolicy.delayMillis(options, 1, u), expected, 1e-9)
      }
    })
  )

  it.effect("RT11: base 0 → all delays 0 and no clock sleep is scheduled", () =>
    Effect.gen(function* () {
      const retry = yield* make({ baseDelay: 0, maxAttempts: 5 })
      const { call, times } = yield* script(F)
      assert.strictEqual(yield* Effect.flip(retry.execute(call)), "down")
      assert.deepStrictEqual(yield* times, [0, 0, 0, 0, 0])
    })
  )

  it.effect(
    "RT12: attempt 1000, base 1 day, no cap → max representable, not NaN/negative; with cap 2 days → 2 days",
    () =>
      Effect.gen(function* () {
        const options = yield* optionsOf({ baseDelay: "1 day", maxDelay: "Infinity", jitter: "none" })
        assert.strictEqual(RetryPolicy.delayMillis(options, 1000, 0), Number.MAX_SAFE_INTEGER)
        const capped = yield* optionsOf({ baseDelay: "1 day", maxDelay: "2 days", jitter: "none" })
        assert.strictEqual(RetryPolicy.delayMillis(capped, 1000, 0), 172_800_000)
      })
  )

  it.effect(
    "RT14: Retry-After 7 s with computed 2 s → wait 7 s (max); 1 s with 2 s → 2 s; HTTP-date form; > maxRetryAfter → fail (or cap) per config; past date → computed delay; jitter never shortens it",
    () =>
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

  it.effect(
    "RT15: total deadline 10 s: a delay that would end past the deadline is not started; error returned immediately",
    () =>
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

  it.effect("RT16 the refusal of the breaker that a failure opened is got at once and not waited for", () =>
    Effect.gen(function* () {
      const policies = yield* ResiliencePolicyRegistry
      const policy = yield* policies.register("futile", {
        retry: { maxAttempts: 5, baseDelay: "1 second", jitter: "none" },
        circuitBreaker: { trip: consecutiveFailures(2), waitDurationInOpenState: "1 minute" }
      })
      const fiber = yield* policy.execute(Effect.fail("down")).pipe(Effect.flip, Effect.forkChild)
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* Fiber.join(fiber), { _tag: "CircuitOpen", name: "futile" })
    }).pipe(Effect.provide(Resilience.layer()))
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

  it.effect("RT17: opt-in wait-for-probe: CircuitOpen{retryAfter 2 s} retried after ≥2 s, bounded by deadline", () =>
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

  test("RT18: non-idempotent operation (POST without idempotency key) is not retried after the request may have been sent; connect-refused before send may be", () =>
    Effect.gen(function* () {
      const policy = yield* register({ retry: thrice, attemptTimeout: "1 second" })
      const run = Effect.fnUntraced(function* (call: Effect.Effect<string, string>, notProcessed?: () => boolean) {
        const attempts = yield* Ref.make(0)
        const counted = Effect.andThen(
          Ref.update(attempts, (n) => n + 1),
          call
        )
        yield* settlePolicy(policy.execute(counted, { idempotent: false, notProcessed }))
        return yield* Ref.get(attempts)
      })
      assert.strictEqual(yield* run(F), 1)
      assert.strictEqual(yield* run(F, () => false), 1)
      assert.strictEqual(yield* run(F, () => true), 3)
      assert.strictEqual(yield* run(Effect.never, () => true), 1)
    }))

  it.effect("RT19: metrics: without/with retry × success/fail, 4 disjoint counters", () =>
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

  it.effect("RT20: attempt number 0-based/1-based is documented and visible to the body", () =>
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

  it.effect(
    "RT21: nested retries: inner policy marks exhaustion so the outer does not multiply (opt-in `retryAtOnePoint`)",
    () =>
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
})
