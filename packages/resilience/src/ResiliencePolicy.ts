/**
 * Deadline, retry, hedge, circuit breaker, throttle, rate limit, bulkhead, adaptive limit, attempt timeout and chaos composed in
 * one order, from data, around any effect. `ResiliencePolicyOptions` says which order and why.
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
import { Effect, type Exit, type Fiber, type Scope, Semaphore } from "effect"
import * as AdaptiveLimiter from "./AdaptiveLimiter.ts"
import * as AdaptiveThrottle from "./AdaptiveThrottle.ts"
import * as Bulkhead from "./Bulkhead.ts"
import * as Chaos from "./Chaos.ts"
import type { CircuitBreaker, Classifier } from "./CircuitBreaker.ts"
import { type Criticality, withCriticality } from "./Criticality.ts"
import * as Deadline from "./Deadline.ts"
import * as Hedge from "./Hedge.ts"
import { decode, InvalidOptions } from "./InvalidOptions.ts"
import { BreakerCore } from "./internal/BreakerCore.ts"
import * as judgement from "./internal/callJudgement.ts"
import { layersOf } from "./internal/layersOf.ts"
import { now } from "./internal/monotonic.ts"
import * as RateLimiter from "./RateLimiter.ts"
import {
  merge,
  type Pattern,
  type PolicyError,
  ResiliencePolicyOptions,
  type ResiliencePolicyOptionsInput
} from "./ResiliencePolicyOptions.ts"
import * as RetryBudget from "./RetryBudget.ts"
import * as RetryPolicy from "./RetryPolicy.ts"
import * as TimeLimiter from "./TimeLimiter.ts"

/** What the policy has to know of a call. Each has a default that fits an effect which may be repeated. */
export interface Call<A, E> extends RetryPolicy.RetryOptions<A, E> {
  /** What an outcome means for the breaker, and for the throttle. Default: success is success, errors and defects are failures. */
  readonly classify?: Classifier<A, E> | undefined
  /** Whether an outcome is worth another attempt. Default: any typed error. */
  readonly retryable?: RetryPolicy.Retryable<A, E> | undefined
  /** Whether doing it twice is as good as once; true by default. If not, only what surely was not processed is repeated. */
  readonly idempotent?: boolean | undefined
  /** Whether an outcome proves that the call was not processed. Default: nothing does. */
  readonly notProcessed?: ((exit: Exit.Exit<A, E>) => boolean) | undefined
  /**
   * Whether an outcome says that the dependency has too much to do, as 429 does: it empties the period of the rate limit and
   * lowers the adaptive limit. Default: nothing does, and for the adaptive limit a timeout.
   */
  readonly overloaded?: ((exit: Exit.Exit<A, E>) => boolean) | undefined
  /** Whose share of the adaptive limit it goes by. */
  readonly partition?: string | undefined
  /** How critical it is, and all that it calls which nothing else is said of. Default: as critical as what makes it. */
  readonly criticality?: Criticality | undefined
  /** What chaos does to it, in its own terms. */
  readonly chaos?: Chaos.Injections<A, E> | undefined
}

/** One pattern of a policy with what it goes by. */
export interface Layer {
  readonly pattern: Pattern
  readonly options: object
}

export interface ResiliencePolicy<out PE = PolicyError> {
  readonly name: string
  /** Runs an effect under the policy. It is never hedged. */
  readonly execute: <A, E, R>(self: Effect.Effect<A, E, R>, call?: Call<A, E>) => Effect.Effect<A, E | PE, R>
  /** The same for an effect that may run twice at the same time, see `Hedge.safe`: it is hedged, if the policy has a hedge. */
  readonly executeSafe: <A, E, R>(self: Hedge.Safe<A, E, R>, call?: Call<A, E>) => Effect.Effect<A, E | PE, R>
  readonly options: Effect.Effect<ResiliencePolicyOptions>
  /** The patterns in the order in which they are applied, the outermost first. */
  readonly layers: Effect.Effect<ReadonlyArray<Layer>>
  /**
   * Changes options while calls go on; those under way end by the old ones. Counts and states are kept, except that a
   * breaker forgets what it counted, and a throttle when its window changes. A pattern that the policy does not have cannot
   * be added so, nor can the budget be changed.
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
  const hedge =
    initial.hedge &&
    (yield* Hedge.makeWith(
      name,
      () => present(options.hedge),
      // A call is credited once, by what stands outermost.
      retry !== undefined && budget !== undefined ? { ...budget, deposit: nothing, callEnded: nothing } : budget
    ))
  const throttle = initial.throttle && (yield* AdaptiveThrottle.makeWith(name, () => present(options.throttle)))
  const rateLimit = initial.rateLimit && (yield* RateLimiter.makeWith(name, () => present(options.rateLimit)))
  const bulkhead = initial.bulkhead && (yield* Bulkhead.makeWith(name, () => present(options.bulkhead)))
  const adaptive =
    initial.adaptiveLimit && (yield* AdaptiveLimiter.makeWith(name, () => present(options.adaptiveLimit)))
  const limiter =
    initial.attemptTimeout &&
    (yield* TimeLimiter.makeWith(
      name,
      () => present(options.attemptTimeout),
      () => options.attemptTimeoutMode
    ))

  // Where each attempt is bounded anyway, and retry and bulkhead mind the time that is left, the deadline needs no fibre of
  // its own: each part ends with it.
  const deadline =
    initial.deadline !== undefined && limiter === undefined
      ? yield* Deadline.makeWith(name, () => present(options.deadline))
      : undefined

  /** Whether there is nothing around a call but a deadline at most: then it stays as it is. */
  const isBare = layersOf(initial).every(({ pattern }) => pattern === "Deadline")

