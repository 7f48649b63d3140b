import type { Layer } from "../ResiliencePolicy.ts"
import type { Pattern, ResiliencePolicyOptions } from "../ResiliencePolicyOptions.ts"

const layer = (pattern: Pattern, options: object | undefined): ReadonlyArray<Layer> =>
  options === undefined ? [] : [{ pattern, options }]

/** The patterns of a policy in the order in which they are applied, the outermost first. */
export const layersOf = (options: ResiliencePolicyOptions): ReadonlyArray<Layer> => {
  const { attemptTimeout, attemptTimeoutMode, deadline, retry, retryBudget } = options
  const breaking = layer("CircuitBreaker", options.circuitBreaker)
  const repeating = [
    ...layer("RetryPolicy", retry && { ...retry, retryBudget }),
    ...layer("Hedge", options.hedge && { ...options.hedge, retryBudget })
  ]
  return [
    ...layer("Deadline", deadline && { deadline }),
    ...(options.retryPlacement === "inside-circuit-breaker"
      ? [...breaking, ...repeating]
      : [...repeating, ...breaking]),
    ...layer("AdaptiveThrottle", options.throttle),
    ...layer("RateLimiter", options.rateLimit),
    ...layer("Bulkhead", options.bulkhead),
    ...layer("AdaptiveLimiter", options.adaptiveLimit),
    ...layer("TimeLimiter", attemptTimeout && { timeout: attemptTimeout, mode: attemptTimeoutMode }),
    ...layer("Chaos", options.chaos)
  ]
}
