import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as CircuitBreaker from "../../src/CircuitBreaker.ts"
import {
  CircuitBreakerOptions,
  type CircuitBreakerOptionsInput,
  consecutiveFailures,
  failureRate
} from "../../src/CircuitBreakerOptions.ts"
import {
  type CircuitBreakerConfig,
  CircuitBreakerRegistry,
  type CircuitBreakerRegistryOptions
} from "../../src/CircuitBreakerRegistry.ts"
import { decode } from "../../src/InvalidOptions.ts"
import type { RegistryEvent } from "../../src/RegistryEvent.ts"
import * as MetricSeries from "../MetricSeries.ts"
import { F, make, pending, run, S, stateOf } from "./support/breakers.ts"

const withRegistry = <A, E, R>(
  self: (registry: CircuitBreakerRegistry["Service"]) => Effect.Effect<A, E, R>,
  configs?: Record<string, CircuitBreakerConfig>,
  options?: Omit<CircuitBreakerRegistryOptions, "configs">
) => Effect.provide(Effect.flatMap(CircuitBreakerRegistry, self), CircuitBreakerRegistry.layer({ configs, ...options }))

/** What comes and goes from now on. */
const changesOf = Effect.fnUntraced(function* (registry: CircuitBreakerRegistry["Service"]) {
  const seen: Array<RegistryEvent> = []
  yield* registry.changes.pipe(
    Stream.runForEach((event) => Effect.sync(() => seen.push(event))),
    Effect.forkScoped({ startImmediately: true })
  )
  return { seen: Effect.as(Effect.yieldNow, seen) }
})

const namesOf = (registry: CircuitBreakerRegistry["Service"]) =>
  Effect.map(registry.list, (breakers) => breakers.map(({ name }) => name))

const options = (input: CircuitBreakerOptionsInput) => decode(CircuitBreakerOptions, "CircuitBreaker", "b")(input)

const refused: ReadonlyArray<readonly [string, CircuitBreakerOptionsInput]> = [
  ["failureRateThreshold", { trip: failureRate({ failureRateThreshold: 0 }) }],
  ["failureRateThreshold", { trip: failureRate({ failureRateThreshold: 101 }) }],
  ["failureRateThreshold", { trip: failureRate({ failureRateThreshold: Number.NaN }) }],
  ["slidingWindowSize", { trip: failureRate({ slidingWindowSize: 0, minimumNumberOfCalls: 1 }) }],
  ["slidingWindowSize", { trip: failureRate({ slidingWindowSize: 1.5, minimumNumberOfCalls: 1 }) }],
  ["minimumNumberOfCalls", { trip: failureRate({ minimumNumberOfCalls: 0 }) }],
  ["threshold", { trip: consecutiveFailures(0) }],
  ["permittedNumberOfCallsInHalfOpenState", { permittedNumberOfCallsInHalfOpenState: 0 }],
  ["waitDurationInOpenState", { waitDurationInOpenState: 0 }],
  ["waitDurationInOpenState", { waitDurationInOpenState: "-1 seconds" }],
  ["waitDurationInOpenState", { waitDurationInOpenState: Duration.infinity }],
  ["waitDuration", Object.assign<CircuitBreakerOptionsInput, object>({}, { waitDuration: 1 })]
]

