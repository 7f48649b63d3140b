import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Duration, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { type CircuitBreakerOptionsInput, consecutiveFailures } from "../../src/CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry } from "../../src/CircuitBreakerRegistry.ts"
import { SharedState } from "../../src/SharedState.ts"
import { SharedStateUnavailable } from "../../src/SharedStateUnavailable.ts"
import { F, S } from "./support/breakers.ts"

const shared: CircuitBreakerOptionsInput = {
  trip: consecutiveFailures(2),
  waitDurationInOpenState: "10 seconds",
  permittedNumberOfCallsInHalfOpenState: 1,
  shared: {}
}

/** Registries that share one state, as processes would: the breaker of this name in each. */
const nodes = Effect.fnUntraced(function* (count: number, options: CircuitBreakerOptionsInput = shared) {
  const state = yield* Layer.build(SharedState.layerMemory)
  return yield* Effect.forEach(Array.from({ length: count }), () => node(state, options))
})

const node = (state: Context.Context<SharedState>, options: CircuitBreakerOptionsInput) =>
  Layer.build(Layer.fresh(CircuitBreakerRegistry.layer())).pipe(
    Effect.provideContext(state),
    Effect.flatMap((context) => Context.get(context, CircuitBreakerRegistry).register("payments", options))
  )

const pair = (options?: CircuitBreakerOptionsInput) =>
  Effect.map(nodes(2, options), ([a, b]) => {
    if (a === undefined || b === undefined) throw new Error("two nodes")
    return [a, b] as const
  })

const gone = Effect.fail(new SharedStateUnavailable({ message: "the store is gone" }))

/** A store that answers nothing any more. */
const unavailable = Context.make(SharedState, {
  admit: () => gone,
  record: () => gone,
  stateOf: () => gone,
  report: () => gone,
  clear: () => gone,
  consume: () => gone
})

describe("DS: shared state", () => {
  it.effect(
    "DS1: shared store: two nodes, one probe; store down ⇒ fail-open (default) or typed StoreError; probe lease expiry lets another node probe; server time used, not node time",
    () =>
      Effect.gen(function* () {
        const [a, b] = yield* pair()
        yield* Effect.exit(a.execute(F))
        yield* Effect.exit(a.execute(F))
        yield* TestClock.adjust("10 seconds")
        const answer = yield* Deferred.make<string>()
        const probe = yield* Effect.forkChild(a.execute(Deferred.await(answer)), { startImmediately: true })
        const rejected = yield* Effect.flip(b.execute(S))
        assert.deepStrictEqual([rejected.state, Duration.toMillis(rejected.retryAfter)], ["HALF_OPEN", 0])
        yield* Deferred.succeed(answer, "up")
        yield* Fiber.join(probe)
        assert.strictEqual(yield* b.execute(S), "up")
      })
  )

  it.effect("DS1 while the store is down calls go through, and nothing is held against the dependency", () =>
    Effect.gen(function* () {
      const breaker = yield* node(unavailable, shared)
      for (let i = 0; i < 5; i++) assert.strictEqual(yield* Effect.flip(breaker.execute(F)), "down")
      assert.strictEqual(yield* breaker.execute(S), "up")
    })
  )

  it.effect("DS1 or they are refused with the reason, if told so", () =>
    Effect.gen(function* () {
      const breaker = yield* node(unavailable, { ...shared, shared: { onStoreError: "fail" } })
      const error = yield* Effect.flip(breaker.execute(S))
      assert.strictEqual(error._tag, "CircuitOpen")
      assert.instanceOf(error.cause, SharedStateUnavailable)
    })
  )

  it.effect("DS2: quorum option: open only if ≥ q of n nodes report; a single bad node does not open others", () =>
    Effect.gen(function* () {
      const [a, b, c] = yield* nodes(3, { ...shared, shared: { quorum: 2 } })
      assert(a !== undefined && b !== undefined && c !== undefined)
      for (let i = 0; i < 10; i++) yield* Effect.exit(a.execute(F))
      assert.strictEqual(yield* b.execute(S), "up")
      assert.strictEqual(yield* a.execute(S), "up")
      yield* Effect.exit(a.execute(F))
      yield* Effect.exit(a.execute(F))
      yield* Effect.exit(b.execute(F))
      assert.strictEqual((yield* c.state)._tag, "CLOSED")
      yield* Effect.exit(b.execute(F))
      assert.strictEqual((yield* Effect.flip(c.execute(S))).state, "OPEN")
    })
  )
})
