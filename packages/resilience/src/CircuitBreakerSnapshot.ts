import { Schema } from "effect"
import { CircuitBreakerOptions } from "./CircuitBreakerOptions.ts"
import { StateName } from "./CircuitBreakerState.ts"

/** A circuit breaker as it is now. */
export const CircuitBreakerSnapshot = Schema.Struct({
  name: Schema.String,
  /** Which one of that name, if it is one of several. */
  key: Schema.optionalKey(Schema.String),
  /** What it was registered with to be told apart by, if with anything. */
  tags: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  state: StateName,
  /** When it came into this state, in milliseconds since the epoch. */
  since: Schema.Finite,
  /** While `OPEN`: how long until a probe is let through; zero means that the next call is one. */
  retryAfter: Schema.optionalKey(Schema.DurationFromMillis),
  /** Percent of the calls in the window, or -1 while too few are known. */
  failureRate: Schema.Finite,
  /** Percent of slow calls in the window, or -1 while too few are known. */
  slowCallRate: Schema.Finite,
  /** Calls that the verdict stands on now. */
  bufferedCalls: Schema.Int,
  failedCalls: Schema.Int,
  slowCalls: Schema.Int,
  /** All calls since the start, by how they ended. */
  calls: Schema.Struct({
    successful: Schema.Int,
    failed: Schema.Int,
    ignored: Schema.Int,
    notPermitted: Schema.Int
  }),
  options: CircuitBreakerOptions
}).annotate({ identifier: "CircuitBreakerSnapshot" })
export type CircuitBreakerSnapshot = typeof CircuitBreakerSnapshot.Type
