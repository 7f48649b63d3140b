/**
 * Bounds how many calls start in a time, for a dependency that allows so many and no more. A caller beyond that waits for its
 * turn, if it comes soon enough, and else is told when to come back.
 *
 * Waiting callers are served in order. One that gives up leaves its place to the next, so an interruption costs no permit.
 */
import { Duration, Effect, type Exit, Option, Schema, type Scope } from "effect"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import { NonNegativeDuration, PositiveDuration } from "./internal/DurationInput.ts"
import * as localRateLimiter from "./internal/localRateLimiter.ts"
import * as Rejection from "./internal/Rejection.ts"
import * as sharedRateLimiter from "./internal/sharedRateLimiter.ts"
import { stated } from "./internal/stated.ts"
import { SharedState } from "./SharedState.ts"
import { SharedStateUnavailable } from "./SharedStateUnavailable.ts"

/**
 * - `limitForPeriod` calls in each `limitRefreshPeriod`: 50 in one second by default.
 * - `timeoutDuration`: how long a caller waits at most, 5 seconds by default; 0 rejects at once.
 * - `mode`: `bursty` gives all permits of a period at its start, `smooth` spreads them evenly.
 * - `shared`: one limit for all processes that share a `SharedState`, kept by the clock of its store; not by default, and not
 *   in `smooth` mode, for which the store has no clock. Waiting callers of one process are not served in order then. While the
 *   store does not answer a call is let through, or with `onStoreError: "fail"` rejected with a `cause`.
 */
export const RateLimiterOptions = Schema.Struct({
  limitForPeriod: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(50))
  ),
  limitRefreshPeriod: PositiveDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("1 second"))),
  timeoutDuration: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("5 seconds"))),
  mode: Schema.Literals(["bursty", "smooth"]).pipe(Schema.withDecodingDefaultKey(Effect.succeed("bursty" as const))),
  shared: Schema.optionalKey(
    Schema.Struct({
      onStoreError: Schema.Literals(["allow", "fail"]).pipe(
        Schema.withDecodingDefaultKey(Effect.succeed("allow" as const))
      )
    })
  )
})
  .check(
    Schema.makeFilter(
      ({ mode, shared }) => shared === undefined || mode === "bursty" || "mode bursty: a smooth limit cannot be shared"
    )
  )
  .annotate({ identifier: "RateLimiterOptions" })
export type RateLimiterOptions = typeof RateLimiterOptions.Type

export interface RateLimiterOptionsInput {
  readonly limitForPeriod?: number | undefined
  readonly limitRefreshPeriod?: Duration.Input | undefined
  readonly timeoutDuration?: Duration.Input | undefined
  readonly mode?: RateLimiterOptions["mode"] | undefined
  readonly shared?: { readonly onStoreError?: "allow" | "fail" | undefined } | undefined
}

/** The call's turn would not come soon enough; nothing was sent. It carries no stack trace. */
export class RateLimitExceeded extends Schema.TaggedError<RateLimitExceeded>("@resync/resilience/RateLimitExceeded")(
  "RateLimitExceeded",
  {
    /** The policy. */
    name: Schema.String,
    /** When there would be a permit; infinite if more are asked for than a period has. */
    retryAfter: Schema.Duration,
    /** Set when a shared limit that is to fail with its store could not be asked. */
    cause: Schema.optionalKey(SharedStateUnavailable)
  }
) {
  readonly [Rejection.TypeId] = Rejection.TypeId

  override get message(): string {
    if (this.cause !== undefined) return `Rate limit ${this.name} is not known: ${this.cause.message}`
    return `Rate limit ${this.name} is exceeded, retry after ${Duration.format(this.retryAfter)}`
  }
}

export interface RateLimiter {
  readonly name: string
  /**
   * Runs an effect when `permits`, 1 by default, are there. They are spent by starting it, however it ends; when it is
   * interrupted before, they go back. An outcome that `drainOn` accepts throws away what is left of the period, as `drain`.
   */
  readonly execute: <A, E, R>(
    self: Effect.Effect<A, E, R>,
    permits?: number,
    drainOn?: (exit: Exit.Exit<A, E>) => boolean
  ) => Effect.Effect<A, E | RateLimitExceeded, R>
  /** Throws away what is left of the current period: for a dependency that says it has had enough. */
  readonly drain: Effect.Effect<void>
  readonly snapshot: Effect.Effect<{
    /** Permits left, minus those that waiting callers will take. */
    readonly available: number
    readonly waiting: number
  }>
  /** Goes by options that have changed: who waits is served by them, or refused if a period has not so many permits any more. */
  readonly refresh: Effect.Effect<void>
}

/** A rate limiter that holds its options itself. */
export interface ConfigurableRateLimiter extends RateLimiter {
  /**
   * Changes options while calls go on: another limit counts from the next period, another timeout for those that come from
   * now on. After a change of `mode` the first permits come with the next period.
   */
  readonly reconfigure: (patch: RateLimiterOptionsInput) => Effect.Effect<void, InvalidOptions>
}

/** Makes a rate limiter of its own. Its metric series go with the scope. */
export const make: (
  name: string,
  options?: RateLimiterOptionsInput
) => Effect.Effect<ConfigurableRateLimiter, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (
  name,
  input = {}
) {
  const decoded = decode(RateLimiterOptions, "RateLimiter", name)
  let options = yield* decoded(input)
  const limiter = yield* makeWith(name, () => options)
  return {
    ...limiter,
    reconfigure: Effect.fnUntraced(function* (patch: RateLimiterOptionsInput) {
      options = yield* decoded({ ...options, ...stated(patch) })
      yield* limiter.refresh
    })
  }
})

/**
 * Makes a rate limiter that reads its options at each call. Whether it is shared is decided once, by the options as they are
 * then.
 */
export const makeWith: (
  name: string,
  options: () => RateLimiterOptions
) => Effect.Effect<RateLimiter, never, Scope.Scope> = Effect.fnUntraced(function* (name, readOptions) {
  const shared = yield* Effect.serviceOption(SharedState)
  return readOptions().shared !== undefined && Option.isSome(shared)
    ? yield* sharedRateLimiter.make(name, readOptions, shared.value)
    : yield* localRateLimiter.make(name, readOptions)
})
