import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Random, Stream } from "effect"
import { TestClock } from "effect/testing"
import { consecutiveFailures } from "../src/CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry, type CircuitBreakerRegistryOptions } from "../src/CircuitBreakerRegistry.ts"
import * as Events from "../src/testing/Events.ts"
import * as MetricSeries from "./MetricSeries.ts"

const withRegistry = <A, E, R>(
  self: (registry: CircuitBreakerRegistry["Service"]) => Effect.Effect<A, E, R>,
  options?: CircuitBreakerRegistryOptions
) =>
  MetricSeries.isolated(
    Effect.provide(Effect.flatMap(CircuitBreakerRegistry, self), CircuitBreakerRegistry.layer(options))
  )

const one = { trip: consecutiveFailures(1) }

const namesOf = Effect.map(MetricSeries.attributes("resilience4j.circuitbreaker.failure.rate"), (all) =>
  all.map(({ name }) => name)
)

describe("what is asked for without a configuration", () => {
  it.effect("RG is taken as it is, with keys and without", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const plain = yield* registry.register("plain", one)
        assert.strictEqual(yield* registry.register("plain"), plain)
        const keyed = yield* registry.registerKeyed("keyed", one)
        assert.strictEqual(yield* registry.registerKeyed("keyed"), keyed)
        assert.strictEqual((yield* Effect.flip(registry.registerKeyed("plain")))._tag, "CircuitBreakerConflict")
        assert.strictEqual((yield* Effect.flip(registry.register("keyed")))._tag, "CircuitBreakerConflict")
      })
    )
  )

  it.effect("RG is made by the defaults where it is new", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const keyed = yield* registry.registerKeyed("keyed")
        const plain = yield* registry.register("plain")
        assert.deepStrictEqual(yield* keyed.options, yield* plain.options)
        assert.deepStrictEqual((yield* plain.options).trip, one.trip)
      }),
      { configs: { default: one } }
    )
  )
})

describe("tags", () => {
  it.effect("RG come from the registry, from what is inherited, and from one's own, the nearest first", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const tags = { tier: "own", own: "1" }
        const breaker = yield* registry.register("a", { baseConfig: "team", tags })
        assert.deepStrictEqual(breaker.tags, { region: "eu", all: "0", team: "blue", tier: "own", own: "1" })
        const inherited = yield* registry.register("b", { baseConfig: "team" })
        assert.deepStrictEqual(inherited.tags, { region: "eu", all: "0", team: "blue", tier: "team" })
        assert.deepStrictEqual((yield* registry.register("c", {})).tags, { region: "eu", all: "0" })
      }),
      {
        tags: { region: "eu", all: "0" },
        configs: { team: { tags: { team: "blue", tier: "team" } } }
      }
    )
  )

  it.effect("RG that nobody gave are none", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const breaker = yield* registry.register("a", one)
        assert.deepStrictEqual(breaker.tags, {})
        assert.notProperty(yield* breaker.snapshot, "tags")
      })
    )
  )
})

