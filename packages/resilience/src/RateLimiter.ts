/**
 * Bounds how many calls start in a time, for a dependency that allows so many and no more. A caller beyond that waits for its
 * turn, if it comes soon enough, and else is told when to come back.
 *
 * Waiting callers are served in order. One that gives up leaves its place to the next, so an interruption costs no permit.
 */
import { Duration, Effect, Metric, Option, Schema, type Scope } from "effect"
import * as Deadline from "./Deadline.ts"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import * as Alarms from "./internal/Alarms.ts"
import { NonNegativeDuration, PositiveDuration } from "./internal/DurationInput.ts"
import { now } from "./internal/monotonic.ts"
import * as Permits from "./internal/Permits.ts"
import * as Rejection from "./internal/Rejection.ts"
import * as Series from "./internal/Series.ts"
import * as SpanEvent from "./internal/SpanEvent.ts"
import * as sharedRateLimiter from "./internal/sharedRateLimiter.ts"
import { stackless } from "./internal/stackless.ts"
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
  /** Runs an effect when `permits`, 1 by default, are there. They are spent by starting, however it ends. */
  readonly execute: <A, E, R>(
    self: Effect.Effect<A, E, R>,
    permits?: number
  ) => Effect.Effect<A, E | RateLimitExceeded, R>
  /** Throws away what is left of the current period: for a dependency that says it has had enough. */
  readonly drain: Effect.Effect<void>
  readonly snapshot: Effect.Effect<{
    /** Permits left, minus those that waiting callers will take. */
    readonly available: number
    readonly waiting: number
  }>
}

/** Makes a rate limiter of its own. Its metric series go with the scope. */
export const make: (
  name: string,
  options?: RateLimiterOptionsInput
) => Effect.Effect<RateLimiter, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (name, input = {}) {
  const options = yield* decode(RateLimiterOptions, "RateLimiter", name)(input)
  return yield* makeWith(name, () => options)
})

interface Waiter {
  readonly permits: number
  readonly admit: () => void
}

/** Makes a rate limiter that reads its options at each call. */
export const makeWith: (
  name: string,
  options: () => RateLimiterOptions
) => Effect.Effect<RateLimiter, never, Scope.Scope> = Effect.fnUntraced(function* (name, readOptions) {
  const shared = yield* Effect.serviceOption(SharedState)
  if (readOptions().shared !== undefined && Option.isSome(shared)) {
    return yield* sharedRateLimiter.make(name, readOptions, shared.value)
  }
  const alarms = yield* Alarms.make
  const line = new Set<Waiter>()
  let alarm: Alarms.Alarm | undefined
  let queued = 0

  const rate = (): Permits.Rate => {
    const { limitForPeriod, limitRefreshPeriod, mode } = readOptions()
    return { limit: limitForPeriod, period: Duration.toMillis(limitRefreshPeriod), smooth: mode === "smooth" }
  }
  let permits = yield* Effect.withFiber((fiber) => Effect.succeed(Permits.make(rate(), now(fiber))))

  /** Admits those at the head whose permits are there and wakes again for the next. */
  const advance = (fiber: Parameters<typeof now>[0], time: number): void => {
    if (alarm !== undefined) alarms.clear(alarm)
    alarm = undefined
    for (const waiter of line) {
      const due = Permits.whenAvailable(rate(), permits, waiter.permits, time)
      if (due > time) {
        alarm = alarms.set(fiber, due, () => advance(fiber, Math.max(due, now(fiber))))
        return
      }
      permits = Permits.take(rate(), permits, waiter.permits, time)
      leave(waiter)
      waiter.admit()
    }
  }

  const leave = (waiter: Waiter): void => {
    if (line.delete(waiter)) queued -= waiter.permits
  }

  const available = (time: number): number => {
    const current = rate()
    return current.smooth
      ? (Permits.whenAvailable(current, permits, 1, time) <= time ? 1 : 0) - queued
      : Permits.at(current, permits, time).left - queued
  }

  const clock = yield* Effect.withFiber((fiber) => Effect.succeed(() => now(fiber)))
  yield* Series.register([
    [
      Metric.gauge("resilience4j.ratelimiter.available.permissions", {
        description: "Permits left, minus those that waiting callers will take",
        attributes: { name }
      }),
      () => available(clock())
    ],
    [
      Metric.gauge("resilience4j.ratelimiter.waiting_threads", {
        description: "Callers that wait for a permit",
        attributes: { name }
      }),
      () => line.size
    ]
  ])

  const reject = (millis: number): Effect.Effect<never, RateLimitExceeded> =>
    Effect.withFiber((fiber) => {
      SpanEvent.add(fiber, "resilience4j.ratelimiter.rejected", { name, retry_after_ms: millis })
      return Effect.fail(
        stackless(() => new RateLimitExceeded({ name, retryAfter: Duration.millis(millis) }, { disableChecks: true }))
      )
    })

  const wait = (fiber: Parameters<typeof now>[0], wanted: number): Effect.Effect<void> =>
    Effect.callback((resume) => {
      const waiter: Waiter = { permits: wanted, admit: () => resume(Effect.void) }
      line.add(waiter)
      queued += wanted
      advance(fiber, now(fiber))
      return Effect.sync(() => {
        leave(waiter)
        advance(fiber, now(fiber))
      })
    })

  const execute: RateLimiter["execute"] = <A, E, R>(self: Effect.Effect<A, E, R>, wanted = 1) =>
    Effect.withFiber((fiber): Effect.Effect<A, E | RateLimitExceeded, R> => {
      const time = now(fiber)
      const current = rate()
      if (wanted > current.limit) return reject(Number.POSITIVE_INFINITY)
      const due = Permits.whenAvailable(current, permits, queued + wanted, time)
      if (due <= time) {
        permits = Permits.take(current, permits, wanted, time)
        return self
      }
      const patience = Math.min(Duration.toMillis(readOptions().timeoutDuration), Deadline.remaining(fiber))
      return due - time > patience ? reject(due - time) : Effect.andThen(wait(fiber, wanted), self)
    })

  return {
    name,
    execute,
    drain: Effect.withFiber((fiber) => {
      permits = Permits.drain(rate(), permits, now(fiber))
      return Effect.void
    }),
    snapshot: Effect.withFiber((fiber) => Effect.succeed({ available: available(now(fiber)), waiting: line.size }))
  }
})
