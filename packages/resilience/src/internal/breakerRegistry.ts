import { Duration, Effect, Equal, Exit, Scope, Semaphore } from "effect"
import { inherit } from "../BaseConfig.ts"
import type { CircuitBreaker } from "../CircuitBreaker.ts"
import * as CircuitBreakerHealth from "../CircuitBreakerHealth.ts"
import { CircuitBreakerOptions, equals } from "../CircuitBreakerOptions.ts"
import * as Registry from "../CircuitBreakerRegistry.ts"
import { decode } from "../InvalidOptions.ts"
import type { KeyedCircuitBreaker } from "../KeyedCircuitBreaker.ts"
import { decodeOptions, type KeyedOptions } from "../KeyedCircuitBreakerOptions.ts"
import type { RegistryEvent } from "../RegistryEvent.ts"
import { SharedState } from "../SharedState.ts"
import * as anyCircuitBreaker from "./anyCircuitBreaker.ts"
import { Breaker } from "./Breaker.ts"
import * as BreakerHost from "./BreakerHost.ts"
import * as EventBus from "./EventBus.ts"
import * as idle from "./idle.ts"
import * as interned from "./interned.ts"
import { Keyed } from "./Keyed.ts"
import { stated } from "./stated.ts"

type Tags = Readonly<Record<string, string>>

/** What a breaker is registered with. */
interface Registered {
  readonly options: CircuitBreakerOptions
  readonly tags: Tags | undefined
  readonly evictable: boolean
}

interface Plain extends Registered {
  readonly breaker: CircuitBreaker
  /** Of one that holds more than itself. */
  readonly scope: Scope.Closeable | undefined
}

interface WithKeys extends Registered {
  readonly keyed: Keyed
  readonly bounds: KeyedOptions["bounds"]
}

type Entry = Plain | WithKeys

type Config = Registry.KeyedCircuitBreakerConfig & Registry.CircuitBreakerConfig

const merge = (base: Config, own: Config): Config => {
  const tags = { ...base.tags, ...own.tags }
  return { ...base, ...stated(own), ...(Object.keys(tags).length === 0 ? {} : { tags }) }
}

const boundsOf = (eviction: NonNullable<Registry.CircuitBreakerRegistryOptions["eviction"]>): idle.Bounds => ({
  timeToLive: Duration.toMillis(Duration.fromInputUnsafe(eviction.idleTimeToLive ?? "1 hour")),
  most: eviction.maxBreakers ?? Number.POSITIVE_INFINITY
})

