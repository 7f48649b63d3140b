/**
 * Puts a circuit breaker into a state at the start of a test, without the calls that would lead there.
 *
 * **Example**
 *
 * ```ts
 * import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
 * import { BreakerState } from "@resync/resilience/testing"
 * import { Effect } from "effect"
 *
 * export const outage = Effect.gen(function* () {
 *   const registry = yield* CircuitBreakerRegistry
 *   yield* BreakerState.open(yield* registry.get("payments"), { retryAfter: "10 seconds" })
 * })
 * ```
 */
import { Clock, Duration, Effect } from "effect"
import type { CircuitBreaker } from "../CircuitBreaker.ts"
import { plannedMillis } from "../CircuitBreakerState.ts"

/** Closed, with nothing counted. */
export const closed = (breaker: CircuitBreaker): Effect.Effect<void> => breaker.reset

/**
 * Open. The first probe goes out after `retryAfter`, by default after the breaker's own wait; zero makes the next call a probe.
 * It is the `attempt`-th opening in a row, by default the first.
 */
export const open: (
  breaker: CircuitBreaker,
  options?: { readonly retryAfter?: Duration.Input | undefined; readonly attempt?: number | undefined }
) => Effect.Effect<void> = Effect.fnUntraced(function* (breaker, { attempt = 1, retryAfter } = {}) {
  const options = yield* breaker.options
  const now = yield* Clock.currentTimeMillis
  const wait =
    retryAfter === undefined ? plannedMillis(options, attempt) : Duration.toMillis(Duration.fromInputUnsafe(retryAfter))
  yield* breaker.restore({ state: "OPEN", attempt, openUntil: now + wait })
})

/** Half-open, with no probe under way or counted. It takes one call, which the breaker's counters show as ignored. */
export const halfOpen: (
  breaker: CircuitBreaker,
  options?: { readonly attempt?: number | undefined }
) => Effect.Effect<void> = Effect.fnUntraced(function* (breaker, options) {
  yield* open(breaker, { ...options, retryAfter: 0 })
  yield* Effect.ignore(breaker.execute(Effect.void, () => "ignored"))
})

/** Rejects all calls. */
export const forcedOpen = (breaker: CircuitBreaker): Effect.Effect<void> => breaker.forceOpen

/** Lets all calls through and counts none. */
export const disabled = (breaker: CircuitBreaker): Effect.Effect<void> => breaker.disable

/** Lets all calls through and counts them. */
export const metricsOnly = (breaker: CircuitBreaker): Effect.Effect<void> => breaker.metricsOnly
