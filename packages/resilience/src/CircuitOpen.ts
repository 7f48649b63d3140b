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
  /** Which one of that name, if it is one of several. */
  key: Schema.optionalKey(Schema.String),
  state: Schema.Literals(["OPEN", "HALF_OPEN", "FORCED_OPEN", "CLOSED"]),
  retryAfter: Schema.Duration,
  /** Set when a shared breaker that is to fail with its store could not learn its state; `state` is the last one known. */
  cause: Schema.optionalKey(SharedStateUnavailable)
}) {
  readonly [Rejection.TypeId] = Rejection.TypeId

  override get message(): string {
    const which = `Circuit breaker ${this.name}${this.key === undefined ? "" : ` (${this.key})`}`
    return this.cause === undefined
      ? `${which} is ${this.state}`
      : `${which} does not know its state: ${this.cause.message}`
  }
}

/**
 * The same error as its constructor makes of valid fields, at a fifth of its price: a rejection is what a breaker does most
 * while a dependency is down, and these fields need no check.
 */
export const make = (
  name: string,
  state: CircuitOpen["state"],
  retryAfterMillis: number,
  more?: { readonly key?: string | undefined; readonly cause?: SharedStateUnavailable | undefined }
): CircuitOpen => {
  const error = stackless(bare) as Mutable<CircuitOpen>
  error._tag = "CircuitOpen"
  error.name = name
  if (more?.key !== undefined) error.key = more.key
  error.state = state
  error.retryAfter = Duration.millis(retryAfterMillis)
  if (more?.cause !== undefined) error.cause = more.cause
  error[Rejection.TypeId] = Rejection.TypeId
  return error
}

const bare = (): object => Reflect.construct(Error, [], CircuitOpen)

type Mutable<A> = { -readonly [K in keyof A]: A[K] }
