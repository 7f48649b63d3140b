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
import { Context, Effect, Layer, Schema, Scope, Semaphore, type Stream } from "effect"
import { type BaseConfigInvalid, inherit } from "./BaseConfig.ts"
import type * as CircuitBreaker from "./CircuitBreaker.ts"
import { type CircuitBreakerEvent } from "./CircuitBreakerEvent.ts"
import { CircuitBreakerOptions, type CircuitBreakerOptionsInput, equals } from "./CircuitBreakerOptions.ts"
import { type CircuitBreakerSnapshot } from "./CircuitBreakerSnapshot.ts"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import * as anyCircuitBreaker from "./internal/anyCircuitBreaker.ts"
import * as BreakerHost from "./internal/BreakerHost.ts"
import { stated } from "./internal/stated.ts"
import { SharedState } from "./SharedState.ts"

/** No breaker of this name is registered. */
export class CircuitBreakerNotFound extends Schema.TaggedError<CircuitBreakerNotFound>()("CircuitBreakerNotFound", {
  name: Schema.String
}) {
  override get message(): string {
    return `No circuit breaker named ${this.name}`
  }
}

/** A breaker of this name is registered with other options. */
export class CircuitBreakerConflict extends Schema.TaggedError<CircuitBreakerConflict>()("CircuitBreakerConflict", {
  name: Schema.String,
  registered: CircuitBreakerOptions,
  requested: CircuitBreakerOptions
}) {
  override get message(): string {
    return `Circuit breaker ${this.name} is registered with other options`
  }
}

/** Options of a breaker, or of a configuration that others inherit from. What is not said comes from `baseConfig`. */
export interface CircuitBreakerConfig extends CircuitBreakerOptionsInput {
  /** The configuration to inherit from. Default: the one named `default`, if there is one. */
  readonly baseConfig?: string | undefined
}

type Steer = (name: string) => Effect.Effect<void, CircuitBreakerNotFound>

export class CircuitBreakerRegistry extends Context.Service<
  CircuitBreakerRegistry,
  {
    /**
     * The breaker of this name: made at the first call, the same one at every other, also after it was reconfigured. Asking
     * for other options than it was made with is an error, and so is an unknown `baseConfig`; asking without options takes it
     * as it is.
     */
    readonly register: (
      name: string,
      config?: CircuitBreakerConfig
    ) => Effect.Effect<CircuitBreaker.CircuitBreaker, CircuitBreakerConflict | BaseConfigInvalid | InvalidOptions>
    readonly get: (name: string) => Effect.Effect<CircuitBreaker.CircuitBreaker, CircuitBreakerNotFound>
    /** All breakers, in the order of their registration. */
    readonly list: Effect.Effect<ReadonlyArray<CircuitBreaker.CircuitBreaker>>
    /** All breakers as they are at one moment. */
    readonly snapshot: Effect.Effect<ReadonlyArray<CircuitBreakerSnapshot>>
    /** What happens at all breakers from now on, those registered later included. */
    readonly events: Stream.Stream<CircuitBreakerEvent>
    /** Events that slow subscribers lost. */
    readonly droppedEvents: Effect.Effect<number>
    readonly forceOpen: Steer
    readonly forceClose: Steer
    readonly disable: Steer
    readonly reset: Steer
  }
>()("@resync/resilience/CircuitBreakerRegistry") {
  /** A registry with shared configurations by name. Breakers live as long as the layer. */
  static readonly layer = (options?: {
    readonly configs?: Readonly<Record<string, CircuitBreakerConfig>> | undefined
  }): Layer.Layer<CircuitBreakerRegistry> => Layer.effect(CircuitBreakerRegistry, make(options?.configs ?? {}))
}

const inheritance = {
  implicitBase: "default",
  merge: (base: CircuitBreakerOptionsInput, own: CircuitBreakerOptionsInput): CircuitBreakerOptionsInput => ({
    ...base,
    ...stated(own)
  })
}

interface Entry {
  readonly breaker: CircuitBreaker.CircuitBreaker
  /** The options it was made with. */
  readonly registered: CircuitBreakerOptions
}

const make = Effect.fnUntraced(function* (configs: Readonly<Record<string, CircuitBreakerConfig>>) {
  const scope = yield* Effect.scope
  const sharing = yield* SharedState.inherited
  const host = yield* BreakerHost.make()
  const entries = new Map<string, Entry>()
  // Fibers that ask for one new name at the same time must get one breaker.
  const registration = yield* Semaphore.make(1)

  const register = Effect.fnUntraced(function* (name: string, config?: CircuitBreakerConfig) {
    const known = entries.get(name)
    if (known !== undefined && config === undefined) return known.breaker
    const requested = yield* decode(
      CircuitBreakerOptions,
      "CircuitBreaker",
      name
    )(yield* inherit(configs, config ?? {}, inheritance))
    if (known === undefined) {
      const breaker = yield* anyCircuitBreaker
        .make(host, name, requested)
        .pipe(Scope.provide(scope), Effect.provideContext(sharing))
      entries.set(name, { breaker, registered: requested })
      return breaker
    }
    const { breaker, registered } = known
    return equals(registered, requested) ? breaker : yield* new CircuitBreakerConflict({ name, registered, requested })
  }, registration.withPermit)

  const get = (name: string) =>
    Effect.suspend(() => {
      const entry = entries.get(name)
      return entry === undefined ? Effect.fail(new CircuitBreakerNotFound({ name })) : Effect.succeed(entry.breaker)
    })

  const list = Effect.sync(() => Array.from(entries.values(), (entry) => entry.breaker))

  return CircuitBreakerRegistry.of({
    register,
    get,
    list,
    snapshot: Effect.flatMap(
      list,
      Effect.forEach((breaker) => breaker.snapshot)
    ),
    events: host.bus.stream,
    droppedEvents: host.bus.dropped,
    forceOpen: (name) => Effect.flatMap(get(name), (breaker) => breaker.forceOpen),
    forceClose: (name) => Effect.flatMap(get(name), (breaker) => breaker.forceClose),
    disable: (name) => Effect.flatMap(get(name), (breaker) => breaker.disable),
    reset: (name) => Effect.flatMap(get(name), (breaker) => breaker.reset)
  })
})
