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
  Random,
  Schedule,
  Schema,
  type Scope,
  type Stream
} from "effect"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import { NonNegativeDuration } from "./internal/DurationInput.ts"
import { delayMillis } from "./internal/delays.ts"
import * as EventBus from "./internal/EventBus.ts"
import type { Repeating } from "./internal/oneRun.ts"
import * as RetryMetrics from "./internal/RetryMetrics.ts"
import * as retrying from "./internal/retrying.ts"
import type { RetriesExhausted } from "./RetriesExhausted.ts"
import type { RetryBudget } from "./RetryBudget.ts"
import type { Reason, RetryEvent } from "./RetryEvent.ts"

export { delayMillis }

/**
 * - `maxAttempts`: calls in all, the first one included; 3 by default, 1 for none but the first.
 * - `backoff`: how the delay before jitter grows from retry to retry: `exponential`, the default, `linear` or `constant`.
 * - `baseDelay`, `factor`, `maxDelay`: the delay before the first retry, by what an exponential one is multiplied, and what
 *   none exceeds; 500 ms, 2 and 30 seconds.
 * - `jitter`: `full`, the default, draws the delay between zero and the backoff, `equal` between half of it and all,
 *   `proportional` within `jitterFactor`, 0.25 by default, to both sides of it, `decorrelated` between `baseDelay` and three
 *   times the delay before, and `none` takes the backoff as it is. None exceeds `maxDelay`.
 * - `maxRetryAfter`: the longest wait that a server may ask for, 60 seconds by default. When it asks for more, there is no
 *   retry, or with `longRetryAfter: "cap"` one after that time.
 * - `failAfterMaxAttempts`: fail with `RetriesExhausted` when the last attempt gave a result to be retried; by default that
 *   result comes out. An error always comes out as it is.
 * - `waitForProbe`: wait for an open circuit breaker to let probes through and try again then, as far as the deadline
 *   allows; false by default, since all that wait come back at once.
 * - `retryAtOnePoint`: do not repeat what a retry further inside has given up on, which would multiply the attempts; false
 *   by default.
 */
export const RetryPolicyOptions = Schema.Struct({
  maxAttempts: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(3))
  ),
  backoff: Schema.Literals(["exponential", "linear", "constant"]).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("exponential" as const))
  ),
  baseDelay: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("500 millis"))),
  factor: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1)).pipe(Schema.withDecodingDefaultKey(Effect.succeed(2))),
  maxDelay: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("30 seconds"))),
  jitter: Schema.Literals(["full", "equal", "proportional", "decorrelated", "none"]).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("full" as const))
  ),
  jitterFactor: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(0.25))
  ),
  maxRetryAfter: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("60 seconds"))),
  longRetryAfter: Schema.Literals(["fail", "cap"]).pipe(Schema.withDecodingDefaultKey(Effect.succeed("fail" as const))),
  failAfterMaxAttempts: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  waitForProbe: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  retryAtOnePoint: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false)))
}).annotate({ identifier: "RetryPolicyOptions" })
export type RetryPolicyOptions = typeof RetryPolicyOptions.Type

export interface RetryPolicyOptionsInput {
  readonly maxAttempts?: number | undefined
  readonly backoff?: RetryPolicyOptions["backoff"] | undefined
  readonly baseDelay?: Duration.Input | undefined
  readonly factor?: number | undefined
  readonly maxDelay?: Duration.Input | undefined
  readonly jitter?: RetryPolicyOptions["jitter"] | undefined
  readonly jitterFactor?: number | undefined
  readonly maxRetryAfter?: Duration.Input | undefined
  readonly longRetryAfter?: RetryPolicyOptions["longRetryAfter"] | undefined
  readonly failAfterMaxAttempts?: boolean | undefined
  readonly waitForProbe?: boolean | undefined
  readonly retryAtOnePoint?: boolean | undefined
}

/** Just the error that a retry of these options adds. What may be there, as far as the type tells, counts as there. */
export type RetryErrorOf<Options> = "failAfterMaxAttempts" extends keyof Options
  ? [Options["failAfterMaxAttempts" & keyof Options]] extends [false | undefined]
    ? never
    : RetriesExhausted
  : never

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

/** What a retry has to know of a call beside what is worth another attempt. */
export interface RetryOptions<A, E> {
  /**
   * The wait before the `retry`-th retry, counted from 1, in place of the backoff; nothing or a negative one ends it. What a
   * server asks for by Retry-After stays the least. The exit may also be one with an error of ours, a timeout.
   */
  readonly interval?: ((retry: number, exit: Exit.Exit<A, unknown>) => Duration.Input | undefined) | undefined
  /** Runs with each outcome that will be nobody's to see, as soon as that is decided: to release what it holds. */
  readonly discard?: ((exit: Exit.Exit<A, E>) => Effect.Effect<void> | undefined) | undefined
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

export interface RetryPolicy<out PE = RetriesExhausted> {
  readonly name: string
  /**
   * Runs an effect, and again while `retryable` says so, attempts are left, the wait ends before the deadline and the budget
   * allows it. The last outcome comes out as it is; its cause says why in the annotation `RetriesStopped`.
   */
  readonly execute: <A, E, R>(
    self: Effect.Effect<A, E, R>,
    retryable?: Retryable<A, E>,
    options?: RetryOptions<A, E>
  ) => Effect.Effect<A, E | PE, R>
  /** What happens from now on. */
  readonly events: Stream.Stream<RetryEvent>
}

/** Makes a retry of its own. Its metric series go with the scope. */
export const make = <const Options extends RetryPolicyOptionsInput = Record<never, never>>(
  name: string,
  options?: Options,
  budget?: RetryBudget
): Effect.Effect<RetryPolicy<RetryErrorOf<Options>>, InvalidOptions, Scope.Scope> =>
  Effect.flatMap(
    decode(RetryPolicyOptions, "RetryPolicy", name)(options ?? {}),
    (decoded) =>
      // The error of a retry follows from its options, which is what the type says of it.
      makeWith(name, () => decoded, budget) as Effect.Effect<RetryPolicy<RetryErrorOf<Options>>, never, Scope.Scope>
  )

/**
 * Makes a retry that reads its options at each call. `isFutile` says that whatever is retried would be refused also after
 * so many milliseconds, by an open breaker: then the refusal is got at once and not waited for.
 */
export const makeWith: (
  name: string,
  options: () => RetryPolicyOptions,
  budget: RetryBudget | undefined,
  isFutile?: (millis: number, fiber: Fiber.Fiber<unknown, unknown>) => boolean
) => Effect.Effect<RetryPolicy & Repeating, never, Scope.Scope> = Effect.fnUntraced(function* (
  name,
  readOptions,
  budget,
  isFutile = () => false
) {
  const bus = EventBus.make<RetryEvent>()
  const calls: RetryMetrics.Calls = {
    successful_without_retry: 0,
    successful_with_retry: 0,
    failed_without_retry: 0,
    failed_with_retry: 0
  }
  yield* RetryMetrics.register(name, calls)
  const executeEach = retrying.make({ name, readOptions, budget, isFutile, bus, calls, clock: yield* Clock.Clock })
  return {
    name,
    execute: (self, retryable = retryErrors, how = {}) => executeEach(() => self, retryable, how),
    executeEach,
    events: bus.stream
  }
})
