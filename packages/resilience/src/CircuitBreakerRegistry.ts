/**
 * The one place of an application where its circuit breakers are: registered by name, found, listed, watched and steered.
 *
 * **Example**
 *
 * ```ts
 * import { Effect } from "effect"
 * import { consecutiveFailures } from "@resync/resilience/CircuitBreakerOptions"
 * import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
 *
 * const program = Effect.gen(function* () {
 *   const registry = yield* CircuitBreakerRegistry
 *   const breaker = yield* registry.register("tws_jobs_status", { baseConfig: "tws" })
 *   return yield* breaker.execute(Effect.succeed("up"))
 * }).pipe(
 *   Effect.provide(
 *     CircuitBreakerRegistry.layer({
 *       configs: { tws: { trip: consecutiveFailures(3), waitDurationInOpenState: "30 seconds" } }
 *     })
 *   )
 * )
 * ```
 */
import { Context, type Duration, type Effect, Layer, Schema, type Stream } from "effect"
import type { BaseConfigInvalid } from "./BaseConfig.ts"
import type * as CircuitBreaker from "./CircuitBreaker.ts"
import type { CircuitBreakerEvent } from "./CircuitBreakerEvent.ts"
import type { CircuitBreakerHealth } from "./CircuitBreakerHealth.ts"
import { CircuitBreakerOptions, type CircuitBreakerOptionsInput } from "./CircuitBreakerOptions.ts"
import type { CircuitBreakerSnapshot } from "./CircuitBreakerSnapshot.ts"
import type { IllegalTransition } from "./IllegalTransition.ts"
import type { InvalidOptions } from "./InvalidOptions.ts"
import * as breakerRegistry from "./internal/breakerRegistry.ts"
import type { KeyedCircuitBreaker } from "./KeyedCircuitBreaker.ts"
import type { KeyedCircuitBreakerOptionsInput } from "./KeyedCircuitBreakerOptions.ts"
import type { RegistryEvent } from "./RegistryEvent.ts"

/** No breaker of this name is registered. */
export class CircuitBreakerNotFound extends Schema.TaggedError<CircuitBreakerNotFound>()("CircuitBreakerNotFound", {
  name: Schema.String
}) {
  override get message(): string {
    return `No circuit breaker named ${this.name}`
  }
}

/** A breaker of this name is registered with other options or tags, or one has keys and the other has not. */
export class CircuitBreakerConflict extends Schema.TaggedError<CircuitBreakerConflict>()("CircuitBreakerConflict", {
  name: Schema.String,
  registered: CircuitBreakerOptions,
  requested: CircuitBreakerOptions
}) {
  override get message(): string {
    return `Circuit breaker ${this.name} is registered with other options`
  }
}

/** There are as many breakers as there may be, and none of them is idle. */
export class CircuitBreakerRegistryFull extends Schema.TaggedError<CircuitBreakerRegistryFull>()(
  "CircuitBreakerRegistryFull",
  { name: Schema.String, maxBreakers: Schema.Int }
) {
  override get message(): string {
    return `No room for circuit breaker ${this.name}: ${this.maxBreakers} are in use`
  }
}

/** What a breaker is registered with beside its options, or a configuration that others inherit from. */
interface Registration {
  /** The configuration to inherit from. Default: the one named `default`, if there is one. */
  readonly baseConfig?: string | undefined
  /** To be told apart by, as attributes of its metric series. They come on top of those of what it inherits from. */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** Whether the registry may evict it when it is idle, if it evicts at all; it may by default. */
  readonly evictable?: boolean | undefined
}

/** Options of a breaker, or of a configuration that others inherit from. What is not said comes from `baseConfig`. */
export interface CircuitBreakerConfig extends CircuitBreakerOptionsInput, Registration {}

/** The same for breakers by key. */
export interface KeyedCircuitBreakerConfig extends KeyedCircuitBreakerOptionsInput, Registration {}

