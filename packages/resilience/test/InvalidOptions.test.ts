import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import * as AdaptiveLimiter from "../src/AdaptiveLimiter.ts"
import * as AdaptiveThrottle from "../src/AdaptiveThrottle.ts"
import * as Bulkhead from "../src/Bulkhead.ts"
import * as CircuitBreaker from "../src/CircuitBreaker.ts"
import { CircuitBreakerRegistry } from "../src/CircuitBreakerRegistry.ts"
import * as EffectCircuitBreaker from "../src/EffectCircuitBreaker.ts"
import * as Hedge from "../src/Hedge.ts"
import type { InvalidOptions } from "../src/InvalidOptions.ts"
import * as KeyedBulkhead from "../src/KeyedBulkhead.ts"
import * as KeyedCircuitBreaker from "../src/KeyedCircuitBreaker.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import * as Resilience from "../src/Resilience.ts"
import { ResiliencePolicyRegistry } from "../src/ResiliencePolicyRegistry.ts"
import * as RetryBudget from "../src/RetryBudget.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"

/** What makes a pattern, given options that it must refuse, and what its message must name. */
const made: Readonly<
  Record<string, readonly [field: string, make: Effect.Effect<unknown, InvalidOptions, Scope.Scope>]>
> = {
  AdaptiveLimiter: ["backoffRatio", AdaptiveLimiter.make("x", { algorithm: { _tag: "AIMD", backoffRatio: 2 } })],
  AdaptiveThrottle: ["multiplier", AdaptiveThrottle.make("x", { multiplier: 0.5 })],
  Bulkhead: ["maxQueuedCalls", Bulkhead.make("x", { maxQueuedCalls: -1 })],
  CircuitBreaker: ["randomizedWaitFactor", CircuitBreaker.make("x", { randomizedWaitFactor: 1 })],
  Hedge: ["maxHedgedAttempts", Hedge.make("x", { maxHedgedAttempts: 11 })],
  KeyedBulkhead: ["maxConcurrentCallsPerKey", KeyedBulkhead.make("x", { maxConcurrentCallsPerKey: -1 })],
  KeyedCircuitBreaker: ["maxKeys", KeyedCircuitBreaker.make("x", { maxKeys: 0 })],
  RateLimiter: ["limitForPeriod", RateLimiter.make("x", { limitForPeriod: 0 })],
  RetryBudget: ["retryRatio", RetryBudget.make("x", { retryRatio: -1 })],
  RetryPolicy: ["maxAttempts", RetryPolicy.make("x", { maxAttempts: 0 })]
}

describe("InvalidOptions", () => {
  for (const [pattern, [field, make]] of Object.entries(made)) {
    it.effect(`${pattern} says which options of which name are refused, and why`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(make)
        assert.deepInclude(error, { _tag: "InvalidOptions", pattern, name: "x" })
        assert.include(error.message, field)
      })
    )
  }

  it.effect("a keyed breaker names the options of its breakers and what it cannot share", () =>
    Effect.gen(function* () {
      const breaker = yield* Effect.flip(KeyedCircuitBreaker.make("x", { rampInitialShare: 2 }))
      assert.deepInclude(breaker, { pattern: "CircuitBreaker", name: "x" })
      // The type does not allow it, data from outside may hold it.
      const input: object = {
        permittedNumberOfCallsInHalfOpenState: 1,
        shared: {},
        trip: { _tag: "ConsecutiveFailures", threshold: 1 }
      }
      assert.deepInclude(yield* Effect.flip(KeyedCircuitBreaker.make("x", input)), {
        pattern: "KeyedCircuitBreaker",
        name: "x",
        message: "shared: not for breakers with keys"
      })
    })
  )

  it.effect("registries and policies do as well", () =>
    Effect.gen(function* () {
      const breakers = yield* CircuitBreakerRegistry
      const refused = yield* Effect.flip(breakers.register("x", { rampInitialShare: 2 }))
      assert.deepInclude(refused, { _tag: "InvalidOptions", pattern: "CircuitBreaker", name: "x" })
      yield* breakers.register("y")
      const changed = yield* Effect.flip(breakers.reconfigure("y", { rampInitialShare: 2 }))
      assert.deepInclude(changed, { _tag: "InvalidOptions", pattern: "CircuitBreaker", name: "y" })

      const policies = yield* ResiliencePolicyRegistry
      const policy = yield* Effect.flip(policies.register("x", { deadline: 0 }))
      assert.deepInclude(policy, { _tag: "InvalidOptions", pattern: "ResiliencePolicy", name: "x" })
      yield* policies.register("z", { deadline: "1 second" })
      const patch = yield* Effect.flip(policies.reconfigure("z", { deadline: 0 }))
      assert.deepInclude(patch, { _tag: "InvalidOptions", pattern: "ResiliencePolicy", name: "z" })
      const added = yield* Effect.flip(policies.reconfigure("z", { bulkhead: {} }))
      assert.deepInclude(added, {
        pattern: "ResiliencePolicy",
        name: "z",
        message: "bulkhead is not part of this policy or cannot change while it runs"
      })

      const theirs = yield* Effect.flip(EffectCircuitBreaker.make({ name: "x", rampInitialShare: 2 }))
      assert.deepInclude(theirs, { pattern: "CircuitBreaker", name: "x" })
    }).pipe(Effect.provide(Resilience.layer()))
  )

  it.effect("shares of an adaptive limit may make up the whole and no more", () =>
    Effect.gen(function* () {
      yield* AdaptiveLimiter.make("x", { partitions: { a: 0.5, b: 0.5 } })
      yield* AdaptiveLimiter.make("x", { partitions: { a: 0.1, b: 0.2, c: 0.7 } })
      const error = yield* Effect.flip(AdaptiveLimiter.make("x", { partitions: { a: 0.5, b: 0.51 } }))
      assert.include(error.message, "shares of at most 1 in all")
    })
  )

  it.effect("what is less critical fills no more of an adaptive limit, what is not said included", () =>
    Effect.gen(function* () {
      yield* AdaptiveLimiter.make("x", { criticalities: { SHEDDABLE: 0.8 } })
      yield* AdaptiveLimiter.make("x", { criticalities: { CRITICAL: 0.5, SHEDDABLE_PLUS: 0.5, SHEDDABLE: 0.5 } })
      for (const criticalities of [{ SHEDDABLE: 0.81 }, { CRITICAL: 0.79 }, { CRITICAL_PLUS: 0.9 }]) {
        const error = yield* Effect.flip(AdaptiveLimiter.make("x", { criticalities }))
        assert.include(error.message, "no greater share for a class than for one that is more critical")
      }
      for (const share of [0, 1.1, Number.NaN]) {
        yield* Effect.flip(AdaptiveLimiter.make("x", { criticalities: { SHEDDABLE: share } }))
      }
    })
  )
})
