import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Layer, Stream } from "effect"
import * as Theirs from "effect/persistence/CircuitBreaker"
import { TestClock } from "effect/testing"
import { consecutiveFailures } from "../src/CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry } from "../src/CircuitBreakerRegistry.ts"
import * as EffectCircuitBreaker from "../src/EffectCircuitBreaker.ts"

const options = { trip: consecutiveFailures(2), waitDurationInOpenState: "10 seconds" } as const

const ours = EffectCircuitBreaker.layer(options).pipe(Layer.provideMerge(CircuitBreakerRegistry.layer()))

const F = Effect.fail("down" as const)
const S = Effect.succeed("up" as const)

const reasonOf = (error: unknown) => {
  if (!(error instanceof Theirs.CircuitBreakerError)) throw new Error(`not a rejection: ${error}`)
  return error.reason
}

describe("our breakers by key under Effect's interface", () => {
  it.effect("its transitions end with its scope", () =>
    Effect.gen(function* () {
      const reading = yield* Effect.scoped(
        Effect.gen(function* () {
          const breaker = yield* EffectCircuitBreaker.make(options)
          return yield* Effect.forkDetach(Stream.runDrain(breaker.transitions), { startImmediately: true })
        })
      )
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(reading)))
    }).pipe(Effect.provide(CircuitBreakerRegistry.layer()))
  )

  it.effect("is found in the registry, and a command holds", () =>
    Effect.gen(function* () {
      const breaker = yield* Theirs.CircuitBreaker
      const registry = yield* CircuitBreakerRegistry
      yield* breaker.execute(S, { key: "payments" })
      yield* registry.forceOpen("circuit/payments")
      const reason = reasonOf(yield* Effect.flip(breaker.execute(S, { key: "payments" })))
      assert(reason._tag === "CircuitOpen")
      assert.isFalse(Duration.isFinite(reason.retryAfter))
      assert.strictEqual((yield* breaker.state("payments"))._tag, "Open")
    }).pipe(Effect.provide(ours))
  )

  it.effect("a call that interrupts itself counts for nothing, one that is a success or a failure does", () =>
    Effect.gen(function* () {
      const breaker = yield* Theirs.CircuitBreaker
      const failure = { key: "a", classify: () => Theirs.failure() }
      for (let i = 0; i < 3; i++) yield* Effect.exit(breaker.execute(Effect.interrupt, failure))
      yield* breaker.execute(S, failure)
      yield* Effect.exit(breaker.execute(F, { key: "a", classify: () => Theirs.success }))
      yield* breaker.execute(S, failure)
      assert.strictEqual((yield* breaker.state("a"))._tag, "Closed")
      yield* breaker.execute(S, failure)
      assert.strictEqual((yield* breaker.state("a"))._tag, "Open")
    }).pipe(Effect.provide(ours))
  )

  it.effect("a circuit that nobody called is closed, and one that is taken out of the registry goes on", () =>
    Effect.gen(function* () {
      const breaker = yield* Theirs.CircuitBreaker
      assert.deepStrictEqual(yield* breaker.state("a"), { _tag: "Closed", key: "a" })
      for (let i = 0; i < 2; i++) yield* Effect.exit(breaker.execute(F, { key: "a" }))
      yield* Effect.flatMap(CircuitBreakerRegistry, (registry) => registry.remove("circuit/a"))
      assert.strictEqual(reasonOf(yield* Effect.flip(breaker.execute(S, { key: "a" })))._tag, "CircuitOpen")
    }).pipe(Effect.provide(ours))
  )

  it.effect("the transitions of breakers that are not its own, and what is none to it, are left out", () =>
    Effect.gen(function* () {
      const breaker = yield* Theirs.CircuitBreaker
      const registry = yield* CircuitBreakerRegistry
      const seen: Array<Theirs.Transition> = []
      yield* breaker.transitions.pipe(
        Stream.runForEach((transition) => Effect.sync(() => seen.push(transition))),
        Effect.forkChild({ startImmediately: true })
      )
      const other = yield* registry.register("other")
      yield* other.forceOpen
      yield* breaker.execute(S, { key: "a" })
      for (const command of [registry.disable, registry.forceOpen, registry.forceClose]) {
        yield* command("circuit/a")
        yield* TestClock.adjust(1)
      }
      assert.deepStrictEqual(seen, [
        { key: "a", from: "Closed", to: "Open", retryAfter: Duration.infinity, consecutiveOpenings: 0 }
      ])
    }).pipe(Effect.provide(ours))
  )

  it.effect("who reads transitions slowly has the latest 128", () =>
    Effect.gen(function* () {
      const breaker = yield* Theirs.CircuitBreaker
      const registry = yield* CircuitBreakerRegistry
      const gate = yield* Deferred.make<void>()
      const seen: Array<string> = []
      yield* breaker.transitions.pipe(
        Stream.runForEach(({ key }) =>
          Effect.andThen(
            Deferred.await(gate),
            Effect.sync(() => seen.push(key))
          )
        ),
        Effect.forkChild({ startImmediately: true })
      )
      for (let i = 0; i < 200; i++) {
        yield* breaker.execute(S, { key: `${i}` })
        yield* registry.forceOpen(`circuit/${i}`)
        yield* Effect.yieldNow
      }
      yield* Deferred.succeed(gate, undefined)
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(
        seen.slice(-128),
        Array.from({ length: 128 }, (_, i) => `${i + 72}`)
      )
      assert.isBelow(seen.length, 132)
    }).pipe(Effect.provide(ours))
  )

  it.effect("wrong options stop the layer", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(EffectCircuitBreaker.make({ trip: consecutiveFailures(0) }))
      assert.strictEqual(error._tag, "InvalidOptions")
    }).pipe(Effect.provide(CircuitBreakerRegistry.layer()))
  )
})
