/** Kinds of values that environment variables hold. */
import { Config, Duration, Schema } from "effect"

/** Bytes, at least a kilobyte. */
export const bytes = (name: string) => Config.schema(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1024)), name)

/** How many of something, at least one. */
export const count = (name: string) => Config.schema(Schema.Int.check(Schema.isGreaterThan(0)), name)

/** A TCP port; 0 takes a free one. */
export const port = (name: string) =>
  Config.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 })), name)

/** A text that is not empty. */
export const text = (name: string) => Config.NonEmptyString(name)

/** A length of time like `10 seconds`, longer than none and not endless. */
export const duration = (name: string) =>
  Config.schema(
    Schema.DurationFromString.check(
      Schema.makeFilter((duration) => Duration.isPositive(duration) && Duration.isFinite(duration), {
        expected: "a length of time like 10 seconds"
      })
    ),
    name
  )
