import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { CircuitBreakerRegistry } from "../src/CircuitBreakerRegistry.ts"
import * as Hedge from "../src/Hedge.ts"
import * as Resilience from "../src/Resilience.ts"
import { type ResiliencePolicyConfig, ResiliencePolicyRegistry } from "../src/ResiliencePolicyRegistry.ts"

const test = <E>(name: string, body: () => Effect.Effect<void, E, ResiliencePolicyRegistry | CircuitBreakerRegistry>) =>
  it.effect(name, () => Effect.provide(Effect.suspend(body), Resilience.layer()))

const register = <const Config extends ResiliencePolicyConfig>(config: Config) =>
  Effect.flatMap(ResiliencePolicyRegistry, (policies) => policies.register("quotes", config))

const retry = { maxAttempts: 3, baseDelay: "1 second", jitter: "none" } as const

describe("a policy", () => {
  test("HG hedges beside a retry also where no budget bounds them", () =>
    Effect.gen(function* () {
      const policy = yield* register({ retry, hedge: { delay: { _tag: "FixedDelay", delay: "1 second" } } })
      const attempt = Effect.flatMap(Hedge.CurrentHedge, (n) => (n === 0 ? Effect.never : Effect.succeed("hedge")))
      const fiber = yield* Effect.forkChild(policy.executeSafe(Hedge.safe(attempt)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(fiber), "hedge")
    }))

  test("CH injects chaos in the place of the dependency", () =>
    Effect.gen(function* () {
      const policy = yield* register({ chaos: { enabled: true, fault: { rate: 1 } } })
      let called = 0
      const error = yield* Effect.flip(policy.execute(Effect.sync(() => called++)))
      assert.strictEqual(error._tag, "FaultInjected")
      assert.strictEqual(called, 0)
    }))

  test("TC throttles what a failing dependency would refuse anyway", () =>
    Effect.gen(function* () {
      const policy = yield* register({ throttle: { multiplier: 1 } })
      const tags: Array<string> = []
      for (let n = 0; n < 500; n++) {
        tags.push(
          yield* Effect.match(policy.execute(Effect.fail({ _tag: "down" } as const)), {
            onFailure: ({ _tag }) => _tag,
            onSuccess: () => "success"
          })
        )
      }
      assert.include(tags, "CallThrottled")
      assert.include(tags, "down")
    }))

  test("RT16 a retry of a breaker that is held open gets its refusal at once", () =>
    Effect.gen(function* () {
      const policy = yield* register({ retry, circuitBreaker: {} })
      const breakers = yield* CircuitBreakerRegistry
      const failing = Effect.andThen(breakers.forceOpen("quotes"), Effect.fail("down"))
      const error = yield* Effect.flip(policy.execute(failing))
      assert.deepInclude(error, { _tag: "CircuitOpen", state: "FORCED_OPEN" })
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    }))
})

describe("changes of a policy", () => {
  test("OP of nothing are none, and what it has not cannot be added", () =>
    Effect.gen(function* () {
      const policy = yield* register({ retry })
      yield* policy.reconfigure({ bulkhead: undefined, retryBudget: undefined, retryPlacement: undefined })
      for (const patch of [
        { bulkhead: {} },
        { retryBudget: {} },
        { retryPlacement: "inside-circuit-breaker" as const }
      ]) {
        const error = yield* Effect.flip(policy.reconfigure(patch))
        assert.deepInclude(error, { _tag: "InvalidOptions", pattern: "ResiliencePolicy", name: "quotes" })
        const [part] = Object.keys(patch)
        assert.include(error.message, `${part} is not part of this policy or cannot change while it runs`)
      }
    }))

  test("RL of the mode of its rate limit begin with the next period", () =>
    Effect.gen(function* () {
      const rateLimit = { limitForPeriod: 4, limitRefreshPeriod: "1 second", timeoutDuration: 0 } as const
      const policy = yield* register({ rateLimit })
      yield* policy.execute(Effect.void)
      yield* policy.reconfigure({ rateLimit: { mode: "smooth" } })
      assert.strictEqual((yield* Effect.flip(policy.execute(Effect.void)))._tag, "RateLimitExceeded")
      yield* TestClock.adjust("1 second")
      yield* policy.execute(Effect.void)
    }))

  test("OP of other parts leave what its breaker has counted", () =>
    Effect.gen(function* () {
      const policy = yield* register({ retry: { ...retry, maxAttempts: 1 }, circuitBreaker: {} })
      yield* Effect.exit(policy.execute(Effect.fail("down")))
      yield* policy.reconfigure({ retry: { maxAttempts: 2 } })
      const breaker = yield* (yield* CircuitBreakerRegistry).get("quotes")
      assert.strictEqual((yield* breaker.snapshot).failedCalls, 1)
      yield* policy.reconfigure({ circuitBreaker: { waitDurationInOpenState: "1 second" } })
      assert.strictEqual((yield* breaker.snapshot).failedCalls, 0)
    }))
})
