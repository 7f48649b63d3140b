import { Duration, Schema } from "effect"
import * as Rejection from "./internal/Rejection.ts"
import { stackless } from "./internal/stackless.ts"
import { SharedStateUnavailable } from "./SharedStateUnavailable.ts"

/**
 * A circuit breaker refused the call; nothing was sent.
 *
 * `retryAfter` is how long to wait before it may be worth another try: what is left of the wait while `OPEN`, zero while
 * `HALF_OPEN` (the probes decide any moment) and while `CLOSED` only lately (a growing share is let through), infinite while
 * `FORCED_OPEN`. The error carries no stack trace.
 */
export class CircuitOpen extends Schema.TaggedError<CircuitOpen>("@resync/resilience/CircuitOpen")("CircuitOpen", {
  /** The breaker. */
  name: Schema.String,
  state: Schema.Literals(["OPEN", "HALF_OPEN", "FORCED_OPEN", "CLOSED"]),
  retryAfter: Schema.Duration,
  /** Set when a shared breaker that is to fail with its store could not learn its state; `state` is the last one known. */
  cause: Schema.optionalKey(SharedStateUnavailable)
}) {
  readonly [Rejection.TypeId] = Rejection.TypeId

  override get message(): string {
    if (this.cause !== undefined) return `Circuit breaker ${this.name} does not know its state: ${this.cause.message}`
    return `Circuit breaker ${this.name} is ${this.state}`
  }
}

export const make = (
  name: string,
  state: CircuitOpen["state"],
  retryAfterMillis: number,
  cause?: SharedStateUnavailable
): CircuitOpen =>
  stackless(
    () =>
      new CircuitOpen(
        { name, state, retryAfter: Duration.millis(retryAfterMillis), ...(cause === undefined ? {} : { cause }) },
        { disableChecks: true }
      )
  )
