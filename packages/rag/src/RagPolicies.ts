/** The policies around calls to a remote knowledge service and to model servers. Registered under these names, they can be changed while they run. */
import { consecutiveFailures } from "@resync/resilience/CircuitBreakerOptions"
import type { ResiliencePolicyOptionsInput } from "@resync/resilience/ResiliencePolicyOptions"

/** Opens after five failures in a row and asks again with a single call a minute later. */
const circuitBreaker = {
  trip: consecutiveFailures(5),
  waitDurationInOpenState: "60 seconds",
  permittedNumberOfCallsInHalfOpenState: 1
} as const

/** Three retries after 0–1 s, 0–2 s and 0–4 s, capped at 5 s. */
const retry = { maxAttempts: 4, baseDelay: "1 second", maxDelay: "5 seconds", jitter: "full" } as const

const rag_service = {
  deadline: "30 seconds",
  retry,
  retryBudget: {},
  circuitBreaker,
  bulkhead: { maxConcurrentCalls: 32, maxQueuedCalls: 256, maxWaitDuration: "5 seconds" },
  attemptTimeout: "10 seconds"
} as const satisfies ResiliencePolicyOptionsInput

/** Policy by name. */
export const RagPolicies = {
  rag_service,
  /** An upload takes as long as its file does, and its bytes cannot be sent twice. */
  rag_upload: {
    deadline: "10 minutes",
    circuitBreaker,
    bulkhead: { maxConcurrentCalls: 8, maxQueuedCalls: 64, maxWaitDuration: "30 seconds" },
    attemptTimeout: "10 minutes"
  },
  /** A model may think for a while before its first word; few questions at once are what one server bears. */
  llm: {
    ...rag_service,
    deadline: "120 seconds",
    bulkhead: { maxConcurrentCalls: 4, maxQueuedCalls: 32, maxWaitDuration: "20 seconds" },
    attemptTimeout: "60 seconds"
  },
  embedding: {
    ...rag_service,
    deadline: "60 seconds",
    bulkhead: { maxConcurrentCalls: 4, maxQueuedCalls: 64, maxWaitDuration: "20 seconds" },
    attemptTimeout: "30 seconds"
  }
} as const satisfies Record<string, ResiliencePolicyOptionsInput>
