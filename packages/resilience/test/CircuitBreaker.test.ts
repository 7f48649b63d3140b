import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Duration, Effect, Exit, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { BulkheadFull } from "../src/Bulkhead.ts"
import * as CircuitBreaker from "../src/CircuitBreaker.ts"
import { type CircuitBreakerEvent } from "../src/CircuitBreakerEvent.ts"
import { type CircuitBreakerOptionsInput, consecutiveFailures, failureRate } from "../src/CircuitBreakerOptions.ts"
import { interruptEverywhere } from "./Interruptions.ts"
import * as MetricSeries from "./MetricSeries.ts"
import { eventsOf, inSpan, recorded } from "./RecordingTracer.ts"

const S = Effect.succeed("up")
const F = Effect.fail("down" as const)

const make = (options?: CircuitBreakerOptionsInput) =>
  CircuitBreaker.make("backend", {
    trip: consecutiveFailures(3),
    waitDurationInOpenState: "5 seconds",
    permittedNumberOfCallsInHalfOpenState: 1,
    ...options
  })

const stateOf = (breaker: CircuitBreaker.CircuitBreaker) => Effect.map(breaker.state, (state) => state._tag)

const run = (breaker: CircuitBreaker.CircuitBreaker, ...calls: ReadonlyArray<Effect.Effect<string, unknown>>) =>
  Effect.forEach(calls, (call) => Effect.exit(breaker.execute(call)), { discard: true })

/** A call that ends when told to. */
const pending = (breaker: CircuitBreaker.CircuitBreaker) =>
  Effect.gen(function* () {
    const outcome = yield* Deferred.make<string, "down">()
    const fiber = yield* Effect.forkChild(breaker.execute(Deferred.await(outcome)), { startImmediately: true })
    return {
      fiber,
      succeed: Effect.andThen(Deferred.succeed(outcome, "up"), Fiber.await(fiber)),
      fail: Effect.andThen(Deferred.fail(outcome, "down"), Fiber.await(fiber))
    }
  })

/** Collects the events from now on. */
const watch = Effect.fnUntraced(function* (breaker: CircuitBreaker.CircuitBreaker) {
  const events: Array<CircuitBreakerEvent> = []
  yield* breaker.events.pipe(
    Stream.runForEach((event) => Effect.sync(() => events.push(event))),
    Effect.forkScoped({ startImmediately: true })
  )
  return { events: Effect.as(Effect.yieldNow, events) }
})

