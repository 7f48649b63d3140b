import { assert, describe, it } from "@effect/vitest"
import { Effect, Scope, Stream } from "effect"
import type { CircuitBreakerEvent } from "../src/CircuitBreakerEvent.ts"
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
  it.effect("steers by name, and an unknown name is an error", () =>
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

  it.effect("one stream for all, a breaker's own for its own, later ones included", () =>
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

  it.effect("the series of all go with the layer", () =>
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
})
