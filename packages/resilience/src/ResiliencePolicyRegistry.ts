/** The one place of an application where its policies are, by name: made, found, listed and changed while they run. */
import { Clock, Context, Effect, Exit, Layer, Schema, Scope, Semaphore, type Stream } from "effect"
import { inherit } from "./BaseConfig.ts"
import { CircuitBreakerRegistry, type RegistrationError } from "./CircuitBreakerRegistry.ts"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import * as EventBus from "./internal/EventBus.ts"
import type { RegistryEvent } from "./RegistryEvent.ts"
import * as Policy from "./ResiliencePolicy.ts"
import {
  merge,
  Pattern,
  type PolicyErrorOf,
  ResiliencePolicyOptions,
  type ResiliencePolicyOptionsInput
} from "./ResiliencePolicyOptions.ts"
import { SharedState } from "./SharedState.ts"

/** No policy of this name is registered. */
export class ResiliencePolicyNotFound extends Schema.TaggedError<ResiliencePolicyNotFound>()(
  "ResiliencePolicyNotFound",
  { name: Schema.String }
) {
  override get message(): string {
    return `No resilience policy named ${this.name}`
  }
}

/** A policy of this name is registered with other options. */
export class ResiliencePolicyConflict extends Schema.TaggedError<ResiliencePolicyConflict>()(
  "ResiliencePolicyConflict",
  { name: Schema.String }
) {
  override get message(): string {
    return `Resilience policy ${this.name} is registered with other options`
  }
}

/** Options of a policy, or of a configuration that others inherit from. What is not said comes from `baseConfig`. */
export interface ResiliencePolicyConfig extends ResiliencePolicyOptionsInput {
  readonly baseConfig?: string | undefined
}

/** A policy as it is now. */
export const ResiliencePolicySnapshot = Schema.Struct({
  name: Schema.String,
  options: ResiliencePolicyOptions,
  /** The patterns, the outermost first. */
  order: Schema.Array(Pattern)
}).annotate({ identifier: "ResiliencePolicySnapshot" })
export type ResiliencePolicySnapshot = typeof ResiliencePolicySnapshot.Type

export class ResiliencePolicyRegistry extends Context.Service<
  ResiliencePolicyRegistry,
  {
    /**
     * The policy of this name: made at the first call, the same one at every other, also after it was reconfigured. Its
     * breaker is registered under the same name. Asking for other options than it was made with is an error.
     */
    readonly register: <const Config extends ResiliencePolicyConfig>(
      name: string,
      config: Config
    ) => Effect.Effect<Policy.ResiliencePolicy<PolicyErrorOf<Config>>, ResiliencePolicyConflict | RegistrationError>
    /**
     * Takes a policy out, and with it its breaker and the metric series of both. Who holds it keeps a working policy of his
     * own; calls under way end as they would.
     */
    readonly remove: (name: string) => Effect.Effect<void, ResiliencePolicyNotFound>
    readonly get: (name: string) => Effect.Effect<Policy.ResiliencePolicy, ResiliencePolicyNotFound>
    /** All policies, in the order of their registration. */
    readonly list: Effect.Effect<ReadonlyArray<Policy.ResiliencePolicy>>
    readonly snapshot: Effect.Effect<ReadonlyArray<ResiliencePolicySnapshot>>
    /** Which policies come and go from now on. */
    readonly changes: Stream.Stream<RegistryEvent>
    /** Events of `changes` that slow subscribers lost. */
    readonly droppedEvents: Effect.Effect<number>
    /** Changes options of a policy while it runs. */
    readonly reconfigure: (
      name: string,
      patch: ResiliencePolicyOptionsInput
    ) => Effect.Effect<ResiliencePolicySnapshot, ResiliencePolicyNotFound | InvalidOptions>
  }