export const make = Effect.fnUntraced(function* (settings: Registry.CircuitBreakerRegistryOptions) {
  const { configs = {}, eventBufferSize, eviction } = settings
  const scope = yield* Effect.scope
  const sharing = yield* SharedState.inherited
  const host = yield* BreakerHost.make({ tracked: eviction !== undefined, eventBufferSize })
  const keyedHost: BreakerHost.BreakerHost = { ...host, tracked: true }
  const changes = EventBus.make<RegistryEvent>(eventBufferSize)
  const entries = new Map<string, Entry>()
  const choice = idle.make()
  const sameOptions = interned.make(equals)
  const sameTags = interned.make<Tags>(Equal.equals)
  // Fibers that ask for one new name at the same time must get one breaker.
  const registration = yield* Semaphore.make(1)

  const tell = (_tag: "Added" | "Replaced", name: string) =>
    changes.publish(() => ({ _tag, name, at: host.clock.currentTimeMillisUnsafe() }))

  // One finalizer for all: one for each would be a good part of what a breaker takes.
  yield* Effect.addFinalizer(() => Effect.forEach(entries.values(), end, { discard: true }))

  const resolve = Effect.fnUntraced(function* (name: string, config: Config) {
    const {
      evictable = true,
      tags,
      ...input
    } = yield* inherit<Config>(configs, config, {
      implicitBase: "default",
      merge
    })
    const all = { ...settings.tags, ...tags }
    return { input, evictable, tags: Object.keys(all).length === 0 ? undefined : sameTags(all), name }
  })

  const resolvePlain = Effect.fnUntraced(function* (name: string, config: Config) {
    const { evictable, input, tags } = yield* resolve(name, config)
    return {
      options: sameOptions(yield* decode(CircuitBreakerOptions, "CircuitBreaker", name)(input)),
      tags,
      evictable
    } satisfies Registered
  })

  let byDefault: Registered | undefined

  /** What a breaker without a configuration of its own is registered with is worked out once. */
  const registeredAs = (name: string, config: Config | undefined) =>
    config !== undefined
      ? resolvePlain(name, config)
      : byDefault !== undefined
        ? Effect.succeed(byDefault)
        : Effect.tap(resolvePlain(name, {}), (known) =>
            Effect.sync(() => {
              byDefault = known
            })
          )

  const evict = (breakers: ReadonlyArray<Breaker>): ReadonlyArray<string> =>
    breakers.map((breaker) => {
      entries.delete(breaker.name)
      breaker.end()
      const at = host.clock.currentTimeMillisUnsafe()
      changes.publish(() => ({ _tag: "Removed", name: breaker.name, at, reason: "evicted" }))
      return breaker.name
    })

  const evictable = function* (): Generator<Breaker> {
    for (const entry of entries.values()) {
      if (entry.evictable && "breaker" in entry && entry.breaker instanceof Breaker) yield entry.breaker
    }
  }

  const time = () => Number(host.clock.monotonicTimeNanosUnsafe()) / 1_000_000

  const makeRoom = (name: string): Effect.Effect<void, Registry.CircuitBreakerRegistryFull> =>
    Effect.suspend(() => {
      if (eviction === undefined) return Effect.void
      const bounds = boundsOf(eviction)
      evict(choice.toAdd(evictable(), entries.size, bounds, time()))
      return eviction.whenFull === "fail" && entries.size >= bounds.most
        ? Effect.fail(new Registry.CircuitBreakerRegistryFull({ name, maxBreakers: bounds.most }))
        : Effect.void
    })

  const makePlain = Effect.fnUntraced(function* (name: string, registered: Registered) {
    const { options, tags } = registered
    if (options.shared === undefined) {
      const breaker = new Breaker(host, name, options, tags)
      breaker.show()
      return { ...registered, breaker, scope: undefined } satisfies Plain
    }
    const own = yield* Scope.fork(scope)
    const breaker = yield* anyCircuitBreaker
      .make(host, name, options, tags)
      .pipe(Scope.provide(own), Effect.provideContext(sharing))
    return { ...registered, breaker, scope: own } satisfies Plain
  })

  const conflict = (name: string, known: Registered, requested: Registered) =>
    Effect.fail(new Registry.CircuitBreakerConflict({ name, registered: known.options, requested: requested.options }))

  const same = (known: Registered, requested: Registered): boolean =>
    equals(known.options, requested.options) && Equal.equals(known.tags, requested.tags)

  const register = Effect.fnUntraced(function* (name: string, config?: Registry.CircuitBreakerConfig) {
    const known = entries.get(name)
    if (known !== undefined && "breaker" in known && config === undefined) return known.breaker
    const requested = yield* registeredAs(name, config)
    if (known !== undefined) {
      return "breaker" in known && same(known, requested) ? known.breaker : yield* conflict(name, known, requested)
    }
    yield* makeRoom(name)
    const entry = yield* makePlain(name, requested)
    entries.set(name, entry)
    tell("Added", name)
    return entry.breaker
  }, registration.withPermit)

  const registerKeyed = Effect.fnUntraced(function* (name: string, config?: Registry.KeyedCircuitBreakerConfig) {
    const known = entries.get(name)
    if (known !== undefined && "keyed" in known && config === undefined) return known.keyed
    const { evictable, input, tags } = yield* resolve(name, config ?? {})
    const { bounds, options } = yield* decodeOptions(name, input)
    const requested: Registered = { options, tags, evictable }
    if (known !== undefined) {
      return "keyed" in known && same(known, requested) && Equal.equals(known.bounds, bounds)
        ? known.keyed
        : yield* conflict(name, known, requested)
    }
    yield* makeRoom(name)
    const keyed = new Keyed(keyedHost, host.clock, name, options, bounds, tags)
    keyed.show()
    entries.set(name, { ...requested, keyed, bounds })
    tell("Added", name)
    return keyed
  }, registration.withPermit)

  const replace = Effect.fnUntraced(function* (name: string, config?: Registry.CircuitBreakerConfig) {
    const requested = yield* registeredAs(name, config)
    const known = entries.get(name)
    if (known === undefined) yield* makeRoom(name)
    else yield* end(known)
    const entry = yield* makePlain(name, requested)
    entries.set(name, entry)
    tell(known === undefined ? "Added" : "Replaced", name)
    return entry.breaker
  }, registration.withPermit)

  const entryOf = (name: string) =>
    Effect.suspend(() => {
      const entry = entries.get(name)
      return entry === undefined ? Effect.fail(new Registry.CircuitBreakerNotFound({ name })) : Effect.succeed(entry)
    })

  const remove = Effect.fnUntraced(function* (name: string) {
    const entry = yield* entryOf(name)
    entries.delete(name)
    yield* end(entry)
    const at = host.clock.currentTimeMillisUnsafe()
    changes.publish(() => ({ _tag: "Removed", name, at, reason: "removed" }))
  }, registration.withPermit)

  const get = (name: string) =>
    Effect.flatMap(entryOf(name), (entry) =>
      "breaker" in entry ? Effect.succeed(entry.breaker) : Effect.fail(new Registry.CircuitBreakerNotFound({ name }))
    )

  const steer =
    <E>(command: (of: CircuitBreaker | KeyedCircuitBreaker) => Effect.Effect<void, E>) =>
    (name: string) =>
      Effect.flatMap(entryOf(name), (entry) => command("breaker" in entry ? entry.breaker : entry.keyed))

  const snapshot = Effect.suspend(() =>
    Effect.map(
      Effect.forEach([...entries.values()], (entry) =>
        "breaker" in entry ? Effect.map(entry.breaker.snapshot, (one) => [one]) : entry.keyed.snapshot
      ),
      (snapshots) => snapshots.flat()
    )
  )

  return Registry.CircuitBreakerRegistry.of({
    register,
    registerKeyed,
    replace,
    remove,
    evictIdle: Effect.sync(() =>
      eviction === undefined ? [] : evict(choice.expired(evictable(), boundsOf(eviction), time()))
    ),
    get,
    list: Effect.sync(() => [...entries.values()].flatMap((entry) => ("breaker" in entry ? [entry.breaker] : []))),
    listKeyed: Effect.sync(() => [...entries.values()].flatMap((entry) => ("keyed" in entry ? [entry.keyed] : []))),
    snapshot,
    health: Effect.map(snapshot, CircuitBreakerHealth.of),
    events: host.bus.stream,
    changes: changes.stream,
    droppedEvents: Effect.zipWith(host.bus.dropped, changes.dropped, (a, b) => a + b),
    reconfigure: Effect.fnUntraced(function* (name, patch) {
      const entry = yield* entryOf(name)
      const options = { ...(yield* ("breaker" in entry ? entry.breaker : entry.keyed).options), ...stated(patch) }
      yield* "breaker" in entry
        ? entry.breaker.reconfigure(options)
        : entry.keyed.reconfigure({ ...options, ...entry.bounds })
    }),
    forceOpen: steer((breaker) => breaker.forceOpen),
    forceClose: steer((breaker) => breaker.forceClose),
    forceHalfOpen: steer((breaker) => breaker.forceHalfOpen),
    disable: steer((breaker) => breaker.disable),
    metricsOnly: steer((breaker) => breaker.metricsOnly),
    reset: steer((breaker) => breaker.reset)
  })
})

/** Ends what a breaker has outside of itself. */
const end = (entry: Entry): Effect.Effect<void> =>
  Effect.suspend(() => {
    if ("keyed" in entry) entry.keyed.end()
    else if (entry.scope !== undefined) return Scope.close(entry.scope, Exit.void)
    else if (entry.breaker instanceof Breaker) entry.breaker.end()
    return Effect.void
  })
