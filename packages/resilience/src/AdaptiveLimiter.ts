/**
 * A bulkhead that finds its size by itself: it lets more calls run while the dependency keeps up and fewer when it slows down or
 * drops them. For a dependency whose capacity nobody knows or that varies.
 *
 * Callers beyond the limit are refused at once. With partitions, each has a guaranteed share of the limit and may borrow what
 * others leave unused.
 */
import { Cause, Duration, Effect, type Exit, Metric, Schema, type Scope } from "effect"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import * as ConcurrencyLimit from "./internal/ConcurrencyLimit.ts"
import { PositiveDuration } from "./internal/DurationInput.ts"
import { now } from "./internal/monotonic.ts"
import * as Rejection from "./internal/Rejection.ts"
import * as Series from "./internal/Series.ts"
import { stackless } from "./internal/stackless.ts"
import { AttemptTimedOut } from "./TimeLimiter.ts"

const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
const bounds = {
  initialLimit: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(20))
  ),
  minLimit: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).pipe(Schema.withDecodingDefaultKey(Effect.succeed(20))),
  maxLimit: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).pipe(Schema.withDecodingDefaultKey(Effect.succeed(200)))
}

/** One more while the limit is in use, `backoffRatio` of it left after a drop. Defaults: 20, 20 to 200, 0.9, 5 seconds. */
export const Aimd = Schema.TaggedStruct("AIMD", {
  ...bounds,
  backoffRatio: Schema.Finite.check(Schema.isBetween({ minimum: 0.5, maximum: 0.99 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(0.9))
  ),
  /** A call slower than this counts as dropped. */
  timeout: PositiveDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("5 seconds")))
})

/** Follows the latency. Defaults of Gradient2: 20, 20 to 200, smoothing 0.2, tolerance 1.5, long window 600, queue 4. */
export const Gradient2 = Schema.TaggedStruct("Gradient2", {
  ...bounds,
  smoothing: Positive.check(Schema.isLessThanOrEqualTo(1)).pipe(Schema.withDecodingDefaultKey(Effect.succeed(0.2))),
  tolerance: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(1.5))
  ),
  longWindow: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(600))
  ),
  queueSize: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).pipe(Schema.withDecodingDefaultKey(Effect.succeed(4)))
})

/** The algorithm with its options, and the guaranteed shares of partitions, which add up to 1 at most. */
export const AdaptiveLimiterOptions = Schema.Struct({
  algorithm: Schema.Union([Aimd, Gradient2]),
  partitions: Schema.Record(Schema.String, Positive.check(Schema.isLessThanOrEqualTo(1)))
    .check(
      Schema.makeFilter(
        (shares) =>
          Object.values(shares).reduce((sum, share) => sum + share, 0) <= 1 + 1e-9 || "shares of at most 1 in all"
      )
    )
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed({})))
}).annotate({ identifier: "AdaptiveLimiterOptions" })
export type AdaptiveLimiterOptions = typeof AdaptiveLimiterOptions.Type
export type AdaptiveLimiterOptionsInput = typeof AdaptiveLimiterOptions.Encoded

/** More calls run than the dependency seems to take; nothing was sent. It carries no stack trace. */
export class ConcurrencyLimited extends Schema.TaggedError<ConcurrencyLimited>("@resync/resilience/ConcurrencyLimited")(
  "ConcurrencyLimited",
  {
    /** The policy. */
    name: Schema.String,
    limit: Schema.Int,
    partition: Schema.optionalKey(Schema.String)
  }
) {
  readonly [Rejection.TypeId] = Rejection.TypeId

  override get message(): string {
    return `${this.name} takes ${this.limit} calls at once`
  }
}

/** How a call ended, for the limit: a drop lowers it, an ignored one only leaves. */
export type Release = "success" | "dropped" | "ignored"

/** A timeout is a drop, a rejection of ours or an interruption says nothing, all else is an answer. */
export const classifyRelease = (exit: Exit.Exit<unknown, unknown>): Release => {
  if (exit._tag === "Success") return "success"
  if (Cause.hasInterruptsOnly(exit.cause)) return "ignored"
  const errors = exit.cause.reasons.filter(Cause.isFailReason)
  if (errors.some((reason) => reason.error instanceof AttemptTimedOut)) return "dropped"
  return errors.some((reason) => Rejection.is(reason.error)) ? "ignored" : "success"
}

