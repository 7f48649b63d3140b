import { type Duration, Effect, Schema } from "effect"
import { all, type Criticality } from "./Criticality.ts"
import { PositiveDuration } from "./internal/DurationInput.ts"

const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
const Share = Positive.check(Schema.isLessThanOrEqualTo(1))
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
const by = <S extends typeof Schema.Finite | typeof Schema.Int>(schema: S["Rebuild"], value: number) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(value)))

const bounds = (initial: number, minimum: number, maximum: number) => ({
  initialLimit: by(Count, initial),
  minLimit: by(Count, minimum),
  maxLimit: by(Count, maximum)
})

/**
 * One more while at least half of the limit is in use, `backoffRatio` of it left after a drop; a call slower than `timeout`
 * counts as dropped. Netflix's defaults: 20, 20 to 200, 0.9, 5 seconds.
 */
export const Aimd = Schema.TaggedStruct("AIMD", {
  ...bounds(20, 20, 200),
  backoffRatio: by(Schema.Finite.check(Schema.isBetween({ minimum: 0.5, maximum: 0.99 })), 0.9),
  timeout: PositiveDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("5 seconds")))
})

/**
 * Follows the ratio of the usual latency to the current one. Netflix's defaults: 20, 20 to 200, `smoothing` 0.2, `tolerance` 1.5,
 * `longWindow` 600 samples, `queueSize` 4.
 */
export const Gradient2 = Schema.TaggedStruct("Gradient2", {
  ...bounds(20, 20, 200),
  smoothing: by(Share, 0.2),
  tolerance: by(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1)), 1.5),
  longWindow: by(Count, 600),
  queueSize: by(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)), 4)
})

/**
 * Keeps a small queue at the dependency, as estimated from the least latency seen, which is measured anew after some
 * `probeMultiplier` times the limit of calls. Netflix's defaults: 20, 1 to 1000, `smoothing` 1, `probeMultiplier` 30.
 */
export const Vegas = Schema.TaggedStruct("Vegas", {
  ...bounds(20, 1, 1000),
  smoothing: by(Share, 1),
  probeMultiplier: by(Count, 30)
})

/**
 * Learn from the calls of a window together instead of from each: their average latency, the most that were under way, and whether
 * any was dropped. `window` is the least length of one, 1 second by default, `minSamples` the least number of calls, 10.
 */
export const Sampling = Schema.Struct({
  window: PositiveDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("1 second"))),
  minSamples: by(Count, 10)
})

/**
 * How much of the limit may be in use, by calls of any class, when one of this class gets in: 1, 1, 0.8 and 0.5 by default. None
 * is greater than that of a class which is more critical, so that what matters less is refused first.
 */
export const CriticalityShares = Schema.Struct({
  CRITICAL_PLUS: by(Share, 1),
  CRITICAL: by(Share, 1),
  SHEDDABLE_PLUS: by(Share, 0.8),
  SHEDDABLE: by(Share, 0.5)
}).check(
  Schema.makeFilter(
    (shares: Readonly<Record<Criticality, number>>) =>
      all.every((criticality, rank) => rank === 0 || shares[criticality] <= shares[all[rank - 1] ?? criticality]) ||
      "no greater share for a class than for one that is more critical"
  )
)

/**
 * - `algorithm`: how the limit is found, `{ _tag: "AIMD" }` by default.
 * - `sampling`: absent, each call counts for itself.
 * - `partitions`: the guaranteed share of each, 1 at most in all; none by default.
 * - `criticalities`: how much of the limit may be in use when a call of each class gets in.
 */
export const AdaptiveLimiterOptions = Schema.Struct({
  algorithm: Schema.Union([Aimd, Gradient2, Vegas]).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed({ _tag: "AIMD" } as const))
  ),
  sampling: Schema.optionalKey(Sampling),
  partitions: Schema.Record(Schema.String, Share)
    .check(
      Schema.makeFilter(
        (shares) =>
          Object.values(shares).reduce((sum, share) => sum + share, 0) <= 1 + 1e-9 || "shares of at most 1 in all"
      )
    )
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))),
  criticalities: CriticalityShares.pipe(Schema.withDecodingDefaultKey(Effect.succeed({})))
}).annotate({ identifier: "AdaptiveLimiterOptions" })
export type AdaptiveLimiterOptions = typeof AdaptiveLimiterOptions.Type

interface Bounds {
  readonly initialLimit?: number | undefined
  readonly minLimit?: number | undefined
  readonly maxLimit?: number | undefined
}

export interface AdaptiveLimiterOptionsInput {
  readonly algorithm?:
    | (Bounds & {
        readonly _tag: "AIMD"
        readonly backoffRatio?: number | undefined
        readonly timeout?: Duration.Input | undefined
      })
    | (Bounds & {
        readonly _tag: "Gradient2"
        readonly smoothing?: number | undefined
        readonly tolerance?: number | undefined
        readonly longWindow?: number | undefined
        readonly queueSize?: number | undefined
      })
    | (Bounds & {
        readonly _tag: "Vegas"
        readonly smoothing?: number | undefined
        readonly probeMultiplier?: number | undefined
      })
    | undefined
  readonly sampling?:
    | { readonly window?: Duration.Input | undefined; readonly minSamples?: number | undefined }
    | undefined
  readonly partitions?: Readonly<Record<string, number>> | undefined
  readonly criticalities?: { readonly [K in Criticality]?: number | undefined } | undefined
}
