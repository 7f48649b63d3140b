import { type DateTime, type Duration, Schema } from "effect"
import { Instant, Span } from "./Times.ts"

/**
 * An answer together with how much it can be trusted: the scheduler's API reads a mirror of the plan that lags behind,
 * and this client may answer from its cache. `asOf` is when the answer was read from the scheduler, `age` how long ago
 * that was when it was given out, `stale` whether it is older than it should be and was served because a fresh one
 * could not be had at once.
 */
export interface Reading<out A> {
  readonly value: A
  readonly asOf: DateTime.Utc
  readonly age: Duration.Duration
  readonly stale: boolean
}

/** The schema of a reading of `value`. */
export const Reading = <S extends Schema.Top>(value: S) =>
  Schema.Struct({ value, asOf: Instant, age: Span, stale: Schema.Boolean })

/** Another value with the trust of the same reading. */
export const map = <A, B>(reading: Reading<A>, f: (value: A) => B): Reading<B> => ({
  ...reading,
  value: f(reading.value)
})
