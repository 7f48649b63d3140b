/**
 * A circuit breaker stops calling a dependency that keeps failing, answers at once instead, and lets a few probes find out
 * when it is back.
 *
 * **Example**
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as CircuitBreaker from "@resync/resilience/CircuitBreaker"
 * import { consecutiveFailures } from "@resync/resilience/CircuitBreakerOptions"
 *
 * const program = Effect.gen(function* () {
 *   const breaker = yield* CircuitBreaker.make("payments", {
 *     trip: consecutiveFailures(3),
 *     waitDurationInOpenState: "30 seconds"
 *   })
 *   return yield* breaker.execute(Effect.fail("unavailable"))
 * })
 * ```
 */
import { Duration, Effect, type Exit, type Scope, type Stream } from "effect"
import type { CircuitBreakerEvent } from "./CircuitBreakerEvent.ts"
import { CircuitBreakerOptions, type CircuitBreakerOptionsInput } from "./CircuitBreakerOptions.ts"
import type { CircuitBreakerSavedState } from "./CircuitBreakerSavedState.ts"
import type { CircuitBreakerSnapshot } from "./CircuitBreakerSnapshot.ts"
import type { Outcome, State } from "./CircuitBreakerState.ts"
import type { CircuitOpen } from "./CircuitOpen.ts"
import type { IllegalTransition } from "./IllegalTransition.ts"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import * as anyCircuitBreaker from "./internal/anyCircuitBreaker.ts"
import * as BreakerHost from "./internal/BreakerHost.ts"
import { TypeId as id } from "./internal/breakerTypeId.ts"

export { classifyExit } from "./internal/classifyExit.ts"

export const TypeId: "~@resync/resilience/CircuitBreaker" = id

/** A failure of a dependency that asked to be left alone for some time: it opens the breaker for at least as long. */
export interface FailureWithRetryAfter {
  readonly outcome: "failure"
  readonly retryAfter: Duration.Duration
}

/** A failure, and how long the dependency asked to be left alone. */
export const failureWithRetryAfter = (retryAfter: Duration.Input): FailureWithRetryAfter => ({
  outcome: "failure",
  retryAfter: Duration.fromInputUnsafe(retryAfter)
})

/**
 * Says what an exit means for the breaker. An exit that is only an interruption never reaches it: it is always ignored.
 */
export type Classifier<A, E> = (exit: Exit.Exit<A, E>) => Outcome | FailureWithRetryAfter

export interface CircuitBreaker {
  readonly [TypeId]: typeof TypeId
  readonly name: string
  /** Which one of that name, if it is one of several: see `KeyedCircuitBreaker`. */
  readonly key: string | undefined
  /** What it was registered with to be told apart by; its metric series have them as attributes. */
  readonly tags: Readonly<Record<string, string>>
  /**
   * Runs an effect through the breaker, or fails with `CircuitOpen` without running it. Interruption counts for nothing.
   *
   * A timeout inside the effect is a failure that counts; a timeout around `execute` is an interruption and does not.
   */
  readonly execute: <A, E, R>(
    self: Effect.Effect<A, E, R>,
    classify?: Classifier<A, E>
  ) => Effect.Effect<A, E | CircuitOpen, R>
  readonly options: Effect.Effect<CircuitBreakerOptions>
  readonly state: Effect.Effect<State>
  /** The state as the last call left it, read at once: for what stands in the way of every call. */
  readonly stateUnsafe: () => State
  readonly snapshot: Effect.Effect<CircuitBreakerSnapshot>
  /** What happens from now on. A slow subscriber loses the oldest events and holds up nobody. */
  readonly events: Stream.Stream<CircuitBreakerEvent>
  /** Events of this breaker that slow subscribers lost. */
  readonly droppedEvents: Effect.Effect<number>
  /** Rejects every call until another command. */
  readonly forceOpen: Effect.Effect<void>
  /** Closes with empty counts. */
  readonly forceClose: Effect.Effect<void>
  /**
   * Lets probes through now, from `OPEN` and `FORCED_OPEN`; half-open already, it stays as it is. From other states it is an
   * error, and so it is for a breaker that is shared, whose probes its store gives out.
   */
  readonly forceHalfOpen: Effect.Effect<void, IllegalTransition>
  /** Lets every call through and records nothing until another command. */
  readonly disable: Effect.Effect<void>
  /** Lets every call through, counts, and never opens until another command. */
  readonly metricsOnly: Effect.Effect<void>
  /** Closes with empty counts, also when it is closed already. */
  readonly reset: Effect.Effect<void>
  /** Rejects every call as long as somebody who isolates it holds a scope open; closes with empty counts after the last. */
  readonly isolate: Effect.Effect<void, never, Scope.Scope>
  /**
   * Replaces the options and keeps the state; what was counted under the old ones is dropped, and so is the outcome of what is
   * under way. Probes under way in `HALF_OPEN` keep their permits until they are back, so that no more than permitted run.
   */
  readonly reconfigure: (options: CircuitBreakerOptionsInput) => Effect.Effect<void, InvalidOptions>
  /** What is worth keeping of its state across a restart. */
  readonly save: Effect.Effect<CircuitBreakerSavedState>
  /** Takes over a state that was kept. */
  readonly restore: (saved: CircuitBreakerSavedState) => Effect.Effect<void>
}

/**
 * Makes a breaker of its own. Within an application take it from `CircuitBreakerRegistry`, where it can be found, watched
 * and steered. Its metric series go with the scope.
 */
export const make: (
  name: string,
  options?: CircuitBreakerOptionsInput
) => Effect.Effect<CircuitBreaker, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (name, input = {}) {
  const options = yield* decode(CircuitBreakerOptions, "CircuitBreaker", name)(input)
  return yield* anyCircuitBreaker.make(yield* BreakerHost.make(), name, options)
})
