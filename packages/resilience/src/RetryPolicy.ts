/**
 * Repeats a call that failed in a way that may pass: exponential backoff with full jitter, a cap, a bound on the attempts, and
 * as floors what the server asks by Retry-After and what a deadline leaves.
 *
 * Full jitter waits `uniform(0, min(maxDelay, baseDelay · factor^(n-1)))` before the n-th retry, which spreads clients best
 * (AWS Architecture Blog, "Exponential Backoff And Jitter"). `Schedule.jittered` is another thing: ±20 % of the delay.
 */
import {
  Cause,
  Clock,
  Context,
  Duration,
  Effect,
  type Exit,
  Random,
  Schedule,
  Schema,
  type Scope,
  type Stream
} from "effect"
import * as Deadline from "./Deadline.ts"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import { NonNegativeDuration } from "./internal/DurationInput.ts"
import * as EventBus from "./internal/EventBus.ts"
import * as Rejection from "./internal/Rejection.ts"
import * as RetryMetrics from "./internal/RetryMetrics.ts"
import * as SpanEvent from "./internal/SpanEvent.ts"
import { type RetryBudget } from "./RetryBudget.ts"
import { type Reason, type RetryEvent } from "./RetryEvent.ts"

/**
 * - `maxAttempts`: calls in all, the first one included; 3 by default, 1 for none but the first.
 * - `baseDelay`, `factor`, `maxDelay`: the backoff before jitter; 500 ms, doubled each time, at most 30 seconds.
 * - `jitter`: `full` draws the delay between zero and the backoff, `none` takes it as it is.
 * - `maxRetryAfter`: when a server asks for a longer wait than this, there is no retry; 60 seconds by default.
 */
export const RetryPolicyOptions = Schema.Struct({
  maxAttempts: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(3))
  ),
  baseDelay: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("500 millis"))),
  factor: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1)).pipe(Schema.withDecodingDefaultKey(Effect.succeed(2))),
  maxDelay: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("30 seconds"))),
  jitter: Schema.Literals(["full", "none"]).pipe(Schema.withDecodingDefaultKey(Effect.succeed("full" as const))),
  maxRetryAfter: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("60 seconds")))
}).annotate({ identifier: "RetryPolicyOptions" })
export type RetryPolicyOptions = typeof RetryPolicyOptions.Type

export interface RetryPolicyOptionsInput {
  readonly maxAttempts?: number | undefined
  readonly baseDelay?: Duration.Input | undefined
  readonly factor?: number | undefined
  readonly maxDelay?: Duration.Input | undefined
  readonly jitter?: "full" | "none" | undefined
  readonly maxRetryAfter?: Duration.Input | undefined
}

/** Whether a call may be repeated, and how long at least the server wants us to wait. */
export type Verdict = boolean | { readonly retryAfter: Duration.Duration }

/** Judges how an attempt ended. It is not asked about interruptions and the rejections of our own policies. */
export type Retryable<A, E> = (exit: Exit.Exit<A, E>) => Verdict

/** Repeats what failed with a typed error; a defect is a bug and stays one. */
export const retryErrors: Retryable<unknown, unknown> = (exit) =>
  exit._tag === "Failure" && Cause.hasFails(exit.cause) && !Cause.hasDies(exit.cause)

/** Which attempt of its call an effect runs in: 1 for the first. */
export const CurrentAttempt = Context.Reference<number>("@resync/resilience/RetryPolicy/CurrentAttempt", {
  defaultValue: () => 1
})

/** Why there was no further attempt: an annotation of the cause that a call with retries failed with. */
export const RetriesStopped = Context.Reference<{
  readonly reason: Reason
  readonly attempts: number
}>("@resync/resilience/RetryPolicy/RetriesStopped", { defaultValue: () => ({ reason: "not-retryable", attempts: 1 }) })

/** The wait before the `retry`-th retry, counted from 1, for a random number from 0 up to but not including 1. */
export const delayMillis = (options: RetryPolicyOptions, retry: number, random: number): number => {
  const base = Duration.toMillis(options.baseDelay)
  if (base === 0) return 0
  const backoff = Math.min(
    Duration.toMillis(options.maxDelay),
    Math.min(Number.MAX_SAFE_INTEGER, base * options.factor ** (retry - 1))
  )
  return options.jitter === "full" ? backoff * random : backoff
}

/** The waits between the attempts as a `Schedule`, to be used with `Effect.retry` alone. It ends with the last attempt. */
export const backoff = (options: RetryPolicyOptions): Schedule.Schedule<Duration.Duration> =>
  Schedule.fromStepWithMetadata(
    Effect.succeed(({ attempt }: Schedule.InputMetadata<unknown>) => {
      if (attempt >= options.maxAttempts) return Cause.done(Duration.zero)
      return Effect.map(Random.next, (random): [Duration.Duration, Duration.Duration] => {
        const delay = Duration.millis(delayMillis(options, attempt, random))
        return [delay, delay]
      })
    })
  )

