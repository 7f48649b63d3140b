import { Duration, Schema } from "effect"

const any = Schema.Union([Schema.DurationFromString, Schema.DurationFromMillis, Schema.Duration])

/** A duration written as `"30 seconds"`, as milliseconds or as a `Duration`; encoded as a string. */
export const NonNegativeDuration = any.check(
  Schema.makeFilter(
    (duration) => Duration.isGreaterThanOrEqualTo(duration, Duration.zero) || "a duration of at least 0"
  )
)

/** As `NonNegativeDuration`, but more than zero and finite. */
export const PositiveDuration = any.check(
  Schema.makeFilter(
    (duration) =>
      (Duration.isFinite(duration) && Duration.isGreaterThan(duration, Duration.zero)) || "a finite duration over 0"
  )
)
