import { Cause, type Effect, type Exit } from "effect"
import { classifyRelease, type Release } from "../AdaptiveLimiter.ts"
import { FaultInjected } from "../ChaosOptions.ts"
import { type Classifier, classifyExit } from "../CircuitBreaker.ts"
import type { Call } from "../ResiliencePolicy.ts"
import type { PolicyError } from "../ResiliencePolicyOptions.ts"
import { RetriesExhausted } from "../RetriesExhausted.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import { AttemptTimedOut } from "../TimeLimiter.ts"
import * as Rejection from "./Rejection.ts"

/**
 * What the parts of a policy make of how a call ended: what a call says of itself holds for its own outcomes, and for the
 * errors that the policy adds holds what is said here.
 */
const failedBy = (exit: Exit.Exit<unknown, unknown>, is: (error: unknown) => boolean): boolean =>
  exit._tag === "Failure" && exit.cause.reasons.some((reason) => reason._tag === "Fail" && is(reason.error))

const isTimeout = (error: unknown): boolean => error instanceof AttemptTimedOut
const isFault = (error: unknown): boolean => error instanceof FaultInjected
const isVerdictOfOurs = (error: unknown): boolean =>
  isTimeout(error) || isFault(error) || error instanceof RetriesExhausted

/** What breaker and retry make of a call. */
export interface Judgement<in A, in E> {
  readonly classify: Classifier<A, E | PolicyError>
  readonly repeatable: RetryPolicy.Retryable<A, E | PolicyError>
  readonly retry: RetryPolicy.RetryOptions<A, E | PolicyError>
}

/** An outcome of the call itself, if it is one. */
const own = <A, E>(exit: Exit.Exit<A, E | PolicyError>): Exit.Exit<A, E> | undefined =>
  Rejection.isIn(exit) || failedBy(exit, isVerdictOfOurs)
    ? undefined
    : // What remains after our own errors are taken out is an outcome of the call.
      (exit as Exit.Exit<A, E>)

/** The breaker's verdict: a timeout is a failure, a rejection of ours says nothing. */
export const classify =
  <A, E>(call: Call<A, E>): Classifier<A, E | PolicyError> =>
  (exit) => {
    const outcome = own(exit)
    return outcome === undefined || call.classify === undefined ? classifyExit(exit) : call.classify(outcome)
  }

/** The retry's verdict: a timeout may have been processed, so it is repeated only if that does no harm. */
export const repeatable =
  <A, E>(call: Call<A, E>): RetryPolicy.Retryable<A, E | PolicyError> =>
  (exit) => {
    if (failedBy(exit, isTimeout)) return call.idempotent ?? true
    if (failedBy(exit, isFault)) return true
    // Our other errors are rejections, which nobody asks about.
    const outcome = exit as Exit.Exit<A, E>
    const verdict = (call.retryable ?? RetryPolicy.retryErrors)(outcome)
    if (call.idempotent ?? true) return verdict
    return (call.notProcessed?.(outcome) ?? false) && verdict
  }

/** Another attempt at once is worth it where the retry would make one, unless the dependency wants to be left alone. */
export const isWorthHedging =
  <A, E>(call: Call<A, E>) =>
  (exit: Exit.Exit<A, E | PolicyError>): boolean =>
    repeatable(call)(exit) === true && !overloaded(call)(exit)

/** Whether the dependency has said that it has too much to do. */
export const overloaded =
  <A, E>(call: Call<A, E>) =>
  (exit: Exit.Exit<A, E | PolicyError>): boolean => {
    if (call.overloaded === undefined) return false
    const outcome = own(exit)
    return outcome !== undefined && call.overloaded(outcome)
  }

/** What the adaptive limit learns: an overload is a drop, and a fault on purpose says nothing of the dependency. */
export const release =
  <A, E>(call: Call<A, E>) =>
  (exit: Exit.Exit<A, E | PolicyError>): Release =>
    failedBy(exit, isFault) ? "ignored" : overloaded(call)(exit) ? "dropped" : classifyRelease(exit)

/** Only an outcome of the call itself holds anything that has to be released. */
export const discard = <A, E>({ discard }: Call<A, E>) =>
  discard &&
  ((exit: Exit.Exit<A, E | PolicyError>): Effect.Effect<void> | undefined => {
    const outcome = own(exit)
    return outcome === undefined || (exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause))
      ? undefined
      : discard(outcome)
  })

const of = <A, E>(call: Call<A, E>): Judgement<A, E> => ({
  classify: classify(call),
  repeatable: repeatable(call),
  retry: { interval: call.interval, discard: discard(call) }
})

/** A call that says nothing of itself, as most do. */
export const plain: Omit<Call<unknown, unknown>, "chaos"> = {}
const ofPlain: Judgement<unknown, unknown> = of(plain)

/** What is made of a call, which is the same for all that say nothing. */
export const judge = <A, E>(call: Call<A, E>): Judgement<A, E> => (call === plain ? ofPlain : of(call))