>()("@resync/resilience/ResiliencePolicyRegistry") {
  /** A registry with shared configurations by name. Policies live as long as the layer. */
  static readonly layer = (options?: {
    readonly configs?: Readonly<Record<string, ResiliencePolicyConfig>> | undefined
  }): Layer.Layer<ResiliencePolicyRegistry, never, CircuitBreakerRegistry> =>
    Layer.effect(ResiliencePolicyRegistry, make(options?.configs ?? {}))
}

/** The policy as it is now. */
export const snapshotOf = (policy: Policy.ResiliencePolicy): Effect.Effect<ResiliencePolicySnapshot> =>
  Effect.zipWith(policy.options, policy.layers, (options, layers) => ({
    name: policy.name,
    options,
    order: layers.map((layer) => layer.pattern)
  }))

interface Entry {
  readonly policy: Policy.ResiliencePolicy
  /** The options it was made with, in their canonical form. */
  readonly identity: string
  readonly scope: Scope.Closeable
}

const make = Effect.fnUntraced(function* (configs: Readonly<Record<string, ResiliencePolicyConfig>>) {
  const scope = yield* Effect.scope
  const sharing = yield* SharedState.inherited
  const breakers = yield* CircuitBreakerRegistry
  const entries = new Map<string, Entry>()
  const registration = yield* Semaphore.make(1)
  const changes = EventBus.make<RegistryEvent>()
  const clock = yield* Clock.Clock
  const canonical = Schema.encodeEffect(Schema.fromJsonString(ResiliencePolicyOptions))

  const register = Effect.fnUntraced(function* (name: string, config: ResiliencePolicyConfig) {
    const input = yield* inherit(configs, config, { merge })
    const options = yield* decode(ResiliencePolicyOptions, "ResiliencePolicy", name)(input)
    const identity = yield* Effect.orDie(canonical(options))
    const known = entries.get(name)
    if (known !== undefined) {
      return known.identity === identity ? known.policy : yield* new ResiliencePolicyConflict({ name })
    }
    const breaker =
      options.circuitBreaker && (yield* breakers.register(name, { ...options.circuitBreaker, evictable: false }))
    const own = yield* Scope.fork(scope)
    const policy = yield* Policy.makeWith(name, options, breaker).pipe(
      Scope.provide(own),
      Effect.provideContext(sharing)
    )
    entries.set(name, { policy, identity, scope: own })
    changes.publish(() => ({ _tag: "Added", name, at: clock.currentTimeMillisUnsafe() }))
    return policy
  }, registration.withPermit)

  const remove = Effect.fnUntraced(function* (name: string) {
    const entry = entries.get(name)
    if (entry === undefined) return yield* new ResiliencePolicyNotFound({ name })
    entries.delete(name)
    const { circuitBreaker } = yield* entry.policy.options
    if (circuitBreaker !== undefined) yield* Effect.ignore(breakers.remove(name))
    yield* Scope.close(entry.scope, Exit.void)
    changes.publish(() => ({ _tag: "Removed", name, at: clock.currentTimeMillisUnsafe(), reason: "removed" }))
  }, registration.withPermit)

  const get = (name: string) =>
    Effect.suspend(() => {
      const entry = entries.get(name)
      return entry === undefined ? Effect.fail(new ResiliencePolicyNotFound({ name })) : Effect.succeed(entry.policy)
    })

  const list = Effect.sync(() => Array.from(entries.values(), (entry) => entry.policy))

  return ResiliencePolicyRegistry.of({
    // The errors of a policy follow from the parts that its options have, which is what the type says of them.
    register: register as ResiliencePolicyRegistry["Service"]["register"],
    remove,
    changes: changes.stream,
    droppedEvents: changes.dropped,
    get,
    list,
    snapshot: Effect.flatMap(list, Effect.forEach(snapshotOf)),
    reconfigure: Effect.fnUntraced(function* (name: string, patch: ResiliencePolicyOptionsInput) {
      const policy = yield* get(name)
      yield* policy.reconfigure(patch)
      return yield* snapshotOf(policy)
    })
  })
})