describe("execute", () => {
  it.effect("CW1 rejects once it is open and counts that", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ trip: failureRate({ slidingWindowSize: 5 }) })
      yield* run(breaker, F, F, F, S)
      assert.strictEqual((yield* breaker.snapshot).failureRate, -1)
      yield* run(breaker, S)
      const error = yield* Effect.flip(breaker.execute(S))
      assert.deepInclude(error, { _tag: "CircuitOpen", name: "backend", state: "OPEN" })
      assert.deepInclude(yield* breaker.snapshot, {
        state: "OPEN",
        failureRate: 60,
        bufferedCalls: 5,
        failedCalls: 3,
        calls: { successful: 2, failed: 3, ignored: 0, notPermitted: 1 }
      })
    })
  )

  it.effect("CF3 an interruption in between counts for nothing", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* run(breaker, F, F)
      const call = yield* pending(breaker)
      yield* Fiber.interrupt(call.fiber)
      assert.strictEqual(yield* stateOf(breaker), "CLOSED")
      yield* run(breaker, F)
      assert.strictEqual(yield* stateOf(breaker), "OPEN")
      assert.strictEqual((yield* breaker.snapshot).calls.ignored, 1)
    })
  )

  it.effect("OP1 rejects until the wait is over, then lets a probe through", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* run(breaker, F, F, F)
      yield* TestClock.adjust("3 seconds")
      yield* run(breaker, S, S)
      assert.strictEqual((yield* breaker.snapshot).calls.notPermitted, 2)
      yield* TestClock.adjust("2 seconds")
      const probe = yield* pending(breaker)
      assert.deepInclude(yield* breaker.snapshot, { state: "HALF_OPEN", bufferedCalls: 0, failedCalls: 0 })
      yield* probe.succeed
      assert.strictEqual(yield* stateOf(breaker), "CLOSED")
    })
  )

  it.effect("OP2 a rejection says how long to wait", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* run(breaker, F, F, F)
      yield* TestClock.adjust(1)
      const error = yield* Effect.flip(breaker.execute(S))
      assert.strictEqual(error._tag, "CircuitOpen")
      assert.deepStrictEqual(error.retryAfter, Duration.millis(4999))
      assert.strictEqual(error.message, "Circuit breaker backend is OPEN")
      assert.notInclude(error.stack, "CircuitBreaker.ts")

      yield* TestClock.adjust(4999)
      yield* pending(breaker)
      const probing = yield* Effect.flip(breaker.execute(S))
      assert.deepInclude(probing, { state: "HALF_OPEN", retryAfter: Duration.zero })

      yield* breaker.forceOpen
      const forced = yield* Effect.flip(breaker.execute(S))
      assert.strictEqual(forced.state, "FORCED_OPEN")
      assert.isFalse(Duration.isFinite(forced.retryAfter))
    })
  )

  it.effect("OP3 a rejection runs nothing of the call", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* breaker.forceOpen
      let ran = false
      yield* Effect.flip(
        breaker.execute(
          Effect.sync(() => {
            ran = true
          })
        )
      )
      assert.isFalse(ran)
    })
  )

  it.effect("OP4 a call from before the trip keeps its own result and moves nothing", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      const [failing, succeeding] = [yield* pending(breaker), yield* pending(breaker)]
      yield* run(breaker, F, F, F)
      const opened = yield* breaker.state
      const { events } = yield* watch(breaker)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* failing.fail, Exit.fail("down"))
      assert.deepStrictEqual(yield* succeeding.succeed, Exit.succeed("up"))
      assert.strictEqual(yield* breaker.state, opened)
      assert.deepStrictEqual(
        (yield* events).map((event) => event._tag),
        ["Error", "Success"]
      )
      assert.deepInclude((yield* breaker.snapshot).calls, { successful: 1, failed: 4 })
    })
  )

  it.effect("OP14 a snapshot tells an open breaker that is ready for a probe", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      assert.isUndefined((yield* breaker.snapshot).retryAfter)
      yield* TestClock.adjust("1 second")
      yield* run(breaker, F, F, F)
      assert.deepInclude(yield* breaker.snapshot, { since: 1000, retryAfter: Duration.seconds(5) })
      yield* TestClock.adjust("7 seconds")
      assert.deepInclude(yield* breaker.snapshot, { state: "OPEN", retryAfter: Duration.zero })
    })
  )

  it.effect("HO6 of 100 callers at the boundary one is let through", () =>
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

  it.effect("HO9 an interrupted probe gives its permit back", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* run(breaker, F, F, F)
      yield* TestClock.adjust("5 seconds")
      const probe = yield* pending(breaker)
      assert.strictEqual((yield* Effect.flip(breaker.execute(S)))._tag, "CircuitOpen")
      yield* Fiber.interrupt(probe.fiber)
      assert.strictEqual(yield* stateOf(breaker), "HALF_OPEN")
      yield* run(breaker, S)
      assert.strictEqual(yield* stateOf(breaker), "CLOSED")
    })
  )

  it.effect("HO10 a defect in a probe reopens", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* run(breaker, F, F, F)
      yield* TestClock.adjust("5 seconds")
      yield* run(breaker, Effect.die("bug"))
      assert.deepInclude(yield* breaker.state, { _tag: "OPEN", attempt: 2 })
    })
  )
})

describe("generations and interruption", () => {
  it.effect("GE1 a late failure does not reopen what a probe is about to close", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      const late = yield* pending(breaker)
      yield* run(breaker, F, F, F)
      yield* TestClock.adjust("5 seconds")
      const probe = yield* pending(breaker)
      yield* late.fail
      assert.strictEqual(yield* stateOf(breaker), "HALF_OPEN")
      yield* probe.succeed
      assert.strictEqual(yield* stateOf(breaker), "CLOSED")
    })
  )

  it.effect("GE5 an interruption at any step of a probe gives its permit back", () =>
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

  it.effect("GE7 counts of concurrent calls are exact", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      const ignore: CircuitBreaker.Classifier<unknown, unknown> = () => "ignored"
      const worker = Effect.gen(function* () {
        for (let i = 0; i < 50; i++) {
          yield* breaker.execute(Effect.yieldNow)
          yield* breaker.execute(Effect.yieldNow, ignore)
        }
      })
      yield* Effect.all(
        Array.from({ length: 10 }, () => worker),
        { concurrency: "unbounded" }
      )
      assert.deepInclude((yield* breaker.snapshot).calls, { successful: 500, ignored: 500, failed: 0 })
    })
  )

  it.effect("GE8 a throw while the effect is built is a defect that counts", () =>
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

  it.effect("GE10 the loser of a race counts for nothing", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ trip: consecutiveFailures(1) })
      yield* Effect.race(S, breaker.execute(Effect.never))
      assert.deepInclude((yield* breaker.snapshot).calls, { failed: 0 })
      assert.strictEqual(yield* stateOf(breaker), "CLOSED")
    })
  )
})

