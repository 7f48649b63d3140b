import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { consecutiveFailures } from "../src/CircuitBreakerOptions.ts"
import * as Resilience from "../src/Resilience.ts"
import { ResiliencePolicyRegistry } from "../src/ResiliencePolicyRegistry.ts"

it.effect("RL12 a rate limit stands inside the breaker, which does not count its rejections", () =>
  Effect.gen(function* () {
    const policies = yield* ResiliencePolicyRegistry
    const policy = yield* policies.register("p", {
      retry: { maxAttempts: 3, baseDelay: 0 },
      circuitBreaker: { trip: consecutiveFailures(1) },
      rateLimit: { limitForPeriod: 1, timeoutDuration: 0 },
      bulkhead: {},
      attemptTimeout: "1 second"
    })
    assert.deepStrictEqual(
      (yield* policy.layers).map((layer) => layer.pattern),
      ["RetryPolicy", "CircuitBreaker", "RateLimiter", "Bulkhead", "TimeLimiter"]
    )
    yield* policy.execute(Effect.void)
    const error = yield* Effect.flip(policy.execute(Effect.void))
    assert.strictEqual(error._tag, "RateLimitExceeded")
    yield* policies.reconfigure("p", { rateLimit: { limitForPeriod: 2 } })
    assert.strictEqual((yield* policies.snapshot)[0]?.options.rateLimit?.limitForPeriod, 2)
  }).pipe(Effect.provide(Resilience.layer()))
)