export interface AdaptiveLimiter {
  readonly name: string
  readonly execute: <A, E, R>(
    self: Effect.Effect<A, E, R>,
    options?: {
      readonly partition?: string | undefined
      readonly classify?: ((exit: Exit.Exit<A, E>) => Release) | undefined
    }
  ) => Effect.Effect<A, E | ConcurrencyLimited, R>
  readonly snapshot: Effect.Effect<{ readonly limit: number; readonly inflight: number }>
}

/** Makes an adaptive limiter. Its metric series go with the scope. */
export const make: (
  name: string,
  options?: AdaptiveLimiterOptionsInput
) => Effect.Effect<AdaptiveLimiter, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (
  name,
  input = { algorithm: { _tag: "AIMD" } }
) {
  const { algorithm, partitions } = yield* decode(AdaptiveLimiterOptions, "AdaptiveLimiter", name)(input)
  const limit = makeLimit(algorithm)
  const inflightOf = new Map<string, number>()
  let inflight = 0

  yield* Series.register([
    [
      Metric.gauge("resilience.adaptive.limit", {
        description: "Calls that may run at once now",
        attributes: { name }
      }),
      () => limit.current()
    ],
    [
      Metric.gauge("resilience.adaptive.inflight", { description: "Calls under way", attributes: { name } }),
      () => inflight
    ]
  ])

  const guaranteed = (partition: string, current: number): number => Math.floor((partitions[partition] ?? 0) * current)

  const admits = (partition: string | undefined): boolean => {
    const current = limit.current()
    if (partition === undefined || Object.keys(partitions).length === 0) return inflight < current
    // Within its share a partition always gets in; beyond it only while the whole has room.
    return (inflightOf.get(partition) ?? 0) < guaranteed(partition, current) || inflight < current
  }

  const enter = (partition: string | undefined, by: 1 | -1): void => {
    inflight += by
    if (partition === undefined) return
    const next = (inflightOf.get(partition) ?? 0) + by
    if (next === 0) inflightOf.delete(partition)
    else inflightOf.set(partition, next)
  }

  const execute: AdaptiveLimiter["execute"] = <A, E, R>(
    self: Effect.Effect<A, E, R>,
    options: {
      readonly partition?: string | undefined
      readonly classify?: ((exit: Exit.Exit<A, E>) => Release) | undefined
    } = {}
  ) =>
    Effect.withFiber((fiber): Effect.Effect<A, E | ConcurrencyLimited, R> => {
      const { classify = classifyRelease, partition } = options
      let started = -1
      return Effect.onExitPrimitive(
        Effect.suspend((): Effect.Effect<A, E | ConcurrencyLimited, R> => {
          if (!admits(partition)) {
            return Effect.fail(
              stackless(
                () =>
                  new ConcurrencyLimited({
                    name,
                    limit: limit.current(),
                    ...(partition === undefined ? {} : { partition })
                  })
              )
            )
          }
          enter(partition, 1)
          started = now(fiber)
          return self
        }),
        (exit) => {
          if (started === -1) return undefined
          // Admitted, so the exit is the call's own.
          const release = classify(exit as Exit.Exit<A, E>)
          if (release !== "ignored") {
            limit.record({ rtt: now(fiber) - started, inflight, dropped: release === "dropped" })
          }
          enter(partition, -1)
          return undefined
        }
      )
    })

  return { name, execute, snapshot: Effect.sync(() => ({ limit: limit.current(), inflight })) }
})

const makeLimit = (algorithm: AdaptiveLimiterOptions["algorithm"]) => {
  const shared = {
    initial: Math.max(algorithm.minLimit, Math.min(algorithm.maxLimit, algorithm.initialLimit)),
    minimum: algorithm.minLimit,
    maximum: algorithm.maxLimit
  }
  if (algorithm._tag === "AIMD") {
    const options = { ...shared, backoffRatio: algorithm.backoffRatio, timeout: Duration.toMillis(algorithm.timeout) }
    let limit = shared.initial
    return {
      current: () => limit,
      record: (sample: ConcurrencyLimit.Sample) => {
        limit = ConcurrencyLimit.aimd(options, limit, sample)
      }
    }
  }
  const options = { ...shared, ...algorithm }
  let state = ConcurrencyLimit.gradientInitial(options)
  return {
    current: () => Math.floor(state.limit),
    record: (sample: ConcurrencyLimit.Sample) => {
      state = ConcurrencyLimit.gradient(options, state, sample)
    }
  }
}
