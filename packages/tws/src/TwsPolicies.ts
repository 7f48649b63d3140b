/**
 * The policies around every call to the scheduler: as many as there are ways to fail apart from each other. Each has its own
 * breaker, so that a slow job log does not stop the list of jobs. They are registered under these names and can be changed
 * while they run.
 */
import { type CircuitBreakerOptionsInput, consecutiveFailures } from "@resync/resilience/CircuitBreakerOptions"
import type { ResiliencePolicyOptionsInput } from "@resync/resilience/ResiliencePolicyOptions"

/**
 * Opens after `threshold` failures in a row, and asks again with a single call. Where processes share their state they count
 * and ask together.
 */
const breaker = (threshold: number, wait: CircuitBreakerOptionsInput["waitDurationInOpenState"]) => ({
  trip: consecutiveFailures(threshold),
  waitDurationInOpenState: wait,
  permittedNumberOfCallsInHalfOpenState: 1,
  shared: {}
})

/** Three retries after 0–1 s, 0–2 s and 0–4 s, capped at 10 s. */
const retry = { maxAttempts: 4, baseDelay: "1 second", maxDelay: "10 seconds", jitter: "full" } as const

const read = {
  deadline: "30 seconds",
  retry,
  retryBudget: {},
  circuitBreaker: breaker(3, "30 seconds"),
  bulkhead: { maxConcurrentCalls: 32, maxQueuedCalls: 256, maxWaitDuration: "5 seconds" },
  attemptTimeout: "10 seconds"
} as const satisfies ResiliencePolicyOptionsInput

/** What nobody waits for at a screen: opens sooner and rests longer. */
const background = { ...read, circuitBreaker: breaker(2, "60 seconds") } as const

/**
 * Actions change the plan and the scheduler knows no idempotency key, so only what surely was not processed is repeated. They
 * share few places: a flood of actions is not what a scheduler is there for.
 */
const write = {
  ...read,
  bulkhead: { maxConcurrentCalls: 8, maxQueuedCalls: 64, maxWaitDuration: "10 seconds" },
  attemptTimeout: "20 seconds"
} as const

/** Policy by name. */
export const TwsPolicies = {
  tws_ping: {
    deadline: "10 seconds",
    circuitBreaker: breaker(5, "60 seconds"),
    bulkhead: { maxConcurrentCalls: 2, maxQueuedCalls: 16, maxWaitDuration: "5 seconds" },
    attemptTimeout: "5 seconds"
  },
  tws_workstations: read,
  tws_jobs_status: read,
  tws_job_details: read,
  tws_job_history: read,
  tws_job_log: { ...read, attemptTimeout: "20 seconds" },
  tws_plan_details: read,
  tws_job_dependencies: read,
  tws_resource_usage: read,
  tws_critical_path: read,
  tws_check_connection: read,
  tws_job_streams: read,
  tws_prompts: read,
  tws_model: read,
  tws_actions: write,
  tws_submit: write,
  tws_system_status: background,
  tws_performance_metrics: background
} as const satisfies Record<string, ResiliencePolicyOptionsInput>

/** A name in the table of policies. */
export type TwsPolicyName = keyof typeof TwsPolicies

/**
 * The breaker of each host, `tws_http_client@host:port`. It counts only failures to exchange anything at all with the host
 * (refused, reset, no connection in time); the policies above count what a host that answers gets wrong. A failure counts in
 * one of them, and a dead master does not cut off its backup.
 */
export const hostBreaker = breaker(3, "30 seconds")

/** The name of a host's breaker. */
export const hostBreakerName = (host: string): string => `tws_http_client@${host}`