/**
 * - `configs`: configurations that breakers inherit from, by name.
 * - `tags`: what all breakers have on top of their own; one's own tag of a name counts.
 * - `eviction`: nothing is evicted without. A breaker that is closed for good, has no call under way and has not been called
 *   for `idleTimeToLive`, an hour by default, goes when another one is registered; where there are `maxBreakers`, unbounded by
 *   default, the longest unused goes sooner. One that is not idle never goes: then the registry grows, or with
 *   `whenFull: "fail"` registering fails. Who still holds one that is gone has a working breaker of his own.
 * - `eventBufferSize`: events that each subscriber may be behind, 256 by default.
 */
export interface CircuitBreakerRegistryOptions {
  readonly configs?: Readonly<Record<string, CircuitBreakerConfig>> | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly eviction?:
    | {
        readonly maxBreakers?: number | undefined
        readonly idleTimeToLive?: Duration.Input | undefined
        readonly whenFull?: "grow" | "fail" | undefined
      }
    | undefined
  readonly eventBufferSize?: number | undefined
}

/** Why a breaker could not be registered. */
export type RegistrationError = CircuitBreakerConflict | CircuitBreakerRegistryFull | BaseConfigInvalid | InvalidOptions

type Steer<E = never> = (name: string) => Effect.Effect<void, CircuitBreakerNotFound | E>

export class CircuitBreakerRegistry extends Context.Service<
  CircuitBreakerRegistry,
  {
    /**
     * The breaker of this name: made at the first call, the same one at every other, also after it was reconfigured. Asking
     * for other options or tags than it was made with is an error, and so is an unknown `baseConfig`; asking without a
     * configuration takes it as it is.
     */
    readonly register: (
      name: string,
      config?: CircuitBreakerConfig
    ) => Effect.Effect<CircuitBreaker.CircuitBreaker, RegistrationError>
    /** The same for one breaker per key. Commands by this name are for all keys. */
    readonly registerKeyed: (
      name: string,
      config?: KeyedCircuitBreakerConfig
    ) => Effect.Effect<KeyedCircuitBreaker, RegistrationError>
    /** Puts a new breaker under a name, closed and with nothing counted. Who holds the one before keeps that. */
    readonly replace: (
      name: string,
      config?: CircuitBreakerConfig
    ) => Effect.Effect<CircuitBreaker.CircuitBreaker, RegistrationError>
    /** Takes what is under a name out, and its metric series. Who holds it keeps a working breaker of his own. */
    readonly remove: Steer
    /** Evicts now what has been idle for long enough, and says which. */
    readonly evictIdle: Effect.Effect<ReadonlyArray<string>>
    readonly get: (name: string) => Effect.Effect<CircuitBreaker.CircuitBreaker, CircuitBreakerNotFound>
    /** All breakers without keys, in the order of their registration. */
    readonly list: Effect.Effect<ReadonlyArray<CircuitBreaker.CircuitBreaker>>
    readonly listKeyed: Effect.Effect<ReadonlyArray<KeyedCircuitBreaker>>
    /** All breakers as they are at one moment, those of each key included. */
    readonly snapshot: Effect.Effect<ReadonlyArray<CircuitBreakerSnapshot>>
    /** Whether any of them rejects or probes, as one verdict. */
    readonly health: Effect.Effect<CircuitBreakerHealth>
    /** What happens at all breakers from now on, those registered later included. */
    readonly events: Stream.Stream<CircuitBreakerEvent>
    /** Which breakers come and go from now on. */
    readonly changes: Stream.Stream<RegistryEvent>
    /** Events, of both kinds, that slow subscribers lost. */
    readonly droppedEvents: Effect.Effect<number>
    /** Changes some options of a breaker while it runs and keeps its state, as its `reconfigure` does. */
    readonly reconfigure: (
      name: string,
      patch: CircuitBreakerOptionsInput
    ) => Effect.Effect<void, CircuitBreakerNotFound | InvalidOptions>
    readonly forceOpen: Steer
    readonly forceClose: Steer
    readonly forceHalfOpen: Steer<IllegalTransition>
    readonly disable: Steer
    readonly metricsOnly: Steer
    readonly reset: Steer
  }
>()("@resync/resilience/CircuitBreakerRegistry") {
  /** A registry. Its breakers live as long as the layer. */
  static readonly layer = (options: CircuitBreakerRegistryOptions = {}): Layer.Layer<CircuitBreakerRegistry> =>
    Layer.effect(CircuitBreakerRegistry, breakerRegistry.make(options))
}
