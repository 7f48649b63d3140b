import { Cause, type Clock, Context, Duration, Effect, Exit, type Fiber, Option, Random } from "effect"
import { CircuitOpen } from "../CircuitOpen.ts"
import * as Deadline from "../Deadline.ts"
import { RetriesExhausted } from "../RetriesExhausted.ts"
import type { RetryBudget } from "../RetryBudget.ts"
import type { Reason, RetryEvent } from "../RetryEvent.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import { delayMillis } from "./delays.ts"
import type * as EventBus from "./EventBus.ts"
import type { AttemptOf, Repeating } from "./oneRun.ts"
import * as Rejection from "./Rejection.ts"
import type * as RetryMetrics from "./RetryMetrics.ts"
import * as SpanEvent from "./SpanEvent.ts"
import { stackless } from "./stackless.ts"

/** What the calls of one retry have in common. */
export interface Retry {
  readonly name: string
  readonly readOptions: () => RetryPolicy.RetryPolicyOptions
  readonly budget: RetryBudget | undefined
  readonly isFutile: (millis: number, fiber: Fiber.Fiber<unknown, unknown>) => boolean
  readonly bus: EventBus.EventBus<RetryEvent>
  readonly calls: RetryMetrics.Calls
  readonly clock: Clock.Clock
}

/** One logical call and what it goes by. */
interface Call<A, E, R> {
  readonly attemptOf: AttemptOf<A, E, R>
  readonly retryable: RetryPolicy.Retryable<A, E>
  readonly how: RetryPolicy.RetryOptions<A, E>
  readonly options: RetryPolicy.RetryPolicyOptions
  /** The attempt that a retry around this one is in. */
  readonly inherited: number
  /** Whether a retry, which the budget counts, is under way. */
  retrying: boolean
}

