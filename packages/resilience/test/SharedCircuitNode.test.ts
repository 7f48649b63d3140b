import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { type CircuitBreakerOptionsInput, failureRate } from "../src/CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry } from "../src/CircuitBreakerRegistry.ts"
import { SharedState } from "../src/SharedState.ts"
import * as Events from "../src/testing/Events.ts"
import * as MetricSeries from "./MetricSeries.ts"
import { eventsOf, inSpan } from "./RecordingTracer.ts"
import * as ScriptedState from "./ScriptedState.ts"

const { opening, shared } = ScriptedState
const rated = { ...shared, trip: failureRate({ slidingWindowSize: 2 }) }

const F = Effect.fail("down" as const)
const S = Effect.succeed("up" as const)

/** A node alone with a store in memory. */
const alone = Effect.fnUntraced(function* (options: CircuitBreakerOptionsInput) {
  const layer = CircuitBreakerRegistry.layer().pipe(Layer.provide(SharedState.layerMemory))
  const context = yield* Layer.build(Layer.fresh(layer))
  return yield* Context.get(context, CircuitBreakerRegistry).register("payments", options)
})

const common = { name: "payments", at: 5 }

describe("what a node of a shared circuit breaker shows", () => {
  it.effect("events: how calls end, what made it open, each change once, what is refused, a reset", () =>
    Effect.gen(function* () {
      const node = yield* alone({ ...rated, shared: { quorum: 1 } })
      const events = yield* Events.collect(node.events)
      yield* TestClock.adjust(5)
      yield* node.execute(S, () => "ignored")
      yield* node.execute(S)
      for (const call of [F, F, F]) yield* Effect.exit(node.execute(call))
      yield* node.reset
      assert.deepStrictEqual(yield* events.seen, [
        { _tag: "IgnoredError", ...common },
        { _tag: "Success", ...common },
        { _tag: "Error", ...common },
        { _tag: "FailureRateExceeded", ...common, failureRate: 50 },
        { _tag: "StateTransition", ...common, from: "CLOSED", to: "OPEN" },
        { _tag: "NotPermitted", ...common, state: "OPEN" },
        { _tag: "NotPermitted", ...common, state: "OPEN" },
        { _tag: "StateTransition", ...common, from: "OPEN", to: "CLOSED" },
        { _tag: "Reset", ...common }
      ])
    })
  )

  it.effect("opening for slowness is an event of its own, and a streak is none", () =>
    Effect.gen(function* () {
      const trip = failureRate({ slidingWindowSize: 1, slowCallDurationThreshold: "1 second" })
      const node = yield* alone({ ...shared, trip, shared: { quorum: 1 } })
      const events = yield* Events.collect(node.events)
      yield* TestClock.adjust("5 seconds")
      for (const [millis, opens] of [
        [1000, false],
        [1001, true]
      ] as const) {
        const call = yield* Effect.forkChild(node.execute(Effect.sleep(millis)), { startImmediately: true })
        yield* TestClock.adjust(millis)
        yield* Fiber.join(call)
        yield* events.expect("Success", ...(opens ? [{ _tag: "SlowCallRateExceeded", slowCallRate: 100 }] : []))
      }
      yield* events.expect(Events.transition("CLOSED", "OPEN"))
      const streak = yield* alone({ ...shared, shared: { quorum: 1 } })
      const others = yield* Events.collect(streak.events)
      for (const call of [F, F]) yield* Effect.exit(streak.execute(call))
      yield* others.expect("Error", "Error", Events.transition("CLOSED", "OPEN"))
      yield* others.expectNone
    })
  )

  it.effect("a probe or what others count together is judged by the store alone", () =>
    Effect.gen(function* () {
      const node = yield* alone({ ...rated, trip: failureRate({ slidingWindowSize: 1 }), shared: { quorum: 1 } })
      yield* Effect.exit(node.execute(F))
      yield* TestClock.adjust("10 seconds")
      const events = yield* Events.collect(node.events)
      yield* Effect.exit(node.execute(F))
      yield* events.expect(Events.transition("OPEN", "HALF_OPEN"), "Error", Events.transition("HALF_OPEN", "OPEN"))
      yield* events.expectNone

      const { node: counted } = yield* ScriptedState.breaker(rated)
      const others = yield* Events.collect(counted.events)
      for (const call of [F, F, F]) yield* Effect.exit(counted.execute(call))
      yield* others.expect("Error", "Error", "Error")
      yield* others.expectNone
      const { bufferedCalls, failedCalls, failureRate: rate } = yield* counted.snapshot
      assert.deepStrictEqual([bufferedCalls, failedCalls, rate], [2, 2, 100])
    })
  )

  it.effect("in spans: a change, a rejection and how long it lasts", () =>
    Effect.gen(function* () {
      const node = yield* alone(shared)
      yield* Effect.exit(node.execute(F))
      const change = eventsOf(yield* inSpan("call", node.execute(F)))
      assert.deepStrictEqual(change, [
        ["resilience4j.circuitbreaker.state_transition", { name: "payments", from: "CLOSED", to: "OPEN" }]
      ])
      yield* TestClock.adjust("4 seconds")
      const span = yield* inSpan("call", node.execute(S))
      assert.deepInclude(Object.fromEntries(span?.attributes ?? []), {
        "resilience4j.circuitbreaker.name": "payments",
        "resilience4j.circuitbreaker.state": "OPEN",
        "resilience4j.circuitbreaker.retry_after_ms": 6000
      })
      assert.deepStrictEqual(eventsOf(span), [
        ["resilience4j.circuitbreaker.not_permitted", { name: "payments", state: "OPEN" }]
      ])
      yield* node.forceOpen
      const forced = Object.fromEntries((yield* inSpan("call", node.execute(S)))?.attributes ?? [])
      assert.notProperty(forced, "resilience4j.circuitbreaker.retry_after_ms")
      assert.strictEqual((yield* node.snapshot).calls.notPermitted, 2)
    })
  )

  it.effect("series: with its tags, of what its own calls came to", () =>
    Effect.gen(function* () {
      const { node, script } = yield* ScriptedState.breaker({ ...rated, tags: { team: "core" } })
      yield* Effect.exit(node.execute(F))
      const state = "resilience4j.circuitbreaker.state"
      const [labels] = yield* MetricSeries.attributes(state)
      assert.deepInclude(labels, { name: "payments", team: "core" })
      script.record = () => opening()
      yield* node.execute(S)
      assert.deepInclude(yield* MetricSeries.read(state, "state"), { closed: 0, open: 1 })
      assert.deepStrictEqual(yield* MetricSeries.read("resilience4j.circuitbreaker.failure.rate", "name"), {
        payments: 50
      })
      assert.deepStrictEqual(yield* MetricSeries.read("resilience4j.circuitbreaker.buffered.calls"), {
        successful: 1,
        failed: 1
      })
    }).pipe(MetricSeries.isolated)
  )

  it.effect("series: as long as it is there", () =>
    Effect.gen(function* () {
      yield* Effect.scoped(Effect.andThen(ScriptedState.breaker(shared), Effect.void))
      assert.notInclude(yield* MetricSeries.ids, "resilience4j.circuitbreaker.state")
    }).pipe(MetricSeries.isolated)
  )

  it.effect("a snapshot: tags if there are any, the wait while it is open and what opened it", () =>
    Effect.gen(function* () {
      const { node, script } = yield* ScriptedState.breaker({ ...rated, tags: { team: "core" } })
      assert.deepStrictEqual(yield* node.options, (yield* node.snapshot).options)
      assert.deepInclude(yield* node.snapshot, { tags: { team: "core" }, since: 0, state: "CLOSED" })
      assert.notProperty(yield* node.snapshot, "retryAfter")
      yield* node.execute(S)
      script.record = () => opening()
      yield* TestClock.adjust("1 second")
      yield* Effect.exit(node.execute(F))
      script.stateOf = () =>
        Effect.succeed({ _tag: "Open", key: "payments", retryAfter: Duration.seconds(3), consecutiveOpenings: 1 })
      const told = { since: 1000, failureRate: 50, bufferedCalls: 2, failedCalls: 1 }
      assert.deepInclude(yield* node.snapshot, { ...told, retryAfter: Duration.seconds(3) })
      script.stateOf = () => ScriptedState.away
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(yield* node.snapshot, { ...told, retryAfter: Duration.zero })
      assert.notProperty(yield* (yield* ScriptedState.breaker(shared)).node.snapshot, "tags")
    })
  )

  it.effect("a window of time passes, also while nobody calls", () =>
    Effect.gen(function* () {
      const trip = failureRate({ slidingWindowType: "TIME_BASED", slidingWindowSize: 10, minimumNumberOfCalls: 1 })
      const node = yield* alone({ ...shared, trip, shared: { quorum: 2 } })
      yield* node.execute(S)
      assert.deepInclude(yield* node.snapshot, { bufferedCalls: 1, failureRate: 0, slowCallRate: 0 })
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(yield* node.snapshot, { bufferedCalls: 0, failureRate: -1, slowCallRate: -1 })
    })
  )
})
