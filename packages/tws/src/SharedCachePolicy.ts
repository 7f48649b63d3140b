import { consecutiveFailures } from "@resync/resilience/CircuitBreakerOptions"
import type { ResiliencePolicyOptionsInput } from "@resync/resilience/ResiliencePolicyOptions"

/** The name of the policy and of its breaker. */
export const policyName = "tws_cache"

/**
 * Around every call to the shared cache, which may help but must not hold up: a quarter of a second for each, no retry, and after
 * five failures in a row none at all for five seconds. What finds no place goes to the scheduler.
 */
export const sharedCachePolicy = {
  circuitBreaker: {
    trip: consecutiveFailures(5),
    waitDurationInOpenState: "5 seconds",
    permittedNumberOfCallsInHalfOpenState: 1
  },
  bulkhead: { maxConcurrentCalls: 128 },
  attemptTimeout: "250 millis"
} as const satisfies ResiliencePolicyOptionsInput