describe("RG: registries and options", () => {
  it.effect("RG1: same name → same instance, 2 names → 2", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const first = yield* registry.register("first")
        const second = yield* registry.register("second", { trip: consecutiveFailures(1) })
        assert.strictEqual(yield* registry.register("first"), first)
        assert.strictEqual(yield* registry.get("second"), second)
        assert.notStrictEqual(first, second)
        assert.deepStrictEqual(yield* registry.list, [first, second])
        assert.deepStrictEqual(
          (yield* registry.snapshot).map((snapshot) => snapshot.name),
          ["first", "second"]
        )
      })
    )
  )

  it.effect("RG2: concurrent get-or-create (100 fibers) builds once", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const breakers = yield* Effect.all(
          Array.from({ length: 100 }, () => registry.register("shared", { trip: consecutiveFailures(2) })),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(new Set(breakers).size, 1)
        assert.lengthOf(yield* registry.list, 1)
      })
    )
  )

  it.effect("RG3: same name, different config → typed ConfigConflict (default) or documented first-wins", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const breaker = yield* registry.register("a", { waitDurationInOpenState: "1 minute" })
        assert.strictEqual(yield* registry.register("a", { waitDurationInOpenState: 60_000 }), breaker)
        assert.strictEqual(yield* registry.register("a"), breaker)
        const error = yield* Effect.flip(registry.register("a", { waitDurationInOpenState: "2 minutes" }))
        assert.strictEqual(error._tag, "CircuitBreakerConflict")
        if (error._tag !== "CircuitBreakerConflict") return
        assert.deepStrictEqual(error.registered.waitDurationInOpenState, Duration.minutes(1))
        assert.deepStrictEqual(error.requested.waitDurationInOpenState, Duration.minutes(2))
        assert.strictEqual(error.message, "Circuit breaker a is registered with other options")
      })
    )
  )

  it.effect("RG3 who registers it again after an operator changed it gets it as it is", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const config: CircuitBreakerConfig = { trip: consecutiveFailures(3) }
        const breaker = yield* registry.register("a", config)
        yield* breaker.reconfigure({ trip: consecutiveFailures(9) })
        assert.strictEqual(yield* registry.register("a", config), breaker)
        assert.deepStrictEqual((yield* breaker.options).trip, consecutiveFailures(9))
      })
    )
  )

  it.effect(
    "RG4: config inheritance: instance overrides base, base overrides default; unknown base → typed error; cycle → typed error",
    () =>
      withRegistry(
        Effect.fnUntraced(function* (registry) {
          const breaker = yield* registry.register("jobs", {
            baseConfig: "tws",
            permittedNumberOfCallsInHalfOpenState: 2,
            trip: undefined
          })
          assert.deepInclude(yield* breaker.options, {
            trip: consecutiveFailures(3),
            waitDurationInOpenState: Duration.seconds(7),
            permittedNumberOfCallsInHalfOpenState: 2
          })
          const plain = yield* registry.register("plain")
          assert.deepInclude(yield* plain.options, {
            trip: failureRate(),
            waitDurationInOpenState: Duration.seconds(7)
          })
          const unknown = yield* Effect.flip(registry.register("b", { baseConfig: "nope" }))
          assert.deepInclude(unknown, { _tag: "BaseConfigInvalid", reason: "unknown" })
          const cycle = yield* Effect.flip(registry.register("c", { baseConfig: "loop" }))
          assert.deepInclude(cycle, { _tag: "BaseConfigInvalid", reason: "cycle" })
          assert.lengthOf(yield* registry.list, 2)
        }),
        {
          default: { waitDurationInOpenState: "7 seconds" },
          tws: { trip: consecutiveFailures(3), permittedNumberOfCallsInHalfOpenState: 1 },
          loop: { baseConfig: "loop" }
        }
      )
  )

  it.effect("RG5: added/removed/replaced events", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const { seen } = yield* changesOf(registry)
        const first = yield* registry.register("a")
        yield* registry.register("a")
        yield* run(first, F, F, F)
        const second = yield* registry.replace("a", { trip: consecutiveFailures(1) })
        assert.notStrictEqual(second, first)
        assert.strictEqual(yield* registry.get("a"), second)
        yield* registry.remove("a")
        assert.strictEqual((yield* Effect.flip(registry.remove("a")))._tag, "CircuitBreakerNotFound")
        yield* registry.replace("b")
        const at = 0
        assert.deepStrictEqual(yield* seen, [
          { _tag: "Added", name: "a", at },
          { _tag: "Replaced", name: "a", at },
          { _tag: "Removed", name: "a", at, reason: "removed" },
          { _tag: "Added", name: "b", at }
        ])
        assert.deepStrictEqual(yield* namesOf(registry), ["b"])
        // Who held it works on with it.
        yield* run(second, F)
        assert.strictEqual(yield* stateOf(second), "OPEN")
      })
    )
  )

  it.effect("RG6: instance tags override registry tags; tags of two instances do not mix", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const first = yield* registry.register("first", { tags: { team: "jobs", tier: "1" } })
        const second = yield* registry.register("second", { baseConfig: "tws" })
        const third = yield* registry.register("third")
        assert.deepStrictEqual(first.tags, { team: "jobs", tier: "1", zone: "eu" })
        assert.deepStrictEqual(second.tags, { team: "tws", zone: "eu" })
        assert.deepStrictEqual(third.tags, { team: "ops", zone: "eu" })
        assert.deepStrictEqual((yield* first.snapshot).tags, first.tags)
        assert.deepStrictEqual(
          (yield* MetricSeries.attributes("resilience4j.circuitbreaker.not.permitted.calls")).map(
            ({ kind: _, ...tags }) => tags
          ),
          [first, second, third].map(({ name, tags }) => ({ ...tags, name }))
        )
        assert.strictEqual(
          (yield* Effect.flip(registry.register("third", { tags: { team: "jobs" } })))._tag,
          "CircuitBreakerConflict"
        )
      }),
      { tws: { tags: { team: "tws" } } },
      { tags: { team: "ops", zone: "eu" } }
    ).pipe(MetricSeries.isolated)
  )

  it.effect("RG8: max size reached with only live breakers → grow (or configured error), never drop a live one", () =>
    Effect.gen(function* () {
      for (const whenFull of ["grow", "fail"] as const) {
        yield* withRegistry(
          Effect.fnUntraced(function* (registry) {
            const open = yield* registry.register("open", { trip: consecutiveFailures(1) })
            yield* run(open, F)
            yield* pending(yield* registry.register("busy"))
            const third = yield* Effect.exit(registry.register("third"))
            assert.strictEqual(third._tag, whenFull === "grow" ? "Success" : "Failure")
            assert.deepStrictEqual(yield* namesOf(registry), [
              "open",
              "busy",
              ...(whenFull === "grow" ? ["third"] : [])
            ])
            yield* open.reset
            yield* registry.register("fourth")
            assert.deepStrictEqual(yield* namesOf(registry), ["busy", "fourth"])
          }),
          {},
          { eviction: { maxBreakers: 2, whenFull } }
        )
      }
    })
  )

  it.effect("RG8 the longest unused goes first, and one that must stay stays", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const { seen } = yield* changesOf(registry)
        yield* registry.register("kept", { evictable: false })
        for (const name of ["a", "b"]) {
          yield* registry.register(name)
          yield* TestClock.adjust("1 second")
        }
        yield* run(yield* registry.get("a"), S)
        yield* registry.register("c")
        assert.deepStrictEqual(yield* namesOf(registry), ["kept", "a", "c"])
        assert.deepInclude(yield* seen, { _tag: "Removed", name: "b", at: 2000, reason: "evicted" })
        assert.lengthOf(yield* MetricSeries.attributes("resilience4j.circuitbreaker.not.permitted.calls"), 3)
      }),
      {},
      { eviction: { maxBreakers: 3 } }
    ).pipe(MetricSeries.isolated)
  )

  it.effect("RG8 idle ones go after their time, when another comes or when told to", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        yield* registry.register("a")
        yield* TestClock.adjust("59 minutes")
        assert.deepStrictEqual(yield* registry.evictIdle, [])
        yield* registry.register("b")
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* registry.evictIdle, ["a"])
        yield* TestClock.adjust("1 hour")
        yield* registry.register("c")
        assert.deepStrictEqual(yield* namesOf(registry), ["c"])
      }),
      {},
      { eviction: {} }
    )
  )

  it.effect("RG8 without eviction nothing goes", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        yield* registry.register("a")
        yield* TestClock.adjust("1000 days")
        yield* registry.register("b")
        assert.deepStrictEqual(yield* registry.evictIdle, [])
        assert.deepStrictEqual(yield* namesOf(registry), ["a", "b"])
      })
    )
  )

  it.effect(
    "RG10: validation: rate in (0,100], window ≥1, min ≥1, permitted ≥1, wait >0, both interval fn and fixed wait → error",
    () =>
      Effect.forEach(refused, ([field, input]) =>
        Effect.map(Effect.flip(options(input)), (error) => assert.include(error.message, field))
      )
  )

  it.effect("RG10 wrong options are refused and the old ones stay", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      const before = yield* breaker.options
      const error = yield* Effect.flip(breaker.reconfigure({ permittedNumberOfCallsInHalfOpenState: 0 }))
      assert.deepInclude(error, { _tag: "InvalidOptions", pattern: "CircuitBreaker", name: "backend" })
      assert.include(error.message, "permittedNumberOfCallsInHalfOpenState")
      assert.deepStrictEqual(yield* breaker.options, before)
      assert.strictEqual((yield* Effect.flip(CircuitBreaker.make("b", { waitDurationInOpenState: 0 }))).name, "b")
    })
  )

  it.effect("RG10 wrong options register nothing", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const error = yield* Effect.flip(registry.register("a", { trip: consecutiveFailures(0) }))
        assert.strictEqual(error._tag, "InvalidOptions")
        assert.lengthOf(yield* registry.list, 0)
      })
    )
  )
})
