import { BulkheadFull, CircuitOpen, UpstreamRateLimited, UpstreamTimeout } from "@resync/api/UpstreamProblems"
import type { PolicyError } from "@resync/resilience/ResiliencePolicyOptions"
import { Duration } from "effect"

type Rejection<Tag extends PolicyError["_tag"]> = Extract<PolicyError, { readonly _tag: Tag }>

/** Whole seconds, rounded up so that nobody comes too early; none for a wait without an end. */
export const seconds = (wait: Duration.Duration | undefined) =>
  wait === undefined || !Duration.isFinite(wait) ? {} : { retryAfter: Math.ceil(Duration.toSeconds(wait)) }

/** The problem of a call that took too long. */
export const timeout = (upstream: string, name: string, limit: Duration.Duration) =>
  new UpstreamTimeout({ upstream, detail: `${name} did not answer within ${Duration.format(limit)}` })

/** What our own guards say of a call to a system behind the service, by the tag of the error. */
export const make = (upstream: string, name: string) => ({
  CircuitOpen: (error: Rejection<"CircuitOpen">) =>
    new CircuitOpen({
      upstream,
      breaker: error.name,
      detail: `Circuit breaker ${error.name} is ${error.state}`,
      ...seconds(error.retryAfter)
    }),
  RateLimitExceeded: (error: Rejection<"RateLimitExceeded">) =>
    new UpstreamRateLimited({ upstream, detail: error.message, ...seconds(error.retryAfter) }),
  BulkheadFull: (error: Rejection<"BulkheadFull">) =>
    new BulkheadFull({ upstream, detail: `${error.maxConcurrentCalls} calls are under way`, retryAfter: 1 }),
  DeadlineExceeded: (error: Rejection<"DeadlineExceeded">) => timeout(upstream, name, error.deadline)
})