describe("what comes and goes", () => {
  it.effect("RG is told of, and has its series as long as it is there, with keys too", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const changes = yield* Events.collect(registry.changes)
        yield* registry.registerKeyed("keyed", one)
        yield* registry.register("plain", one)
        yield* changes.expect({ _tag: "Added", name: "keyed" }, { _tag: "Added", name: "plain" })
        const keyed = yield* registry.registerKeyed("keyed")
        yield* keyed.execute("key", Effect.void)
        assert.include(yield* namesOf, "keyed")
        yield* registry.remove("keyed")
        yield* changes.expect({ _tag: "Removed", name: "keyed", reason: "removed" })
        assert.deepStrictEqual([...new Set(yield* namesOf)], ["plain"])
        yield* registry.replace("plain", one)
        yield* registry.replace("fresh", one)
        yield* changes.expect({ _tag: "Replaced", name: "plain" }, { _tag: "Added", name: "fresh" })
        assert.deepStrictEqual([...new Set(yield* namesOf)], ["fresh", "plain"])
      })
    )
  )

  it.effect("RG one that was replaced rings no alarm any more", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const automatic = { ...one, automaticTransitionFromOpenToHalfOpenEnabled: true }
        const before = yield* registry.register("a", automatic)
        yield* Effect.exit(before.execute(Effect.fail("down")))
        const events = yield* Events.collect(registry.events)
        yield* registry.replace("a", automatic)
        yield* TestClock.adjust("1 hour")
        yield* events.expectNone
      })
    )
  )

  it.effect("RG a slow subscriber's losses are counted, of changes and of events", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const slow = yield* registry.changes.pipe(
          Stream.runForEach(() => Effect.never),
          Effect.forkChild({ startImmediately: true })
        )
        for (const name of ["a", "b", "c", "d", "e"]) {
          yield* registry.register(name, one)
          yield* Effect.yieldNow
        }
        const lost = yield* registry.droppedEvents
        assert.isAbove(lost, 0)
        yield* Fiber.interrupt(slow)
        yield* registry.events.pipe(
          Stream.runForEach(() => Effect.never),
          Effect.forkChild({ startImmediately: true })
        )
        const breaker = yield* registry.get("a")
        for (let n = 0; n < 5; n++) yield* breaker.execute(Effect.void)
        assert.isAbove(yield* registry.droppedEvents, lost)
      }),
      { eventBufferSize: 1 }
    )
  )

  it.effect("RG a full registry says how many there are and who had no room", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const breaker = yield* registry.register("a", one)
        yield* Effect.exit(breaker.execute(Effect.fail("down")))
        const error = yield* Effect.flip(registry.register("b", one))
        assert.deepInclude(error, { _tag: "CircuitBreakerRegistryFull", name: "b", maxBreakers: 1 })
        assert.strictEqual(error.message, "No room for circuit breaker b: 1 are in use")
      }),
      { eviction: { maxBreakers: 1, whenFull: "fail" } }
    )
  )
})

describe("what is idle", () => {
  it.effect("RG is so from the end of its last call and not from its beginning", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const breaker = yield* registry.register("a", one)
        const call = yield* Effect.forkChild(breaker.execute(Effect.sleep("45 minutes")), { startImmediately: true })
        yield* TestClock.adjust("45 minutes")
        yield* Fiber.join(call)
        yield* TestClock.adjust("59 minutes")
        assert.deepStrictEqual(yield* registry.evictIdle, [])
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* registry.evictIdle, ["a"])
      }),
      { eviction: { idleTimeToLive: "1 hour" } }
    )
  )

  it.effect("RG keys are so from their last call on, whatever the registry does with breakers", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const keyed = yield* registry.registerKeyed("keyed", { ...one, idleTimeToLive: "1 minute" })
        yield* keyed.execute("a", Effect.void)
        yield* keyed.execute("b", Effect.void)
        yield* TestClock.adjust("50 seconds")
        yield* keyed.execute("a", Effect.void)
        yield* TestClock.adjust("10 seconds")
        assert.deepStrictEqual(yield* keyed.evictIdle, ["b"])
        yield* TestClock.adjust("50 seconds")
        assert.deepStrictEqual(yield* keyed.evictIdle, ["a"])
      })
    )
  )
})

describe("chance", () => {
  it.effect(
    "RG is not drawn for calls of a closed breaker that is looked after, and for each while it ramps up",
    () => {
      let drawn = 0
      const random = { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => drawn++ * 0 }
      return withRegistry(
        Effect.fnUntraced(function* (registry) {
          const ramp = { ...one, rampDuration: "1 minute", permittedNumberOfCallsInHalfOpenState: 1 } as const
          const breaker = yield* registry.register("a", ramp)
          yield* breaker.execute(Effect.void)
          assert.strictEqual(drawn, 0)
          yield* registry.forceOpen("a")
          yield* registry.forceHalfOpen("a")
          yield* breaker.execute(Effect.void)
          assert.strictEqual(breaker.stateUnsafe()._tag, "CLOSED")
          assert.strictEqual(drawn, 0)
          yield* breaker.execute(Effect.void)
          assert.strictEqual(drawn, 1)
        }),
        { eviction: {} }
      ).pipe(Effect.provideService(Random.Random, random))
    }
  )
})

describe("commands", () => {
  it.effect("RG reach the breaker of that name, without recording and half-open among them", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const breaker = yield* registry.register("a", one)
        yield* registry.metricsOnly("a")
        assert.strictEqual(breaker.stateUnsafe()._tag, "METRICS_ONLY")
        yield* registry.forceOpen("a")
        yield* registry.forceHalfOpen("a")
        assert.strictEqual(breaker.stateUnsafe()._tag, "HALF_OPEN")
      })
    )
  )
})
