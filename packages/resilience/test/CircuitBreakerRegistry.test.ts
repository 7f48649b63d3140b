import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Scope, Stream } from "effect"
import { type CircuitBreakerEvent } from "../src/CircuitBreakerEvent.ts"
import { consecutiveFailures, failureRate } from "../src/CircuitBreakerOptions.ts"
import { type CircuitBreakerConfig, CircuitBreakerRegistry } from "../src/CircuitBreakerRegistry.ts"
import * as MetricSeries from "./MetricSeries.ts"

const withRegistry = <A, E, R>(
  self: (registry: CircuitBreakerRegistry["Service"]) => Effect.Effect<A, E, R>,
  configs?: Record<string, CircuitBreakerConfig>
) => Effect.provide(Effect.flatMap(CircuitBreakerRegistry, self), CircuitBreakerRegistry.layer({ configs }))

const collect = Effect.fnUntraced(function* (registry: CircuitBreakerRegistry["Service"]) {
  const events: Array<CircuitBreakerEvent> = []
  yield* registry.events.pipe(
    Stream.runForEach((event) => Effect.sync(() => events.push(event))),
    Effect.forkScoped({ startImmediately: true })
  )
  return { events: Effect.as(Effect.yieldNow, events) }
})

describe("CircuitBreakerRegistry", () => {
  it.effect("RG1 one breaker for each name, in the order of registration", () =>
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

  it.effect("RG2 a hundred fibres that ask for a new name get one", () =>
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

  it.effect("RG3 other options for a name are a conflict, the same in other words are not", () =>
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

  it.effect("RG4 takes from shared configurations what it does not say itself", () =>
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
        assert.deepInclude(yield* plain.options, { trip: failureRate(), waitDurationInOpenState: Duration.seconds(7) })
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

  it.effect("RG10 wrong options register nothing", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const error = yield* Effect.flip(registry.register("a", { trip: consecutiveFailures(0) }))
        assert.strictEqual(error._tag, "InvalidOptions")
        assert.lengthOf(yield* registry.list, 0)
      })
    )
  )

  it.effect("MN1 steers by name, and an unknown name is an error", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const breaker = yield* registry.register("a")
        for (const [command, state] of [
          ["forceOpen", "FORCED_OPEN"],
          ["forceClose", "CLOSED"],
          ["disable", "DISABLED"],
          ["reset", "CLOSED"]
        ] as const) {
          yield* registry[command]("a")
          assert.strictEqual((yield* breaker.state)._tag, state)
          const error = yield* Effect.flip(registry[command]("b"))
          assert.deepInclude(error, { _tag: "CircuitBreakerNotFound", name: "b" })
        }
        assert.strictEqual((yield* Effect.flip(registry.get("b"))).message, "No circuit breaker named b")
      })
    )
  )

  it.effect("EV1 one stream for all, a breaker's own for its own, later ones included", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const { events } = yield* collect(registry)
        const a = yield* registry.register("a")
        const own: Array<CircuitBreakerEvent> = []
        yield* a.events.pipe(
          Stream.runForEach((event) => Effect.sync(() => own.push(event))),
          Effect.forkScoped({ startImmediately: true })
        )
        const b = yield* registry.register("b")
        yield* a.execute(Effect.void)
        yield* b.execute(Effect.void)
        assert.deepStrictEqual(
          (yield* events).map((event) => event.name),
          ["a", "b"]
        )
        assert.deepStrictEqual(
          own.map((event) => event.name),
          ["a"]
        )
        assert.strictEqual(yield* registry.droppedEvents, 0)
      })
    )
  )

  it.effect("EV4 the series of all go with the layer", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const states = yield* withRegistry(
          Effect.fnUntraced(function* (registry) {
            // A scope of the caller's does not end what belongs to the layer.
            yield* Effect.scoped(Effect.andThen(Scope.Scope, registry.register("a")))
            return yield* MetricSeries.read("resilience4j.circuitbreaker.failure.rate", "name")
          })
        )
        assert.deepStrictEqual(states, { a: -1 })
        assert.deepStrictEqual(yield* MetricSeries.ids, [])
      })
    )
  )

  it.effect("CO6 two layers have breakers of their own", () =>
    Effect.gen(function* () {
      const register = withRegistry((registry) => registry.register("a"))
      const [one, two] = [yield* register, yield* register]
      assert.notStrictEqual(one, two)
    })
  )
})
