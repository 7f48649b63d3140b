import { consecutiveFailures } from "@resync/resilience/CircuitBreakerOptions"
import { withFallback } from "@resync/resilience/Fallback"
import * as Resilience from "@resync/resilience/Resilience"
import { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import { Effect, Schema } from "effect"

export class CarrierBusy extends Schema.TaggedError<CarrierBusy>()("CarrierBusy", {}) {}

/** A quote from a carrier that may be busy, and the list price when there is none to be had. */
export const quote = Effect.fn("quote")(function* (carrier: Effect.Effect<number, CarrierBusy>) {
  const policies = yield* ResiliencePolicyRegistry
  const policy = yield* policies.register("carrier", {
    deadline: "10 seconds",
    retry: { maxAttempts: 3, baseDelay: "1 second", maxDelay: "10 seconds", jitter: "none" },
    circuitBreaker: {
      trip: consecutiveFailures(3),
      waitDurationInOpenState: "30 seconds",
      permittedNumberOfCallsInHalfOpenState: 1
    },
    bulkhead: { maxConcurrentCalls: 10, maxQueuedCalls: 50 },
    attemptTimeout: "2 seconds"
  })
  // The errors are in the type: CarrierBusy | CircuitOpen | BulkheadFull | AttemptTimedOut | DeadlineExceeded.
  return yield* policy.execute(carrier).pipe(withFallback({ name: "carrier", orElse: () => Effect.succeed(990) }))
})

export const layer = Resilience.layer()
