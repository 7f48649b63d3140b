/**
 * Deadline, retry, circuit breaker, rate limit, bulkhead and attempt timeout composed in one order, from data, around any effect.
 *
 * A fallback goes around the whole: `policy.execute(call).pipe(withFallback({ name, orElse }))`.
 *
 * **Example**
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Resilience from "@resync/resilience/Resilience"
 * import { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
 *
 * declare const quote: Effect.Effect<number, "busy">
 *
 * const program = Effect.gen(function* () {
 *   const policies = yield* ResiliencePolicyRegistry
 *   const policy = yield* policies.register("quotes", {
 *     deadline: "10 seconds",
 *     retry: { maxAttempts: 4, baseDelay: "1 second", maxDelay: "10 seconds" },
 *     circuitBreaker: { waitDurationInOpenState: "30 seconds" },
 *     attemptTimeout: "2 seconds"
 *   })
 *   // Effect<number, "busy" | CircuitOpen | AttemptTimedOut | DeadlineExceeded>
 *   return yield* policy.execute(quote)
 * }).pipe(Effect.provide(Resilience.layer()))
 * ```
 */
import { Effect, type Exit, type Scope, Semaphore } from "effect"
import * as Bulkhead from "./Bulkhead.ts"
import { type CircuitBreaker, type Classifier, classifyExit } from "./CircuitBreaker.ts"
import * as Deadline from "./Deadline.ts"
import { decode, InvalidOptions } from "./InvalidOptions.ts"
import { now } from "./internal/monotonic.ts"
import * as Rejection from "./internal/Rejection.ts"
import * as RateLimiter from "./RateLimiter.ts"
import {
  merge,
  type PolicyError,
  ResiliencePolicyOptions,
  type ResiliencePolicyOptionsInput
} from "./ResiliencePolicyOptions.ts"
import * as RetryBudget from "./RetryBudget.ts"
import * as RetryPolicy from "./RetryPolicy.ts"
import * as TimeLimiter from "./TimeLimiter.ts"

/** What the policy has to know of a call. Each has a default that fits an effect which may be repeated. */
export interface Call<A, E> {
  /** What an outcome means for the breaker. Default: success is success, errors and defects are failures. */
  readonly classify?: Classifier<A, E> | undefined
  /** Whether an outcome is worth another attempt. Default: any typed error. */
  readonly retryable?: RetryPolicy.Retryable<A, E> | undefined
  /** Whether doing it twice is as good as once; true by default. If not, only what surely was not processed is repeated. */
  readonly idempotent?: boolean | undefined
  /** Whether an outcome proves that the call was not processed. Default: nothing does. */
  readonly notProcessed?: ((exit: Exit.Exit<A, E>) => boolean) | undefined
}

/** One pattern of a policy with what it goes by. */
export interface Layer {
  readonly pattern: "Deadline" | "RetryPolicy" | "CircuitBreaker" | "RateLimiter" | "Bulkhead" | "TimeLimiter"
  readonly options: object
}

export interface ResiliencePolicy<out PE = PolicyError> {
  readonly name: string
  /** Runs an effect under the policy. */
  readonly execute: <A, E, R>(self: Effect.Effect<A, E, R>, call?: Call<A, E>) => Effect.Effect<A, E | PE, R>
  readonly options: Effect.Effect<ResiliencePolicyOptions>
  /** The patterns in the order in which they are applied, the outermost first. */
  readonly layers: Effect.Effect<ReadonlyArray<Layer>>
  /**
   * Changes options while calls go on; those under way end by the old ones. Counts and states are kept, except that a
   * breaker forgets what it counted. A pattern that the policy does not have cannot be added so.
   */
  readonly reconfigure: (patch: ResiliencePolicyOptionsInput) => Effect.Effect<void, InvalidOptions>
}