  /** What stands around one attempt, from the breaker inwards without it. Built anew for each, and run once. */
  const guardAttempt = <A, E, R>(self: Effect.Effect<A, E, R>, call: Call<A, E>) => {
    let guarded: Effect.Effect<A, E | PolicyError, R> = self
    // Without a deadline of its own a policy has no error for one: what bounds it from outside also interrupts it from there.
    const within = initial.deadline !== undefined
    if (options.chaos !== undefined) guarded = Chaos.apply(name, options.chaos)(self, call.chaos)
    if (limiter !== undefined) guarded = within ? limiter.executeWithin(guarded) : limiter.execute(guarded)
    if (adaptive !== undefined) {
      guarded = adaptive.execute(guarded, { partition: call.partition, classify: judgement.release(call) })
    }
    if (bulkhead !== undefined) guarded = within ? bulkhead.executeOnceWithin(guarded) : bulkhead.executeOnce(guarded)
    if (rateLimit !== undefined) guarded = rateLimit.execute(guarded, 1, judgement.overloaded(call))
    return throttle === undefined ? guarded : throttle.execute(guarded, judgement.classify(call))
  }

  /** The breaker around one run of an effect. */
  const guardBreaker = <A, E, R>(
    fiber: Fiber.Fiber<unknown, unknown>,
    self: Effect.Effect<A, E | PolicyError, R>,
    { classify }: judgement.Judgement<A, E>
  ): Effect.Effect<A, E | PolicyError, R> => {
    if (breaker === undefined) return self
    return breaker instanceof BreakerCore ? breaker.executeIn(fiber, self, classify) : breaker.execute(self, classify)
  }

  const guardHedge = <A, E, R>(
    self: Effect.Effect<A, E | PolicyError, R>,
    hedge: Hedge.Hedge,
    call: Call<A, E>
  ): Effect.Effect<A, E | PolicyError, R> =>
    // Safe is what the attempts are made of, as the caller has said, and so are they.
    hedge.executeWith(Hedge.safe(self), {
      isHandled: judgement.isWorthHedging(call),
      discard: judgement.discard(call)
    })

  const repeat = <A, E, R>(
    self: Effect.Effect<A, E, R>,
    call: Call<A, E>,
    isSafe: boolean
  ): Effect.Effect<A, E | PolicyError, R> => {
    const judged = judgement.judge(call)
    const inside = initial.retryPlacement === "inside-circuit-breaker"
    const attemptOf = (fiber: Fiber.Fiber<unknown, unknown>): Effect.Effect<A, E | PolicyError, R> =>
      inside ? guardAttempt(self, call) : guardBreaker(fiber, guardAttempt(self, call), judged)
    const hedged = hedge !== undefined && isSafe ? guardHedge(Effect.withFiber(attemptOf), hedge, call) : undefined
    const each = hedged === undefined ? attemptOf : () => hedged
    const repeated =
      retry === undefined ? Effect.withFiber(each) : retry.executeEach(each, judged.repeatable, judged.retry)
    return inside ? Effect.withFiber((fiber) => guardBreaker(fiber, repeated, judged)) : repeated
  }

  const bound = <A, E, R>(
    self: Effect.Effect<A, E, R>,
    call: Call<A, E>,
    isSafe: boolean
  ): Effect.Effect<A, E | PolicyError, R> => {
    const guarded: Effect.Effect<A, E | PolicyError, R> = isBare ? self : repeat(self, call, isSafe)
    if (initial.deadline === undefined) return guarded
    if (deadline !== undefined) return deadline.execute(guarded)
    return Effect.suspend(() => Deadline.announce(guarded, name, present(options.deadline)))
  }

  const guard = <A, E, R>(
    self: Effect.Effect<A, E, R>,
    call: Call<A, E>,
    isSafe: boolean
  ): Effect.Effect<A, E | PolicyError, R> => {
    const bounded = bound(self, call, isSafe)
    return call.criticality === undefined ? bounded : withCriticality(bounded, call.criticality)
  }

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
    if (bulkhead !== undefined) yield* bulkhead.refresh
    if (rateLimit !== undefined) yield* rateLimit.refresh
  }, changing.withPermit)

  return {
    name,
    execute: (self, call = judgement.plain) => guard(self, call, false),
    executeSafe: (self, call = judgement.plain) => guard(self, call, true),
    options: Effect.sync(() => options),
    layers: Effect.sync(() => layersOf(options)),
    reconfigure
  }
})

const nothing = () => {}

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