export interface RetryPolicy {
  readonly name: string
  /**
   * Runs an effect, and again while `retryable` says so, attempts are left, the wait ends before the deadline and the budget
   * allows it. The last outcome comes out as it is; its cause says why in the annotation `RetriesStopped`.
   */
  readonly execute: <A, E, R>(self: Effect.Effect<A, E, R>, retryable?: Retryable<A, E>) => Effect.Effect<A, E, R>
  /** What happens from now on. */
  readonly events: Stream.Stream<RetryEvent>
}

/** Makes a retry of its own. Its metric series go with the scope. */
export const make: (
  name: string,
  options?: RetryPolicyOptionsInput,
  budget?: RetryBudget
) => Effect.Effect<RetryPolicy, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (name, input = {}, budget) {
  const options = yield* decode(RetryPolicyOptions, "RetryPolicy", name)(input)
  return yield* makeWith(name, () => options, budget)
})

/** Makes a retry that reads its options at each call. */
export const makeWith: (
  name: string,
  options: () => RetryPolicyOptions,
  budget: RetryBudget | undefined
) => Effect.Effect<RetryPolicy, never, Scope.Scope> = Effect.fnUntraced(function* (name, readOptions, budget) {
  const clock = yield* Clock.Clock
  const bus = EventBus.make<RetryEvent>()
  const calls: RetryMetrics.Calls = {
    successful_without_retry: 0,
    successful_with_retry: 0,
    failed_without_retry: 0,
    failed_with_retry: 0
  }
  yield* RetryMetrics.register(name, calls)

  const end = <A, E>(exit: Exit.Exit<A, E>, attempt: number, reason?: Reason): Effect.Effect<A, E> => {
    const failed = exit._tag === "Failure" || reason !== undefined
    calls[`${failed ? "failed" : "successful"}_${attempt > 1 ? "with" : "without"}_retry`]++
    bus.publish(() => {
      const common = { name, at: clock.currentTimeMillisUnsafe(), attempts: attempt }
      if (!failed) return { _tag: "Success", ...common }
      return reason === undefined ? { _tag: "IgnoredError", ...common } : { _tag: "Error", ...common, reason }
    })
    return exit._tag === "Success" || reason === undefined
      ? exit
      : Effect.failCause(
          Cause.annotate(exit.cause, Context.make(RetriesStopped, { reason, attempts: attempt }), { overwrite: true })
        )
  }

  const attempt = <A, E, R>(
    self: Effect.Effect<A, E, R>,
    retryable: Retryable<A, E>,
    options: RetryPolicyOptions,
    n: number
  ): Effect.Effect<A, E, R> =>
    Effect.flatMap(
      Effect.exit(n === 1 ? self : Effect.provideService(self, CurrentAttempt, n)),
      (exit): Effect.Effect<A, E, R> => {
        if (exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)) return exit
        const verdict = !isRejected(exit) && retryable(exit)
        if (verdict === false) return end(exit, n)
        if (n >= options.maxAttempts) return end(exit, n, "exhausted")
        return again(self, retryable, options, n, exit, verdict === true ? undefined : verdict.retryAfter)
      }
    )

  const again = <A, E, R>(
    self: Effect.Effect<A, E, R>,
    retryable: Retryable<A, E>,
    options: RetryPolicyOptions,
    n: number,
    exit: Exit.Exit<A, E>,
    retryAfter: Duration.Duration | undefined
  ): Effect.Effect<A, E, R> =>
    Effect.withFiber((fiber) => {
      const asked = retryAfter === undefined ? 0 : Duration.toMillis(retryAfter)
      const delay = Math.max(asked, delayMillis(options, n, fiber.getRef(Random.Random).nextDoubleUnsafe()))
      if (asked > Duration.toMillis(options.maxRetryAfter)) return end(exit, n, "retry-after")
      if (delay >= Deadline.remaining(fiber)) return end(exit, n, "deadline")
      if (budget !== undefined && !budget.withdraw()) return end(exit, n, "budget")
      bus.publish(() => ({ _tag: "Retry", name, at: clock.currentTimeMillisUnsafe(), attempts: n, delay }))
      SpanEvent.add(fiber, "resilience4j.retry", { name, attempt: n, delay_ms: delay })
      const next = attempt(self, retryable, options, n + 1)
      return delay === 0 ? next : Effect.andThen(Effect.sleep(delay), next)
    })

  return {
    name,
    execute: (self, retryable = retryErrors) =>
      Effect.suspend(() => {
        budget?.deposit()
        return attempt(self, retryable, readOptions(), 1)
      }),
    events: bus.stream
  }
})

const isRejected = (exit: Exit.Exit<unknown, unknown>): boolean =>
  exit._tag === "Failure" && exit.cause.reasons.some((reason) => reason._tag === "Fail" && Rejection.is(reason.error))
