import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Scope } from "effect"
import { TestClock } from "effect/testing"
import { failureRate } from "../../src/CircuitBreakerOptions.ts"
import { brittle, F, machine, make, pending, run, S, stateOf, watch } from "./support/breakers.ts"

describe("MN: commands and special states", () => {
  it.effect("MN1: forcedOpen: rejects for ever; +6 s with wait 5 s still FORCED_OPEN; notPermitted 2", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* breaker.forceOpen
      yield* TestClock.adjust("6 seconds")
      yield* run(breaker, S, S)
      assert.deepInclude(yield* breaker.snapshot, { state: "FORCED_OPEN", failureRate: -1, bufferedCalls: 0 })
      assert.strictEqual((yield* breaker.snapshot).calls.notPermitted, 2)
      yield* breaker.forceClose
      yield* run(breaker, F, F, F)
      assert.strictEqual(yield* stateOf(breaker), "OPEN")
    })
  )

  it.effect("MN2: disabled: admits all, records nothing, publishes no call events", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* breaker.disable
      const { events } = yield* watch(breaker)
      yield* run(breaker, F, F, F, F, S)
      assert.strictEqual(yield* stateOf(breaker), "DISABLED")
      assert.lengthOf(yield* events, 0)
      assert.deepInclude(yield* breaker.snapshot, { bufferedCalls: 0, failureRate: -1 })
      assert.deepInclude((yield* breaker.snapshot).calls, { successful: 0, failed: 0 })
    })
  )

  it.effect(
    "MN2 a call that began before it was disabled, or ends after it was enabled again, counts in no window",
    () =>
      Effect.gen(function* () {
        const breaker = yield* brittle()
        const before = yield* pending(breaker)
        yield* breaker.disable
        const during = yield* pending(breaker)
        yield* before.fail
        yield* breaker.forceClose
        yield* during.fail
        assert.strictEqual(yield* stateOf(breaker), "CLOSED")
        assert.strictEqual((yield* breaker.snapshot).bufferedCalls, 0)
      })
  )

  it.effect("MN4: CLOSED→HALF_OPEN by hand is illegal: typed error naming both states; state unchanged", () =>
    Effect.gen(function* () {
      const breaker = yield* brittle()
      for (const [command, from] of [
        [Effect.void, "CLOSED"],
        [breaker.disable, "DISABLED"],
        [breaker.metricsOnly, "METRICS_ONLY"]
      ] as const) {
        yield* command
        const before = yield* breaker.state
        const error = yield* Effect.flip(breaker.forceHalfOpen)
        assert.deepInclude(error, { _tag: "IllegalTransition", name: "backend", from, to: "HALF_OPEN" })
        assert.strictEqual(error.message, `Circuit breaker backend cannot go from ${from} to HALF_OPEN`)
        assert.deepStrictEqual(yield* breaker.state, before)
      }
    })
  )

  it.effect("MN4 from OPEN and FORCED_OPEN probes may be let through by hand, as many as are permitted", () =>
    Effect.gen(function* () {
      const breaker = yield* brittle({ exponentialBackoffMultiplier: 2 })
      yield* run(breaker, F)
      yield* breaker.forceHalfOpen
      yield* breaker.forceHalfOpen
      assert.deepInclude(yield* breaker.state, { _tag: "HALF_OPEN", attempt: 1, admitted: 0 })
      const probe = yield* pending(breaker)
      assert.strictEqual((yield* Effect.flip(breaker.execute(S)))._tag, "CircuitOpen")
      yield* probe.fail
      assert.deepInclude(yield* breaker.state, { _tag: "OPEN", attempt: 2 })
      yield* breaker.forceOpen
      yield* breaker.forceHalfOpen
      yield* run(breaker, S)
      assert.strictEqual(yield* stateOf(breaker), "CLOSED")
    })
  )

  it.effect("MN5: same-state transition publishes no event", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      const { events } = yield* watch(breaker)
      yield* breaker.forceClose
      yield* breaker.reset
      yield* breaker.forceOpen
      yield* breaker.forceOpen
      yield* breaker.reset
      const at = 0
      assert.deepStrictEqual(yield* events, [
        { _tag: "Reset", name: "backend", at },
        { _tag: "StateTransition", name: "backend", at, from: "CLOSED", to: "FORCED_OPEN" },
        { _tag: "StateTransition", name: "backend", at, from: "FORCED_OPEN", to: "CLOSED" },
        { _tag: "Reset", name: "backend", at }
      ])
    })
  )

  it("MN5 a command into the state it is in changes nothing", () => {
    for (const _tag of ["ForceOpen", "ForceClose", "Disable"] as const) {
      const breaker = machine({})
      breaker.event({ _tag })
      const { state } = breaker
      breaker.event({ _tag })
      assert.strictEqual(breaker.state, state)
    }
  })

  it.effect("MN6: reset(): CLOSED, counters 0, one reset event; from OPEN also a transition event", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* run(breaker, F, F)
      const { events } = yield* watch(breaker)
      yield* breaker.reset
      assert.deepInclude(yield* breaker.snapshot, { state: "CLOSED", bufferedCalls: 0, failedCalls: 0 })
      assert.deepStrictEqual(
        (yield* events).map((event) => event._tag),
        ["Reset"]
      )
      yield* run(breaker, F, F)
      assert.strictEqual(yield* stateOf(breaker), "CLOSED")
      yield* run(breaker, F)
      assert.strictEqual(yield* stateOf(breaker), "OPEN")
      yield* breaker.reset
      const at = 0
      assert.deepStrictEqual((yield* events).slice(-2), [
        { _tag: "StateTransition", name: "backend", at, from: "OPEN", to: "CLOSED" },
        { _tag: "Reset", name: "backend", at }
      ])
    })
  )

  it("MN6 a reset closes from anywhere", () => {
    for (const _tag of ["ForceOpen", "Disable", "Reset"] as const) {
      const breaker = machine({})
      breaker.event({ _tag })
      breaker.event({ _tag: "Reset" })
      assert.deepInclude(breaker.state, { _tag: "CLOSED", generation: 2 })
    }
  })

  it.effect("MN8: initial state OPEN / METRICS_ONLY / DISABLED honoured", () =>
    Effect.gen(function* () {
      for (const initialState of ["OPEN", "METRICS_ONLY", "DISABLED", "FORCED_OPEN"] as const) {
        assert.strictEqual(yield* stateOf(yield* brittle({ initialState })), initialState)
      }
      const open = yield* brittle({ initialState: "OPEN" })
      yield* TestClock.adjust("5 seconds")
      yield* open.execute(S)
      assert.strictEqual(yield* stateOf(open), "CLOSED")
    })
  )

  it.effect("MN9: manual open while an auto timer is pending cancels it", () =>
    Effect.gen(function* () {
      const breaker = yield* brittle({ automaticTransitionFromOpenToHalfOpenEnabled: true })
      yield* run(breaker, F)
      yield* breaker.forceOpen
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* stateOf(breaker), "FORCED_OPEN")
    })
  )

  it.effect('MN10: save/restore: half-open serialises as "probe immediately"; open keeps openedAt and attempt', () =>
    Effect.gen(function* () {
      const old = yield* brittle({ exponentialBackoffMultiplier: 2 })
      yield* run(old, F)
      yield* TestClock.adjust("5 seconds")
      yield* run(old, F)
      yield* TestClock.adjust("3 seconds")
      const saved = yield* old.save
      assert.deepStrictEqual(saved, { state: "OPEN", attempt: 2, openUntil: (yield* Clock.currentTimeMillis) + 7000 })
      const fresh = yield* brittle()
      yield* fresh.restore(saved)
      assert.deepStrictEqual((yield* fresh.snapshot).retryAfter, Duration.seconds(7))

      yield* TestClock.adjust("7 seconds")
      yield* Effect.forkChild(old.execute(Effect.never))
      yield* Effect.yieldNow
      const halfOpen = yield* brittle()
      yield* halfOpen.restore(yield* old.save)
      yield* halfOpen.execute(S)
      assert.strictEqual(yield* stateOf(halfOpen), "CLOSED")

      for (const command of ["forceOpen", "disable", "metricsOnly", "reset"] as const) {
        yield* old[command]
        const copy = yield* brittle()
        yield* copy.restore(yield* old.save)
        assert.strictEqual(yield* stateOf(copy), yield* stateOf(old))
      }
    })
  )

  it.effect("MN metrics only: counts and never opens", () =>
    Effect.gen(function* () {
      const breaker = yield* brittle({ trip: failureRate({ slidingWindowSize: 4 }) })
      yield* breaker.metricsOnly
      for (let i = 0; i < 8; i++) yield* run(breaker, F)
      assert.deepInclude(yield* breaker.snapshot, { state: "METRICS_ONLY", failureRate: 100, bufferedCalls: 4 })
      yield* breaker.reset
      assert.strictEqual(yield* stateOf(breaker), "CLOSED")
    })
  )

  it.effect("MN isolated as long as one holder holds it", () =>
    Effect.gen(function* () {
      const breaker = yield* brittle()
      const [first, second] = [yield* Scope.make(), yield* Scope.make()]
      yield* Scope.provide(breaker.isolate, first)
      yield* Scope.provide(breaker.isolate, second)
      yield* Scope.close(first, Exit.void)
      assert.strictEqual(yield* stateOf(breaker), "FORCED_OPEN")
      yield* Scope.close(second, Exit.void)
      assert.strictEqual(yield* stateOf(breaker), "CLOSED")
    })
  )
})
