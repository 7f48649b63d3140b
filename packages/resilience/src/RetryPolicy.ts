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
  type Fiber,
  Option,
  Random,
  Schedule,
  Schema,
  type Scope,
  type Stream
} from "effect"
import { CircuitOpen } from "./CircuitOpen.ts"
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
 * - `jitter`: `full` draws the delay between zero and the backoff, `equal` between half of it and all, `decorrelated`
 *   between `baseDelay` and three times the delay before, `none` takes the backoff as it is. None exceeds `maxDelay`.
 * - `maxRetryAfter`: when a server asks for a longer wait than this, there is no retry; 60 seconds by default.
 * - `waitForProbe`: wait for an open circuit breaker to let probes through and try again then, as far as the deadline
 *   allows; false by default, since all that wait come back at once.
 * - `retryAtOnePoint`: do not repeat what a retry further inside has given up on, which would multiply the attempts; false
 *   by default.
 */
export const RetryPolicyOptions = Schema.Struct({
  maxAttempts: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(3))
  ),
  baseDelay: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("500 millis"))),
  factor: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1)).pipe(Schema.withDecodingDefaultKey(Effect.succeed(2))),
  maxDelay: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("30 seconds"))),
  jitter: Schema.Literals(["full", "equal", "decorrelated", "none"]).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("full" as const))
  ),
  maxRetryAfter: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("60 seconds"))),
  waitForProbe: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  retryAtOnePoint: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false)))
}).annotate({ identifier: "RetryPolicyOptions" })
export type RetryPolicyOptions = typeof RetryPolicyOptions.Type