/** Makes a policy from decoded options, with the breaker that a registry gave for it. */
export const makeWith: (
  name: string,
  options: ResiliencePolicyOptions,
  breaker: CircuitBreaker | undefined
) => Effect.Effect<ResiliencePolicy, never, Scope.Scope> = Effect.fnUntraced(function* (name, initial, breaker) {
  let options = initial
  const budget = initial.retryBudget && (yield* Effect.orDie(RetryBudget.make(name, initial.retryBudget)))
  const retry =
    initial.retry &&
    (yield* RetryPolicy.makeWith(
      name,
      () => present(options.retry),
      budget,
      (millis, fiber) => isClosedOff(breaker, now(fiber) + millis)
    ))
  const rateLimit = initial.rateLimit && (yield* RateLimiter.makeWith(name, () => present(options.rateLimit)))
  const bulkhead = initial.bulkhead && (yield* Bulkhead.makeWith(name, () => present(options.bulkhead)))
  const limiter = initial.attemptTimeout && (yield* TimeLimiter.makeWith(name, () => present(options.attemptTimeout)))

  // Where each attempt is bounded anyway, and retry and bulkhead mind the time that is left, the deadline needs no fibre of
  // its own: each part ends with it.
  const deadline =
    initial.deadline !== undefined && limiter === undefined
      ? yield* Deadline.makeWith(name, () => present(options.deadline))
      : undefined

  const guardRetry = <A, E, R>(self: Effect.Effect<A, E | PolicyError, R>, call: Call<A, E>) =>
    retry === undefined ? self : retry.execute(self, repeatable(call))

  const guardBreaker = <A, E, R>(self: Effect.Effect<A, E | PolicyError, R>, call: Call<A, E>) =>
    breaker === undefined ? self : breaker.execute(self, judge(call))

  const execute: ResiliencePolicy["execute"] = <A, E, R>(self: Effect.Effect<A, E, R>, call: Call<A, E> = {}) => {
    let guarded: Effect.Effect<A, E | PolicyError, R> = self
    // Without a deadline of its own a policy has no error for one: what bounds it from outside also interrupts it from there.
    const run = initial.deadline === undefined ? "execute" : "executeWithin"
    if (limiter !== undefined) guarded = limiter[run](guarded)
    if (bulkhead !== undefined) guarded = bulkhead[run](guarded)
    if (rateLimit !== undefined) guarded = rateLimit.execute(guarded)
    guarded =
      initial.retryPlacement === "inside-circuit-breaker"
        ? guardBreaker(guardRetry(guarded, call), call)
        : guardRetry(guardBreaker(guarded, call), call)
    if (initial.deadline === undefined) return guarded
    if (deadline !== undefined) return deadline.execute(guarded)
    const announced = guarded
    return Effect.suspend(() => Deadline.announce(announced, name, present(options.deadline)))
  }

  const layers = Effect.sync((): ReadonlyArray<Layer> => {
    const retrying: ReadonlyArray<Layer> =
      options.retry === undefined
        ? []
        : [{ pattern: "RetryPolicy", options: { ...options.retry, retryBudget: options.retryBudget } }]
    const breaking: ReadonlyArray<Layer> =
      options.circuitBreaker === undefined ? [] : [{ pattern: "CircuitBreaker", options: options.circuitBreaker }]
    return [
      ...(options.deadline === undefined
        ? []
        : [{ pattern: "Deadline", options: { deadline: options.deadline } } as const]),
      ...(options.retryPlacement === "inside-circuit-breaker"
        ? [...breaking, ...retrying]
        : [...retrying, ...breaking]),
      ...(options.rateLimit === undefined ? [] : [{ pattern: "RateLimiter", options: options.rateLimit } as const]),
      ...(options.bulkhead === undefined ? [] : [{ pattern: "Bulkhead", options: options.bulkhead } as const]),
      ...(options.attemptTimeout === undefined
        ? []
        : [{ pattern: "TimeLimiter", options: { timeout: options.attemptTimeout } } as const])
    ]
  })

  // Each change builds on the one before it.
  const changing = yield* Semaphore.make(1)

  const reconfigure = Effect.fnUntraced(function* (patch: ResiliencePolicyOptionsInput) {
    const fixed = Object.entries(patch).find(
      ([key, value]) =>
        value !== undefined &&
        (key === "retryPlacement" ||
          key === "retryBudget" ||
          options[key as keyof ResiliencePolicyOptions] === undefined)
    )
    if (fixed !== undefined) {
      return yield* new InvalidOptions({
        pattern: "ResiliencePolicy",
        name,
        message: `${fixed[0]} is not part of this policy or cannot change while it runs`
      })
    }
    const next = yield* decode(ResiliencePolicyOptions, "ResiliencePolicy", name)(merge(options, patch))
    if (breaker !== undefined && patch.circuitBreaker !== undefined && next.circuitBreaker !== undefined) {
      yield* breaker.reconfigure(next.circuitBreaker)
    }
    options = next
  }, changing.withPermit)

  return { name, execute, options: Effect.sync(() => options), layers, reconfigure }
})

/** `reconfigure` never takes a pattern away, so its options are there as long as the policy is. */
const present = <A>(options: A | undefined): A => {
  if (options === undefined) throw new Error("a pattern of a resilience policy lost its options")
  return options
}

/** Whether a breaker will still refuse all calls at a time. */
const isClosedOff = (breaker: CircuitBreaker | undefined, time: number): boolean => {
  const state = breaker?.stateUnsafe()
  return state?._tag === "FORCED_OPEN" || (state?._tag === "OPEN" && time < state.until)
}

const timedOut = (exit: Exit.Exit<unknown, unknown>): boolean =>
  exit._tag === "Failure" &&
  exit.cause.reasons.some((reason) => reason._tag === "Fail" && reason.error instanceof TimeLimiter.AttemptTimedOut)

/** The breaker's verdict: the call's own on its own outcomes; a timeout is a failure, a rejection of ours says nothing. */
const judge =
  <A, E>(call: Call<A, E>): Classifier<A, E | PolicyError> =>
  (exit) => {
    if (Rejection.isIn(exit)) return "ignored"
    if (timedOut(exit) || call.classify === undefined) return classifyExit(exit)
    // What remains after our own errors are taken out is an outcome of the call.
    return call.classify(exit as Exit.Exit<A, E>)
  }

/** The retry's verdict: a timeout may have been processed, so it is repeated only if that does no harm. */
const repeatable =
  <A, E>(call: Call<A, E>): RetryPolicy.Retryable<A, E | PolicyError> =>
  (exit) => {
    if (timedOut(exit)) return call.idempotent ?? true
    // As above: our other errors are rejections, which the retry does not ask about.
    const own = exit as Exit.Exit<A, E>
    const verdict = (call.retryable ?? RetryPolicy.retryErrors)(own)
    if (verdict === false || (call.idempotent ?? true)) return verdict
    return (call.notProcessed?.(own) ?? false) && verdict
  }