export const make = ({ budget, bus, calls, clock, isFutile, name, readOptions }: Retry): Repeating["executeEach"] => {
  const end = <A, E>(exit: Exit.Exit<A, E>, attempt: number, reason?: Reason): Effect.Effect<A, E> => {
    const failed = exit._tag === "Failure" || reason !== undefined
    if (!failed && attempt === 1) calls.successful_without_retry++
    else calls[`${failed ? "failed" : "successful"}_${attempt > 1 ? "with" : "without"}_retry`]++
    if (bus.heard()) {
      bus.publish(() => {
        const common = { name, at: clock.currentTimeMillisUnsafe(), attempts: attempt }
        if (!failed) return { _tag: "Success", ...common }
        return reason === undefined ? { _tag: "IgnoredError", ...common } : { _tag: "Error", ...common, reason }
      })
    }
    return exit._tag === "Success" || reason === undefined
      ? exit
      : Effect.failCause(
          Cause.annotate(exit.cause, Context.make(RetryPolicy.RetriesStopped, { reason, attempts: attempt }), {
            overwrite: true
          })
        )
  }

  const exhausted = <A, E, R>(
    call: Call<A, E, R>,
    exit: Exit.Exit<A, E>,
    attempts: number
  ): Effect.Effect<A, E | RetriesExhausted> => {
    const outcome = end(exit, attempts, "exhausted")
    if (exit._tag === "Failure" || !call.options.failAfterMaxAttempts) return outcome
    const error = Effect.suspend(() =>
      Effect.fail(stackless(() => new RetriesExhausted({ name, attempts }, { disableChecks: true })))
    )
    const discard = call.how.discard?.(exit)
    return discard === undefined ? error : Effect.andThen(discard, error)
  }

  const attempt = <A, E, R>(
    call: Call<A, E, R>,
    n: number,
    previous: number | undefined,
    fiber: Fiber.Fiber<unknown, unknown>
  ): Effect.Effect<A, E | RetriesExhausted, R> => {
    const self = call.attemptOf(fiber)
    return Effect.matchCauseEffect(
      n === call.inherited ? self : Effect.provideService(self, RetryPolicy.CurrentAttempt, n),
      {
        onSuccess: (value) => ended(call, n, previous, Exit.succeed(value)),
        onFailure: (cause) => ended(call, n, previous, Exit.failCause(cause))
      }
    )
  }

  const ended = <A, E, R>(
    call: Call<A, E, R>,
    n: number,
    previous: number | undefined,
    exit: Exit.Exit<A, E>
  ): Effect.Effect<A, E | RetriesExhausted, R> => {
    endRetry(call)
    if (exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)) return exit
    const verdict = judge(call, exit)
    if (verdict === false) return end(exit, n)
    if (n >= call.options.maxAttempts) return exhausted(call, exit, n)
    return again(call, n, previous, exit, verdict === true ? 0 : Duration.toMillis(verdict.retryAfter))
  }

  /** For a budget that is a share of the calls under way. */
  const counted = <A, E, R>(call: Call<A, E, R>, budget: RetryBudget): Effect.Effect<A, E | RetriesExhausted, R> => {
    let begun = false
    return Effect.onExitPrimitive(
      Effect.withFiber((fiber) => {
        begun = true
        budget.deposit()
        return attempt(call, 1, undefined, fiber)
      }),
      () => {
        endRetry(call)
        if (begun) budget.callEnded()
        return undefined
      }
    )
  }

  const endRetry = (call: { retrying: boolean }): void => {
    if (!call.retrying) return
    call.retrying = false
    budget?.retryEnded()
  }

  const again = <A, E, R>(
    call: Call<A, E, R>,
    n: number,
    previous: number | undefined,
    exit: Exit.Exit<A, E>,
    wanted: number
  ): Effect.Effect<A, E | RetriesExhausted, R> =>
    Effect.withFiber((fiber) => {
      const { longRetryAfter, maxRetryAfter, waitForProbe } = call.options
      const longest = Duration.toMillis(maxRetryAfter)
      // An open breaker stays open, so a shorter wait for it would be for nothing.
      if (wanted > longest && (longRetryAfter === "fail" || Rejection.isIn(exit))) return end(exit, n, "retry-after")
      const asked = Math.min(wanted, longest)
      const computed = delayOf(call, n, exit, fiber, previous)
      if (!(computed >= 0)) return end(exit, n, "interval")
      const wait = Math.max(asked, computed)
      const delay = !waitForProbe && isFutile(wait, fiber) ? 0 : wait
      if (delay >= Deadline.remaining(fiber)) return end(exit, n, "deadline")
      if (budget !== undefined) {
        if (!budget.withdraw()) return end(exit, n, "budget")
        call.retrying = true
      }
      bus.publish(() => ({ _tag: "Retry", name, at: clock.currentTimeMillisUnsafe(), attempts: n, delay }))
      SpanEvent.add(fiber, "resilience4j.retry", { name, attempt: n, delay_ms: delay })
      const discard = call.how.discard?.(exit)
      if (discard === undefined && delay === 0) return attempt(call, n + 1, computed, fiber)
      // Built when the wait is over: a breaker may have changed its mind meanwhile.
      const next = Effect.withFiber((current) => attempt(call, n + 1, computed, current))
      if (discard === undefined) return Effect.andThen(Effect.sleep(delay), next)
      return Effect.andThen(delay === 0 ? discard : both(discard, Effect.sleep(delay)), next)
    })

  return (attemptOf, retryable, how) =>
    Effect.withFiber((fiber) => {
      const call = {
        attemptOf,
        retryable,
        how,
        options: readOptions(),
        inherited: fiber.getRef(RetryPolicy.CurrentAttempt),
        retrying: false
      }
      if (budget?.countsUnderWay === true) return counted(call, budget)
      budget?.deposit()
      return attempt(call, 1, undefined, fiber)
    })
}

const both = (discard: Effect.Effect<void>, wait: Effect.Effect<void>): Effect.Effect<void> =>
  Effect.all([discard, wait], { concurrency: 2, discard: true })

/** The wait as it is computed, negative or no number where there shall be no further attempt. */
const delayOf = <A, E, R>(
  { how, options }: Call<A, E, R>,
  retry: number,
  exit: Exit.Exit<A, E>,
  fiber: Fiber.Fiber<unknown, unknown>,
  previous: number | undefined
): number => {
  if (how.interval === undefined) {
    return delayMillis(options, retry, fiber.getRef(Random.Random).nextDoubleUnsafe(), previous)
  }
  const interval = how.interval(retry, exit)
  const millis = interval === undefined ? Number.NaN : Duration.toMillis(Duration.fromInputUnsafe(interval))
  return Number.isFinite(millis) ? millis : Number.NaN
}

/** Whether and how soon to repeat, before attempts, deadline and budget are looked at. */
const judge = <A, E, R>({ options, retryable }: Call<A, E, R>, exit: Exit.Exit<A, E>): RetryPolicy.Verdict => {
  if (exit._tag === "Success") return retryable(exit)
  if (
    options.retryAtOnePoint &&
    Option.isSome(Context.getOption(Cause.annotations(exit.cause), RetryPolicy.RetriesStopped))
  ) {
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