export interface RetryPolicyOptionsInput {
  readonly maxAttempts?: number | undefined
  readonly baseDelay?: Duration.Input | undefined
  readonly factor?: number | undefined
  readonly maxDelay?: Duration.Input | undefined
  readonly jitter?: RetryPolicyOptions["jitter"] | undefined
  readonly maxRetryAfter?: Duration.Input | undefined
  readonly waitForProbe?: boolean | undefined
  readonly retryAtOnePoint?: boolean | undefined
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
export class RetriesStopped extends Context.Service<
  RetriesStopped,
  { readonly reason: Reason; readonly attempts: number }
>()("@resync/resilience/RetryPolicy/RetriesStopped") {}

/**
 * The wait before the `retry`-th retry, counted from 1, for a random number from 0 up to but not including 1. Decorrelated
 * jitter also goes by the wait before, `previous`.
 */
export const delayMillis = (
  options: RetryPolicyOptions,
  retry: number,
  random: number,
  previous = Duration.toMillis(options.baseDelay)
): number => {
  const base = Duration.toMillis(options.baseDelay)
  if (base === 0) return 0
  const cap = Math.min(Duration.toMillis(options.maxDelay), Number.MAX_SAFE_INTEGER)
  const backoff = Math.min(cap, base * options.factor ** (retry - 1))
  switch (options.jitter) {
    case "full":
      return backoff * random
    case "equal":
      return backoff / 2 + (backoff / 2) * random
    case "decorrelated":
      return Math.min(cap, base + (Math.max(base, previous * 3) - base) * random)
    case "none":
      return backoff
  }
}

/** The waits between the attempts as a `Schedule`, to be used with `Effect.retry` alone. It ends with the last attempt. */
export const backoff = (options: RetryPolicyOptions): Schedule.Schedule<Duration.Duration> =>
  Schedule.fromStepWithMetadata(
    Effect.sync(() => {
      let previous: number | undefined
      return ({ attempt }: Schedule.InputMetadata<unknown>) => {
        if (attempt >= options.maxAttempts) return Cause.done(Duration.zero)
        return Effect.map(Random.next, (random): [Duration.Duration, Duration.Duration] => {
          previous = delayMillis(options, attempt, random, previous)
          return [Duration.millis(previous), Duration.millis(previous)]
        })
      }
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

/**
 * Makes a retry that reads its options at each call. `isFutile` says that whatever is retried would be refused also after
 * so many milliseconds, by an open breaker: then the refusal is got at once and not waited for.
 */
export const makeWith: (
  name: string,
  options: () => RetryPolicyOptions,
  budget: RetryBudget | undefined,
  isFutile?: (millis: number, fiber: Fiber.Fiber<unknown, unknown>) => boolean
) => Effect.Effect<RetryPolicy, never, Scope.Scope> = Effect.fnUntraced(function* (
  name,
  readOptions,
  budget,
  isFutile = () => false
) {
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

  const attempt = <A, E, R>(call: Call<A, E, R>, n: number, previous: number | undefined): Effect.Effect<A, E, R> =>
    Effect.flatMap(
      Effect.exit(n === call.inherited ? call.self : Effect.provideService(call.self, CurrentAttempt, n)),
      (exit): Effect.Effect<A, E, R> => {
        if (exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)) return exit
        const verdict = judge(call, exit)
        if (verdict === false) return end(exit, n)
        if (n >= call.options.maxAttempts) return end(exit, n, "exhausted")
        return again(call, n, previous, exit, verdict === true ? 0 : Duration.toMillis(verdict.retryAfter))
      }
    )

  const again = <A, E, R>(
    call: Call<A, E, R>,
    n: number,
    previous: number | undefined,
    exit: Exit.Exit<A, E>,
    asked: number
  ): Effect.Effect<A, E, R> =>
    Effect.withFiber((fiber) => {
      const computed = delayMillis(call.options, n, fiber.getRef(Random.Random).nextDoubleUnsafe(), previous)
      const wait = Math.max(asked, computed)
      const delay = !call.options.waitForProbe && isFutile(wait, fiber) ? 0 : wait
      if (asked > Duration.toMillis(call.options.maxRetryAfter)) return end(exit, n, "retry-after")
      if (delay >= Deadline.remaining(fiber)) return end(exit, n, "deadline")
      if (budget !== undefined && !budget.withdraw()) return end(exit, n, "budget")
      bus.publish(() => ({ _tag: "Retry", name, at: clock.currentTimeMillisUnsafe(), attempts: n, delay }))
      SpanEvent.add(fiber, "resilience4j.retry", { name, attempt: n, delay_ms: delay })
      const next = attempt(call, n + 1, computed)
      return delay === 0 ? next : Effect.andThen(Effect.sleep(delay), next)
    })

  return {
    name,
    execute: (self, retryable = retryErrors) =>
      Effect.withFiber((fiber) => {
        budget?.deposit()
        return attempt(
          { self, retryable, options: readOptions(), inherited: fiber.getRef(CurrentAttempt) },
          1,
          undefined
        )
      }),
    events: bus.stream
  }
})

/** One logical call and what it goes by. */
interface Call<A, E, R> {
  readonly self: Effect.Effect<A, E, R>
  readonly retryable: Retryable<A, E>
  readonly options: RetryPolicyOptions
  /** The attempt that a retry around this one is in. */
  readonly inherited: number
}

/** Whether and how soon to repeat, before attempts, deadline and budget are looked at. */
const judge = <A, E, R>({ options, retryable }: Call<A, E, R>, exit: Exit.Exit<A, E>): Verdict => {
  if (exit._tag === "Success") return retryable(exit)
  if (options.retryAtOnePoint && Option.isSome(Context.getOption(Cause.annotations(exit.cause), RetriesStopped))) {
    return false
  }
  for (const reason of exit.cause.reasons) {
    if (reason._tag !== "Fail" || !Rejection.is(reason.error)) continue
    return options.waitForProbe && reason.error instanceof CircuitOpen && Duration.isFinite(reason.error.retryAfter)
      ? { retryAfter: reason.error.retryAfter }
      : false
  }
  return retryable(exit)
}
