import { type Duration, Effect, Schema } from "effect"
import { NonNegativeDuration } from "./internal/DurationInput.ts"

/** Always the same delay. Zero starts all attempts at once, an infinite one only after a failure. */
export const FixedDelay = Schema.TaggedStruct("FixedDelay", { delay: NonNegativeDuration })

const learnt = {
  /** So many of the last successes are gone by: 100 by default. */
  samples: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(100))
  ),
  /** The delay until that many are known. */
  initial: NonNegativeDuration,
  /** None by default. */
  minimum: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0))),
  maximum: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("Infinity")))
}

/** The average of the last successes times a factor, 2 by default, within bounds. */
export const AverageDelay = Schema.TaggedStruct("AverageDelay", {
  factor: Schema.Finite.check(Schema.isGreaterThan(0)).pipe(Schema.withDecodingDefaultKey(Effect.succeed(2))),
  ...learnt
})

/** What a share of the last successes, 0.95 by default, did not exceed, within bounds. */
export const PercentileDelay = Schema.TaggedStruct("PercentileDelay", {
  share: Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThan(1)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(0.95))
  ),
  ...learnt
})

export const HedgeDelay = Schema.Union([FixedDelay, AverageDelay, PercentileDelay])
export type HedgeDelay = typeof HedgeDelay.Type

/**
 * - `delay`: how long the last attempt may take before the next one starts; 2 seconds by default.
 * - `maxHedgedAttempts`: attempts beside the first, 1 by default and 10 at most.
 */
export const HedgeOptions = Schema.Struct({
  delay: HedgeDelay.pipe(
    Schema.withDecodingDefaultKey(Effect.succeed({ _tag: "FixedDelay", delay: "2 seconds" } as const))
  ),
  maxHedgedAttempts: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(1))
  )
}).annotate({ identifier: "HedgeOptions" })
export type HedgeOptions = typeof HedgeOptions.Type

interface LearntInput {
  readonly samples?: number | undefined
  readonly initial: Duration.Input
  readonly minimum?: Duration.Input | undefined
  readonly maximum?: Duration.Input | undefined
}

export type HedgeDelayInput =
  | { readonly _tag: "FixedDelay"; readonly delay: Duration.Input }
  | ({ readonly _tag: "AverageDelay"; readonly factor?: number | undefined } & LearntInput)
  | ({ readonly _tag: "PercentileDelay"; readonly share?: number | undefined } & LearntInput)

export interface HedgeOptionsInput {
  readonly delay?: HedgeDelayInput | undefined
  readonly maxHedgedAttempts?: number | undefined
}

/** Always the same delay. */
export const fixed = (delay: Duration.Input): HedgeDelayInput => ({ _tag: "FixedDelay", delay })

/** The average of the last 100 successes, by default, times a factor. */
export const average = (options: { readonly factor: number } & LearntInput): HedgeDelayInput => ({
  _tag: "AverageDelay",
  ...options
})

/** What a share of the last 100 successes, by default, did not exceed. */
export const percentile = (options: { readonly share: number } & LearntInput): HedgeDelayInput => ({
  _tag: "PercentileDelay",
  ...options
})
