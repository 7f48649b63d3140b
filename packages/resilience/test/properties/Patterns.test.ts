import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as AdaptiveLimiter from "../../src/AdaptiveLimiter.ts"
import * as Bulkhead from "../../src/Bulkhead.ts"
import { consecutiveFailures } from "../../src/CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry } from "../../src/CircuitBreakerRegistry.ts"
import * as Hedge from "../../src/Hedge.ts"
import * as KeyedBulkhead from "../../src/KeyedBulkhead.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as Resilience from "../../src/Resilience.ts"
import { ResiliencePolicyRegistry } from "../../src/ResiliencePolicyRegistry.ts"
import * as RetryBudget from "../../src/RetryBudget.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import * as TimeLimiter from "../../src/TimeLimiter.ts"
import { interleave, type Visit, Visits } from "./interleavings.ts"

const weight = ({ dice }: Visit) => 1 + (dice % 3)
const runs = { arbitrary: { runs: 20 } }

describe("patterns under random interleavings", () => {
  it.effect.prop(
    "bulkhead: never more inside than permitted, resized or not, and empty at the end",
    { visits: Visits, queue: Schema.Literals([0, 2, 30]), patience: Schema.Literals([2, 1_000_000]) },
    ({ patience, queue, visits }) =>
      Effect.scoped(
        Effect.gen(function* () {
          const bulkhead = yield* Bulkhead.make("b", {
            maxConcurrentCalls: 3,
            maxQueuedCalls: queue,
            maxWaitDuration: patience
          })
          // What was let in by a larger limit may begin under a smaller one.
          let max = 3
          const log = yield* interleave(visits, {
            weight,
            execute: (body, visit) => bulkhead.execute(body, weight(visit)),
            onStart: ({ running }) => assert.isAtMost(running, max),
            command: ({ dice }) => {
              if (dice < 8) return Effect.void
              if (dice === 8) max = 5
              return Effect.ignore(bulkhead.resize(dice === 8 ? 5 : 3))
            },
            check: () =>
              Effect.map(bulkhead.snapshot, ({ queued, running }) => assert.isTrue(queued <= queue && running >= 0))
          })
          assert.deepInclude(log, { running: 0, orphans: 0 })
          assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 0, queued: 0 })
        })
      ),
    runs
  )

  it.effect.prop(
    "keyed bulkhead: never more of a key nor of all, and no key left at the end",
    { visits: Visits, queue: Schema.Literals([0, 2, 30]) },
    ({ queue, visits }) =>
      Effect.scoped(
        Effect.gen(function* () {
          const bulkhead = yield* KeyedBulkhead.make("k", {
            maxConcurrentCalls: 3,
            maxConcurrentCallsPerKey: 2,
            maxQueuedCalls: queue,
            maxWaitDuration: 20
          })
          const inside = new Map<string, number>()
          const keyOf = ({ dice }: Visit) => `${dice % 4}`
          const add = (key: string, n: number) => inside.set(key, (inside.get(key) ?? 0) + n)
          const log = yield* interleave(visits, {
            execute: (body, visit) => bulkhead.execute(keyOf(visit), body),
            onStart: ({ running }, visit) => {
              const key = keyOf(visit)
              add(key, 1)
              assert.isAtMost(inside.get(key) ?? 0, 2)
              assert.isAtMost(running, 3)
              return () => add(key, -1)
            }
          })
          assert.deepInclude(log, { running: 0, orphans: 0 })
          assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 0, queued: 0, keys: 0 })
        })
      ),
    runs
  )

  it.effect.prop(
    "rate limiter: never more starts in a period than permitted, and what was interrupted before gives all back",
    { visits: Visits, smooth: Schema.Boolean, patience: Schema.Literals([0, 15, 500]) },
    ({ patience, smooth, visits }) =>
      Effect.scoped(
        Effect.gen(function* () {
          const limiter = yield* RateLimiter.make("r", {
            limitForPeriod: 4,
            limitRefreshPeriod: 20,
            timeoutDuration: patience,
            mode: smooth ? "smooth" : "bursty"
          })
          const clock = yield* TestClock.testClockWith((testClock) => Effect.succeed(testClock))
          let started = 0
          const log = yield* interleave(visits, {
            execute: (body, visit) => limiter.execute(body, weight(visit)),
            onStart: (_, visit) => {
              const now = clock.currentTimeMillisUnsafe()
              started += weight(visit)
              // Some begin a while after they were let in, but none before.
              assert.isAtMost(started, smooth ? now / 5 + 1 : 4 * (Math.floor(now / 20) + 1))
            }
          })
          assert.deepInclude(log, { running: 0, orphans: 0 })
          yield* TestClock.adjust(1000)
          assert.deepStrictEqual(yield* limiter.snapshot, { available: smooth ? 1 : 4, waiting: 0 })
        })
      ),
    runs
  )

  it.effect.prop(
    "hedge: never more attempts than allowed, none of them outlives the answer, and none beyond the budget",
    { visits: Visits, delay: Schema.Literals([0, 3, 1_000_000]), extra: Schema.Literals([1, 2]) },
    ({ delay, extra, visits }) =>
      Effect.scoped(
        Effect.gen(function* () {
          const budget = yield* RetryBudget.make("h", {
            _tag: "ConcurrencyBudget",
            minConcurrentRetries: 2,
            maxRate: 0
          })
          const hedge = yield* Hedge.make("h", { delay: Hedge.fixed(delay), maxHedgedAttempts: extra }, budget)
          const attempts = new Map<Visit, number>()
          const log = yield* interleave(visits, {
            execute: (body) => hedge.execute(Hedge.safe(body)),
            onStart: (_, visit) => {
              attempts.set(visit, (attempts.get(visit) ?? 0) + 1)
            }
          })
          for (const n of attempts.values()) assert.isAtMost(n, 1 + extra)
          assert.deepInclude(log, { running: 0, orphans: 0 })
          assert.strictEqual(budget.balance(), 2)
        })
      ),
    runs
  )

  it.effect.prop(
    "adaptive limiter: never more than its limit, which stays in its bounds, and none left at the end",
    { visits: Visits, tag: Schema.Literals(["AIMD", "Vegas", "Gradient2"]) },
    ({ tag, visits }) =>
      Effect.scoped(
        Effect.gen(function* () {
          const limiter = yield* AdaptiveLimiter.make("l", {
            algorithm: { _tag: tag, initialLimit: 3, minLimit: 1, maxLimit: 4 }
          })
          const log = yield* interleave(visits, {
            execute: (body, { dice }) =>
              limiter.execute(body, { classify: () => (dice < 3 ? "dropped" : dice < 5 ? "ignored" : "success") }),
            onStart: ({ running }) => assert.isAtMost(running, 4),
            check: () =>
              Effect.map(limiter.snapshot, ({ inflight, limit }) =>
                assert.isTrue(limit >= 1 && limit <= 4 && inflight >= 0)
              )
          })
          assert.deepInclude(log, { running: 0, orphans: 0 })
          assert.strictEqual((yield* limiter.snapshot).inflight, 0)
        })
      ),
    runs
  )

  it.effect.prop(
    "retry budget: retries under way never exceed it, waiting and interrupted ones included, and all come back",
    { visits: Visits, rate: Schema.Literals([0, 0.5]), delay: Schema.Literals([0, 7]) },
    ({ delay, rate, visits }) =>
      Effect.scoped(
        Effect.gen(function* () {
          const budget = yield* RetryBudget.make("r", {
            _tag: "ConcurrencyBudget",
            minConcurrentRetries: 1,
            maxRate: rate
          })
          const retry = yield* RetryPolicy.make("r", { maxAttempts: 3, baseDelay: delay, jitter: "none" }, budget)
          const attempts = new Map<Visit, number>()
          const log = yield* interleave(visits, {
            execute: (body) => retry.execute(body),
            onStart: (_, visit) => {
              attempts.set(visit, (attempts.get(visit) ?? 0) + 1)
              assert.isAtMost(attempts.get(visit) ?? 0, 3)
            },
            check: () => Effect.sync(() => assert.isAtLeast(budget.balance(), 0))
          })
          assert.deepInclude(log, { running: 0, orphans: 0 })
          assert.strictEqual(budget.balance(), 1)
        })
      ),
    runs
  )

  it.effect.prop(
    "time limiter: nothing outlives its caller, and each attempt ends by its limit",
    { visits: Visits, limit: Schema.Literals([0, 3, 20]) },
    ({ limit, visits }) =>
      Effect.scoped(
        Effect.gen(function* () {
          const limiter = yield* TimeLimiter.make("t", limit)
          const log = yield* interleave(visits, { execute: (body) => limiter.execute(body) })
          assert.deepInclude(log, { running: 0, orphans: 0 })
          if (limit === 0) assert.strictEqual(log.refused.size, 0)
        })
      ),
    runs
  )

  it.effect.prop(
    "whole policy: all that its parts hold is back, none of them gave more than it has, and nothing outlives its caller",
    { visits: Visits, inside: Schema.Boolean },
    ({ inside, visits }) =>
      Effect.gen(function* () {
        const policies = yield* ResiliencePolicyRegistry
        const policy = yield* policies.register("p", {
          deadline: 60,
          retry: { maxAttempts: 3, baseDelay: 3, jitter: "equal" },
          retryBudget: { _tag: "ConcurrencyBudget", minConcurrentRetries: 3, maxRate: 0.5 },
          hedge: { delay: Hedge.fixed(6), maxHedgedAttempts: 1 },
          circuitBreaker: {
            trip: consecutiveFailures(3),
            waitDurationInOpenState: 10,
            permittedNumberOfCallsInHalfOpenState: 2
          },
          rateLimit: { limitForPeriod: 20, limitRefreshPeriod: 5, timeoutDuration: 10 },
          bulkhead: { maxConcurrentCalls: 3, maxQueuedCalls: 4, maxWaitDuration: 12 },
          adaptiveLimit: { algorithm: { _tag: "AIMD", initialLimit: 3, minLimit: 2, maxLimit: 3 } },
          attemptTimeout: 20,
          retryPlacement: inside ? "inside-circuit-breaker" : "outside-circuit-breaker"
        })
        const log = yield* interleave(visits, {
          execute: (body, { dice }) => (dice < 5 ? policy.executeSafe(Hedge.safe(body)) : policy.execute(body)),
          onStart: ({ running }) => assert.isAtMost(running, 3)
        })
        assert.deepInclude(log, { running: 0, orphans: 0 })
        const registry = yield* CircuitBreakerRegistry
        const breaker = yield* registry.get("p")
        const state = breaker.stateUnsafe()
        if (state._tag === "HALF_OPEN") assert.strictEqual(state.admitted, state.counts.calls)
        // Three at once still find a place in each part.
        yield* breaker.reset
        yield* TestClock.adjust("1 minute")
        let together = 0
        yield* Effect.all(
          [1, 2].map(() =>
            policy.execute(
              Effect.sync(() => {
                together++
              })
            )
          ),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(together, 2)
      }).pipe(Effect.provide(Resilience.layer())),
    runs
  )
})
