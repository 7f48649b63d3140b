import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Random } from "effect"
import { TestClock } from "effect/testing"
import type * as CircuitBreaker from "../../src/CircuitBreaker.ts"
import { consecutiveFailures, failureRate } from "../../src/CircuitBreakerOptions.ts"
import { halfOpen, halfOpenEdges } from "./cases/breaker.ts"
import { prove } from "./script/prove.ts"
import { brittle, F, machine, make, pending, run, S, stateOf, watch } from "./support/breakers.ts"

describe("HO: half-open", () => {
  prove(halfOpen)

  prove(halfOpenEdges)

  it.effect("HO6 one event, however many callers", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* run(breaker, F, F, F)
      yield* TestClock.adjust("5 seconds")
      const { events } = yield* watch(breaker)
      let ran = 0
      const call = Effect.andThen(
        Effect.sync(() => ran++),
        Effect.never
      )
      yield* Effect.forEach(Array.from({ length: 100 }), () => Effect.forkChild(Effect.exit(breaker.execute(call))))
      yield* Effect.yieldNow
      assert.strictEqual(ran, 1)
      assert.strictEqual((yield* breaker.snapshot).calls.notPermitted, 99)
      const transitions = (yield* events).filter((event) => event._tag === "StateTransition")
      assert.deepStrictEqual(transitions, [
        { _tag: "StateTransition", name: "backend", at: 5000, from: "OPEN", to: "HALF_OPEN" }
      ])
    })
  )

  it("HO11: manual releases/late releases never raise permits above N", () => {
    const breaker = machine({
      trip: consecutiveFailures(1),
      waitDurationInOpenState: 1000,
      permittedNumberOfCallsInHalfOpenState: 2
    })
    breaker.call(0, "failure")
    assert.isTrue(breaker.admit(1000))
    assert.isTrue(breaker.admit(1000))
    for (const generation of [0, 1]) {
      for (const outcome of ["ignored", "success", "failure"] as const) breaker.record(generation, outcome, 1000)
    }
    assert.isFalse(breaker.admit(1000))
  })

  for (const [to, expected] of [
    ["OPEN", "OPEN"],
    ["CLOSED", "CLOSED"]
  ] as const) {
    it.effect(
      to === "OPEN"
        ? "HO16: max wait in half-open 1 s, no verdict → OPEN at exactly 1 s (or CLOSED if configured); 0 = unlimited"
        : "HO16 or CLOSED, if configured",
      () =>
        Effect.gen(function* () {
          const breaker = yield* brittle({
            maxWaitDurationInHalfOpenState: "1 second",
            transitionToStateAfterWaitDuration: to
          })
          yield* run(breaker, F)
          yield* TestClock.adjust("5 seconds")
          yield* Effect.forkChild(breaker.execute(Effect.never))
          yield* Effect.yieldNow
          yield* TestClock.adjust("999 millis")
          assert.strictEqual(yield* stateOf(breaker), "HALF_OPEN")
          yield* TestClock.adjust("1 millis")
          assert.strictEqual(yield* stateOf(breaker), expected)
        })
    )
  }

  /** Closed again just now, letting through a tenth and more and more. */
  const recovered = Effect.gen(function* () {
    const breaker = yield* make({
      trip: failureRate({ slidingWindowSize: 4 }),
      rampDuration: "10 seconds",
      rampInitialShare: 0.1,
      permittedNumberOfCallsInHalfOpenState: 2,
      exponentialBackoffMultiplier: 2
    })
    yield* run(breaker, F, F, F, F)
    yield* TestClock.adjust("5 seconds")
    yield* run(breaker, S, S)
    return breaker
  })

  const share = (breaker: CircuitBreaker.CircuitBreaker) =>
    Effect.map(
      Effect.forEach(Array.from({ length: 1000 }), () => Effect.isSuccess(breaker.execute(S))),
      (results) => results.filter(Boolean).length / 1000
    )

  it.effect("HO18: verdict reached before the max-wait timer cancels the timer", () =>
    Effect.gen(function* () {
      const breaker = yield* brittle({ maxWaitDurationInHalfOpenState: "1 second" })
      yield* run(breaker, F)
      yield* TestClock.adjust("5 seconds")
      yield* run(breaker, S)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* stateOf(breaker), "CLOSED")
    })
  )

  it.effect("HO19: opening from half-open by timer increments the backoff attempt", () =>
    Effect.gen(function* () {
      const breaker = yield* brittle({ maxWaitDurationInHalfOpenState: "1 second", exponentialBackoffMultiplier: 2 })
      yield* run(breaker, F)
      yield* TestClock.adjust("5 seconds")
      yield* pending(breaker)
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* breaker.state, { _tag: "OPEN", attempt: 2, until: 6000 + 10_000 })
    })
  )

  it.effect("HO16 0 = unlimited: the probe may take its time", () =>
    Effect.gen(function* () {
      const breaker = yield* brittle({ maxWaitDurationInHalfOpenState: 0 })
      yield* run(breaker, F)
      yield* TestClock.adjust("5 seconds")
      const probe = yield* pending(breaker)
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* stateOf(breaker), "HALF_OPEN")
      yield* probe.succeed
      assert.strictEqual(yield* stateOf(breaker), "CLOSED")
    })
  )

  it.effect(
    "HO20: gradual recovery (our addition): after close, admit fraction p(t) rising from p0 to 1 over rampDuration; a failure rate ≥ thr during the ramp reopens",
    () =>
      Effect.gen(function* () {
        const breaker = yield* recovered
        assert.strictEqual(yield* stateOf(breaker), "CLOSED")
        assert.approximately(yield* share(breaker), 0.1, 0.05)
        yield* TestClock.adjust("5 seconds")
        assert.approximately(yield* share(breaker), 0.55, 0.05)
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(yield* share(breaker), 1)
      }).pipe(Random.withSeed("ramp"))
  )

  it.effect("HO20 opens again, for longer, when calls fail during it", () =>
    Effect.gen(function* () {
      const breaker = yield* recovered
      yield* TestClock.adjust("9999 millis")
      for (let i = 0; i < 4; i++) yield* run(breaker, F)
      assert.deepInclude(yield* breaker.state, { _tag: "OPEN", attempt: 2 })
    }).pipe(Random.withSeed("ramp"))
  )

  it.effect("HO20 a rejection during the ramp says that it may be tried again at once", () =>
    Effect.gen(function* () {
      const breaker = yield* recovered
      const error = yield* breaker.execute(S).pipe(Effect.flip, Effect.eventually)
      assert.deepInclude(error, { state: "CLOSED", retryAfter: Duration.zero })
    }).pipe(Random.withSeed("ramp"))
  )
})
