import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import * as CircuitBreaker from "../../src/CircuitBreaker.ts"
import {
  CircuitBreakerOptions,
  type CircuitBreakerOptionsInput,
  consecutiveFailures,
  failureRate
} from "../../src/CircuitBreakerOptions.ts"
import { type CircuitBreakerConfig, CircuitBreakerRegistry } from "../../src/CircuitBreakerRegistry.ts"
import { decode } from "../../src/InvalidOptions.ts"
import { make } from "./support/breakers.ts"

const withRegistry = <A, E, R>(
  self: (registry: CircuitBreakerRegistry["Service"]) => Effect.Effect<A, E, R>,
  configs?: Record<string, CircuitBreakerConfig>
) => Effect.provide(Effect.flatMap(CircuitBreakerRegistry, self), CircuitBreakerRegistry.layer({ configs }))

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
