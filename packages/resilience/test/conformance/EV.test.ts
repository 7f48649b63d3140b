import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { CircuitBreakerEvent } from "../../src/CircuitBreakerEvent.ts"
import { failureRate } from "../../src/CircuitBreakerOptions.ts"
import * as EventBus from "../../src/internal/EventBus.ts"
import * as MetricSeries from "../MetricSeries.ts"
import { eventsOf, inSpan, recorded } from "../RecordingTracer.ts"
import { brittle, F, make, pending, run, S, watch } from "./support/breakers.ts"

describe("EV: events, metrics and spans", () => {
  it.effect(
    "EV1: events: success, error, ignored, notPermitted, rateExceeded, slowRateExceeded, transition, reset; each with name, time, duration where relevant",
    () =>
      Effect.gen(function* () {
        const breaker = yield* make({ trip: failureRate({ slidingWindowSize: 2 }) })
        const { events } = yield* watch(breaker)
        yield* TestClock.adjust(10)
        yield* run(breaker, S)
        yield* breaker.execute(S, () => "ignored")
        yield* run(breaker, F, S)
        const common = { name: "backend", at: 10 }
        assert.deepStrictEqual(yield* events, [
          { _tag: "Success", ...common },
          { _tag: "IgnoredError", ...common },
          { _tag: "Error", ...common },
          { _tag: "FailureRateExceeded", ...common, failureRate: 50 },
          { _tag: "StateTransition", ...common, from: "CLOSED", to: "OPEN" },
          { _tag: "NotPermitted", ...common, state: "OPEN" }
        ])
      })
  )

  it.effect("EV1 opening by slow calls is an event of its own", () =>
    Effect.gen(function* () {
      const breaker = yield* brittle({
        trip: failureRate({ slidingWindowSize: 1, slowCallDurationThreshold: "1 second" })
      })
      const seen = yield* breaker.events.pipe(
        Stream.filter((event) => event._tag === "SlowCallRateExceeded"),
        Stream.runHead,
        Effect.forkChild({ startImmediately: true })
      )
      const fiber = yield* Effect.forkChild(breaker.execute(Effect.sleep("2 seconds")))
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(fiber)
      assert.deepInclude(yield* Effect.flatMap(Fiber.join(seen), Effect.fromOption), { slowCallRate: 100 })
    })
  )

  it.effect("EV2: a throwing/hung subscriber never affects the call or other subscribers", () =>
    Effect.gen(function* () {
      const bus = EventBus.make<number>()
      const dying = yield* Effect.forkChild(Effect.exit(Stream.runForEach(bus.stream, () => Effect.die("bug"))), {
        startImmediately: true
      })
      bus.publish(() => 1)
      yield* Fiber.join(dying)
      let built = false
      bus.publish(() => {
        built = true
        return 2
      })
      assert.isFalse(built)
      assert.strictEqual(yield* bus.dropped, 0)
    })
  )

  it.effect("EV3: slow subscriber: bounded buffer, oldest dropped, drop counter exposed", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      const first = yield* Deferred.make<CircuitBreakerEvent>()
      yield* breaker.events.pipe(
        Stream.runForEach((event) => Effect.andThen(Deferred.succeed(first, event), Effect.never)),
        Effect.forkScoped({ startImmediately: true })
      )
      const { events } = yield* watch(breaker)
      for (let i = 0; i < 400; i++) {
        yield* breaker.execute(S)
        yield* Effect.yieldNow
      }
      assert.isTrue(yield* Deferred.isDone(first))
      assert.lengthOf(yield* events, 400)
      assert.isAtLeast(yield* breaker.droppedEvents, 400 - 256 - 2)
      assert.isBelow(yield* breaker.droppedEvents, 400 - 200)
    })
  )

  it.effect("EV3 a subscriber that is behind has the newest events, and the others are counted", () =>
    Effect.gen(function* () {
      const bus = EventBus.make<number>(4)
      const fiber = yield* bus.stream.pipe(Stream.take(4), Stream.runCollect, (collect) =>
        Effect.forkChild(collect, { startImmediately: true })
      )
      // Its taker is there, so the first event goes to it and does not wait in the buffer.
      for (let i = 0; i < 10; i++) bus.publish(() => i)
      const seen = yield* Fiber.join(fiber)
      const dropped = yield* bus.dropped
      assert.strictEqual(seen.at(-1), 9)
      assert.strictEqual(seen.length + dropped, 10)
    })
  )

  it.effect("EV2 each subscriber has a buffer of its own, and what nobody hears is not built", () =>
    Effect.gen(function* () {
      const bus = EventBus.make<number>(4)
      let built = 0
      const publish = () => bus.publish(() => ++built)
      publish()
      assert.strictEqual(built, 0)
      const hung = yield* Effect.forkChild(
        Stream.runForEach(bus.stream, () => Effect.never),
        { startImmediately: true }
      )
      const heard: Array<number> = []
      const quick = yield* Effect.forkChild(
        Stream.runForEach(bus.stream, (event) => Effect.sync(() => heard.push(event))),
        { startImmediately: true }
      )
      for (let i = 0; i < 20; i++) {
        publish()
        yield* Effect.yieldNow
      }
      assert.strictEqual(built, 20)
      assert.lengthOf(heard, 20)
      yield* Fiber.interrupt(hung)
      yield* Fiber.interrupt(quick)
      publish()
      assert.strictEqual(built, 20)
    })
  )

  it.effect("EV4: series exist with value 0 right after creation", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* make()
            assert.deepStrictEqual(yield* MetricSeries.read("resilience4j.circuitbreaker.calls"), {
              successful: 0,
              failed: 0,
              ignored: 0
            })
            assert.deepStrictEqual(yield* MetricSeries.read("resilience4j.circuitbreaker.not.permitted.calls"), {
              not_permitted: 0
            })
            assert.deepStrictEqual(yield* MetricSeries.read("resilience4j.circuitbreaker.buffered.calls"), {
              successful: 0,
              failed: 0
            })
            assert.deepStrictEqual(yield* MetricSeries.read("resilience4j.circuitbreaker.failure.rate", "name"), {
              backend: -1
            })
          })
        )
        assert.deepStrictEqual(yield* MetricSeries.ids, [])
      })
    )
  )

  it.effect("EV4 a breaker made anew under a name keeps its series when the old one goes", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const replaced = yield* Effect.scoped(Effect.andThen(make(), Effect.scoped(make())))
        assert.isDefined(replaced)
        assert.deepStrictEqual(yield* MetricSeries.ids, [])
        yield* Effect.scoped(
          Effect.gen(function* () {
            const old = yield* Effect.scope.pipe(
              Effect.andThen(
                Effect.forkChild(Effect.scoped(Effect.andThen(make(), Effect.never)), { startImmediately: true })
              )
            )
            const breaker = yield* make()
            yield* Fiber.interrupt(old)
            yield* run(breaker, F)
            assert.strictEqual((yield* MetricSeries.read("resilience4j.circuitbreaker.calls"))["failed"], 1)
          })
        )
      })
    )
  )

  it.effect("EV5: state gauge equals the current state, exactly one state per policy at 1", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const breaker = yield* make()
        const states = MetricSeries.read("resilience4j.circuitbreaker.state", "state")
        const none = { closed: 0, open: 0, half_open: 0, forced_open: 0, disabled: 0, metrics_only: 0 }
        assert.deepStrictEqual(yield* states, { ...none, closed: 1 })
        yield* run(breaker, F, F, F)
        assert.deepStrictEqual(yield* states, { ...none, open: 1 })
        yield* TestClock.adjust("5 seconds")
        yield* pending(breaker)
        assert.deepStrictEqual(yield* states, { ...none, half_open: 1 })
        yield* breaker.forceOpen
        assert.deepStrictEqual(yield* states, { ...none, forced_open: 1 })
        yield* breaker.disable
        assert.deepStrictEqual(yield* states, { ...none, disabled: 1 })
      })
    )
  )

  it.effect("EV6: rejected calls are not counted as failures or in call duration", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const breaker = yield* make()
        yield* run(breaker, S, F, F, F, S, S)
        assert.deepStrictEqual(yield* MetricSeries.read("resilience4j.circuitbreaker.calls"), {
          successful: 1,
          failed: 3,
          ignored: 0
        })
        assert.deepStrictEqual(yield* MetricSeries.read("resilience4j.circuitbreaker.not.permitted.calls"), {
          not_permitted: 2
        })
      })
    )
  )

  it.effect("EV8: span attributes on a rejected call: policy, state, retryAfter; no child client span", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      const tripping = yield* inSpan("trip", run(breaker, F, F, F))
      assert.deepStrictEqual(eventsOf(tripping), [
        ["resilience4j.circuitbreaker.state_transition", { name: "backend", from: "CLOSED", to: "OPEN" }]
      ])
      const rejected = yield* inSpan("call", breaker.execute(S))
      assert.deepInclude(Object.fromEntries(rejected?.attributes ?? []), {
        "resilience4j.circuitbreaker.name": "backend",
        "resilience4j.circuitbreaker.state": "OPEN",
        "resilience4j.circuitbreaker.retry_after_ms": 5000
      })
      assert.deepStrictEqual(eventsOf(rejected), [
        ["resilience4j.circuitbreaker.not_permitted", { name: "backend", state: "OPEN" }]
      ])
    })
  )

  it.effect("EV8 a wait without end is no attribute, and a span that is not sampled gets none", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* breaker.forceOpen
      const forced = yield* inSpan("call", breaker.execute(S))
      assert.isFalse(forced?.attributes.has("resilience4j.circuitbreaker.retry_after_ms"))
      const unsampled = yield* recorded((spans) =>
        Effect.map(Effect.exit(Effect.withSpan(breaker.execute(S), "call", { sampled: false })), () => spans[0])
      )
      assert.strictEqual(unsampled?.attributes.size, 0)
      assert.lengthOf(eventsOf(unsampled), 0)
    })
  )
})
