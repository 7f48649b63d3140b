/**
 * Circuit breakers of one name and one set of options, one for each key: each tenant, host or shard fails for itself, and one
 * that is down does not close off the others.
 *
 * A key's breaker is made at its first call. It is forgotten when it has been closed and unused for some time, or sooner when
 * there are too many; one that is open, probing or warming up, or has a call under way, never is. No key is in a metric:
 * the series are those of all keys together.
 *
 * **Example**
 *
 * ```ts
 * import { Effect } from "effect"
 * import { consecutiveFailures } from "@resync/resilience/CircuitBreakerOptions"
 * import * as KeyedCircuitBreaker from "@resync/resilience/KeyedCircuitBreaker"
 *
 * declare const ask: (host: string) => Effect.Effect<string>
 *
 * const program = Effect.gen(function* () {
 *   const breakers = yield* KeyedCircuitBreaker.make("agents", { trip: consecutiveFailures(3) })
 *   return yield* breakers.execute("agent-7", ask("agent-7"))
 * })
 * ```
 */
import { Clock, Effect, type Scope, type Stream } from "effect"
import type { CircuitBreaker, Classifier } from "./CircuitBreaker.ts"
import type { CircuitBreakerEvent } from "./CircuitBreakerEvent.ts"
import type { CircuitBreakerOptions } from "./CircuitBreakerOptions.ts"
import type { CircuitBreakerSnapshot } from "./CircuitBreakerSnapshot.ts"
import type { CircuitOpen } from "./CircuitOpen.ts"
import type { InvalidOptions } from "./InvalidOptions.ts"
import * as BreakerHost from "./internal/BreakerHost.ts"
import { Keyed } from "./internal/Keyed.ts"
import { decodeOptions, type KeyedCircuitBreakerOptionsInput, type KeyedOptions } from "./KeyedCircuitBreakerOptions.ts"

export interface KeyedCircuitBreaker {
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  /** Runs an effect through the breaker of a key, or fails with `CircuitOpen` without running it. */
  readonly execute: <A, E, R>(
    key: string,
    self: Effect.Effect<A, E, R>,
    classify?: Classifier<A, E>
  ) => Effect.Effect<A, E | CircuitOpen, R>
  /**
   * The breaker of a key, made if there is none. It may be forgotten once it is idle, and then what is called through it is
   * not what others see: take it anew when it is needed.
   */
  readonly get: (key: string) => Effect.Effect<CircuitBreaker>
  /** The keys that have a breaker now, in the order in which they came. */
  readonly keys: Effect.Effect<ReadonlyArray<string>>
  /** The breakers that there are now. */
  readonly snapshot: Effect.Effect<ReadonlyArray<CircuitBreakerSnapshot>>
  readonly options: Effect.Effect<CircuitBreakerOptions>
  /** What happens at the breakers of all keys from now on. */
  readonly events: Stream.Stream<CircuitBreakerEvent>
  /** Events that slow subscribers lost. */
  readonly droppedEvents: Effect.Effect<number>
  /** Rejects every call of every key, also of those to come, until another command. */
  readonly forceOpen: Effect.Effect<void>
  /** Closes all with empty counts, and makes new ones as the options say. */
  readonly forceClose: Effect.Effect<void>
  /** Lets probes of all keys through that are open or forced open. */
  readonly forceHalfOpen: Effect.Effect<void>
  /** Lets every call of every key through, also of those to come, and records nothing until another command. */
  readonly disable: Effect.Effect<void>
  /** The same, but counts, and never opens. */
  readonly metricsOnly: Effect.Effect<void>
  /** Closes all with empty counts, also those that are closed already, and makes new ones as the options say. */
  readonly reset: Effect.Effect<void>
  /** Replaces the options for all keys, as `CircuitBreaker.reconfigure` does for one. */
  readonly reconfigure: (options: KeyedCircuitBreakerOptionsInput) => Effect.Effect<void, InvalidOptions>
  /** Forgets now what has been idle for `idleTimeToLive`, and says which keys. Else that is done when a key comes. */
  readonly evictIdle: Effect.Effect<ReadonlyArray<string>>
}

/** Makes breakers by key of their own. Within an application take them from `CircuitBreakerRegistry`. */
export const make: (
  name: string,
  options?: KeyedCircuitBreakerOptionsInput
) => Effect.Effect<KeyedCircuitBreaker, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (name, input = {}) {
  const decoded = yield* decodeOptions(name, input)
  const host = yield* BreakerHost.make({ tracked: true })
  return yield* makeWith(host, name, decoded)
})

/** Makes them among those of a registry. */
export const makeWith = (
  host: BreakerHost.BreakerHost,
  name: string,
  { bounds, options }: KeyedOptions,
  tags?: Readonly<Record<string, string>>
): Effect.Effect<KeyedCircuitBreaker, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.map(Clock.Clock, (clock) => {
      const keyed = new Keyed(host, clock, name, options, bounds, tags)
      keyed.show()
      return keyed
    }),
    (keyed) => Effect.sync(() => keyed.end())
  )