describe("classification", () => {
  it.effect("CL1 CL2 errors count as the classifier says", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ trip: failureRate({ slidingWindowSize: 10 }) })
      const classify: CircuitBreaker.Classifier<string, string> = (exit) => {
        if (Exit.isSuccess(exit)) return exit.value === "bad" ? "failure" : "success"
        return Cause.hasFails(exit.cause) && JSON.stringify(exit).includes("business") ? "success" : "ignored"
      }
      yield* Effect.flip(breaker.execute(Effect.fail("business"), classify))
      yield* Effect.flip(breaker.execute(Effect.fail("number"), classify))
      assert.deepInclude(yield* breaker.snapshot, { bufferedCalls: 1, failedCalls: 0 })
      assert.strictEqual(yield* breaker.execute(Effect.succeed("bad"), classify), "bad", "CL4")
      assert.deepInclude(yield* breaker.snapshot, { bufferedCalls: 2, failedCalls: 1 })
    })
  )

  it.effect("CL5 a classifier that throws frees the permit, and the call dies with both causes", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* run(breaker, F, F, F)
      yield* TestClock.adjust("5 seconds")
      const exit = yield* Effect.exit(
        breaker.execute(F, () => {
          throw new Error("classifier")
        })
      )
      assert.isTrue(Exit.isFailure(exit))
      const causes = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""
      assert.include(causes, "down")
      assert.include(causes, "classifier")
      assert.deepInclude(yield* breaker.state, { _tag: "HALF_OPEN", admitted: 0 })
    })
  )

  it.effect("CL7 a timeout inside counts, one around does not", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      const slow = Effect.timeout(Effect.never, "1 second")
      const inside = yield* Effect.forkChild(Effect.exit(breaker.execute(slow)))
      const around = yield* Effect.forkChild(Effect.exit(Effect.timeout(breaker.execute(Effect.never), "1 second")))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(inside)
      yield* Fiber.join(around)
      assert.deepInclude((yield* breaker.snapshot).calls, { failed: 1, ignored: 1 })
    })
  )

  it.effect("CL9 rejections by our own policies are ignored", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ trip: consecutiveFailures(1) })
      const inner = yield* CircuitBreaker.make("inner")
      yield* inner.forceOpen
      yield* Effect.flip(breaker.execute(inner.execute(S)))
      const full = new BulkheadFull({ name: "b", reason: "queue-full", maxConcurrentCalls: 0, maxQueuedCalls: 0 })
      yield* Effect.flip(breaker.execute(Effect.fail(full)))
      assert.strictEqual(yield* stateOf(breaker), "CLOSED", "CO5")
      assert.strictEqual((yield* breaker.snapshot).calls.ignored, 2)
    })
  )
})

describe("commands", () => {
  it.effect("MN1 MN2 forced open rejects for ever, disabled records and reports nothing", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* breaker.forceOpen
      yield* TestClock.adjust("6 seconds")
      yield* run(breaker, S, S)
      assert.deepInclude(yield* breaker.snapshot, { state: "FORCED_OPEN", failureRate: -1, bufferedCalls: 0 })
      assert.strictEqual((yield* breaker.snapshot).calls.notPermitted, 2)
      yield* breaker.disable
      const { events } = yield* watch(breaker)
      yield* run(breaker, F, F, F, F, S)
      assert.strictEqual(yield* stateOf(breaker), "DISABLED")
      assert.lengthOf(yield* events, 0)
      assert.deepInclude((yield* breaker.snapshot).calls, { successful: 0, failed: 0 })
      yield* breaker.forceClose
      yield* run(breaker, F, F, F)
      assert.strictEqual(yield* stateOf(breaker), "OPEN")
    })
  )

  it.effect("MN5 MN6 only a change of state is a transition, and a reset is an event of its own", () =>
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

  it.effect("MN6 a reset clears what was counted", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* run(breaker, F, F)
      yield* breaker.reset
      yield* run(breaker, F, F)
      assert.strictEqual(yield* stateOf(breaker), "CLOSED")
    })
  )

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
})

describe("events, metrics and spans", () => {
  it.effect("EV1 each kind of event has the name and the time", () =>
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

  it.effect("EV2 EV3 a subscriber that hangs loses the oldest events, and nobody waits for it", () =>
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

  it.effect("EV4 the series are there with zero before the first call, and go with the scope", () =>
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

  it.effect("EV5 exactly one state is at 1", () =>
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

  it.effect("EV6 a rejected call is no failure", () =>
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

  it.effect("EV8 the span of a rejected call says by whom and how long to wait", () =>
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
