import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { TestClock } from "effect/testing"
import type * as CircuitBreaker from "../../src/CircuitBreaker.ts"
import { consecutiveFailures, failureRate } from "../../src/CircuitBreakerOptions.ts"
import { interruptEverywhere } from "../Interruptions.ts"
import { generationEdges, generations } from "./cases/breaker.ts"
import { prove } from "./script/prove.ts"
import { brittle, F, machine, make, pending, run, S, stateOf } from "./support/breakers.ts"

describe("GE: generations, concurrency, interruption", () => {
  prove(generations)

  prove(generationEdges)

  it.effect("GE4 a call under way during a change of options counts for the totals only", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      const call = yield* pending(breaker)
      yield* breaker.reconfigure({ trip: consecutiveFailures(1) })
      yield* call.fail
      assert.strictEqual(yield* stateOf(breaker), "CLOSED")
      assert.strictEqual((yield* breaker.snapshot).calls.failed, 1)
      yield* run(breaker, F)
      assert.strictEqual(yield* stateOf(breaker), "OPEN")
      assert.deepStrictEqual((yield* breaker.options).trip, consecutiveFailures(1))
    })
  )

  it("GE4: outcome recorded after reset()/config replacement is dropped", () => {
    for (const event of [{ _tag: "Reset" }, { _tag: "Reconfigure" }] as const) {
      const breaker = machine({ trip: failureRate({ slidingWindowSize: 4 }) })
      assert.isTrue(breaker.admit(0))
      const { generation } = breaker.state
      breaker.event(event)
      breaker.record(generation, "failure", 0)
      assert.deepStrictEqual(breaker.counts(), { calls: 0, failures: 0, slow: 0 })
    }
  })

  it("GE4 new options keep the state, and the wait of an open breaker", () => {
    const breaker = machine({
      trip: consecutiveFailures(1),
      waitDurationInOpenState: 1000,
      permittedNumberOfCallsInHalfOpenState: 2
    })
    breaker.call(0, "failure")
    const { generation } = breaker.state
    breaker.event({ _tag: "Reconfigure" })
    assert.deepInclude(breaker.state, { _tag: "OPEN", until: 1000, generation: generation + 1 })
    assert.isTrue(breaker.admit(1000))
    assert.isTrue(breaker.admit(1000))
    assert.isFalse(breaker.admit(1000))
    breaker.event({ _tag: "Reconfigure" })
    assert.deepInclude(breaker.state, { _tag: "HALF_OPEN", admitted: 0 })
  })

  it.effect(
    "GE5: fiber interrupted *between* admission and start releases the permit (run with interruption injected at every yield point)",
    () =>
      Effect.gen(function* () {
        const breaker = yield* make()
        yield* run(breaker, F, F, F)
        yield* TestClock.adjust("5 seconds")
        const call = Effect.andThen(Effect.yieldNow, Effect.andThen(Effect.yieldNow, Effect.interrupt))
        const steps = yield* interruptEverywhere(breaker.execute(call), () =>
          Effect.map(breaker.state, (state) => {
            if (state._tag === "HALF_OPEN") assert.strictEqual(state.admitted, 0)
            else assert.strictEqual(state._tag, "OPEN")
          })
        )
        assert.isAbove(steps, 4)
        yield* run(breaker, S)
        assert.strictEqual(yield* stateOf(breaker), "CLOSED")
      })
  )

  it.effect("GE7: 10 fibers × 10 000 calls alternating S/I → counts exact (50 000 S, 50 000 I)", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      const ignore: CircuitBreaker.Classifier<unknown, unknown> = () => "ignored"
      const worker = Effect.gen(function* () {
        for (let i = 0; i < 5_000; i++) {
          yield* breaker.execute(i % 100 === 0 ? Effect.yieldNow : Effect.void)
          yield* breaker.execute(Effect.void, ignore)
        }
      })
      yield* Effect.all(
        Array.from({ length: 10 }, () => worker),
        { concurrency: "unbounded" }
      )
      assert.deepInclude((yield* breaker.snapshot).calls, { successful: 50_000, ignored: 50_000, failed: 0 })
    })
  )

  it.effect("GE8: sync throw inside effect construction = defect path, permit released", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ trip: consecutiveFailures(1) })
      const thrown = Effect.suspend((): Effect.Effect<string> => {
        throw new Error("bug")
      })
      yield* run(breaker, thrown)
      yield* TestClock.adjust("5 seconds")
      yield* run(breaker, thrown)
      assert.deepInclude(yield* breaker.state, { _tag: "OPEN", attempt: 2 })
    })
  )

  it.effect("GE10: parallel race: loser interrupted ⇒ I, never F", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ trip: consecutiveFailures(1) })
      yield* Effect.race(S, breaker.execute(Effect.never))
      assert.deepInclude((yield* breaker.snapshot).calls, { failed: 0 })
      assert.strictEqual(yield* stateOf(breaker), "CLOSED")
    })
  )

  it.effect("GE11: no timers or fibers remain after the scope closes; process can exit with open breakers", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const breaker = yield* Scope.provide(brittle({ automaticTransitionFromOpenToHalfOpenEnabled: true }), scope)
      yield* run(breaker, F)
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* stateOf(breaker), "OPEN")
    })
  )
})
