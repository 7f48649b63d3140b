import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, Random, Schema, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as CircuitBreaker from "../src/CircuitBreaker.ts"
import {
  CircuitBreakerOptions,
  type CircuitBreakerOptionsInput,
  consecutiveFailures,
  failureRate
} from "../src/CircuitBreakerOptions.ts"
import * as State from "../src/CircuitBreakerState.ts"

const failing = Effect.fail("down")
const working = Effect.succeed("up")

const make = (options: CircuitBreakerOptionsInput = {}) =>
  CircuitBreaker.make("b", {
    trip: consecutiveFailures(1),
    waitDurationInOpenState: "5 seconds",
    permittedNumberOfCallsInHalfOpenState: 1,
    ...options
  })

const fail = (breaker: CircuitBreaker.CircuitBreaker) => Effect.ignore(breaker.execute(failing))
const name = (breaker: CircuitBreaker.CircuitBreaker) => Effect.map(breaker.state, (state) => state._tag)
const wait = (options: CircuitBreakerOptionsInput, attempt: number, random?: number) =>
  State.waitMillis(
    Schema.decodeUnknownSync(CircuitBreakerOptions)(options),
    attempt,
    random === undefined ? {} : { random }
  )

describe("the wait of an open breaker", () => {
  it.effect("OP5 grows by a factor when a probe fails", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ exponentialBackoffMultiplier: 1.5 })
      yield* fail(breaker)
      yield* TestClock.adjust("5 seconds")
      yield* fail(breaker)
      yield* TestClock.adjust("6 seconds")
      const error = yield* Effect.flip(breaker.execute(working))
      assert.deepInclude(error, { _tag: "CircuitOpen", retryAfter: Duration.millis(1500) })
      yield* TestClock.adjust("1500 millis")
      yield* breaker.execute(working)
      assert.strictEqual(yield* name(breaker), "CLOSED")
    })
  )

  it.effect("OP6 starts anew after a close", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ waitDurationInOpenState: "1 second", exponentialBackoffMultiplier: 2 })
      yield* fail(breaker)
      yield* TestClock.adjust("1 second")
      yield* fail(breaker)
      yield* TestClock.adjust("2 seconds")
      yield* breaker.execute(working)
      yield* fail(breaker)
      assert.deepStrictEqual((yield* breaker.snapshot).retryAfter, Duration.seconds(1))
    })
  )

  it("OP9 OP10 is capped, for ever", () => {
    const options = {
      waitDurationInOpenState: "500 millis",
      exponentialBackoffMultiplier: 2,
      exponentialMaxWaitDurationInOpenState: "1 second"
    } as const
    assert.deepStrictEqual(
      [1, 2, 3, 1000].map((attempt) => wait(options, attempt)),
      [500, 1000, 1000, 1000]
    )
    assert.isTrue(Number.isFinite(wait({ exponentialBackoffMultiplier: 2 }, 10_000)))
  })

  it("OP12 is spread by its factor, and not beyond the cap", () => {
    const options = { waitDurationInOpenState: "10 seconds", randomizedWaitFactor: 0.2 } as const
    assert.strictEqual(wait(options, 1, 0), 8000)
    assert.strictEqual(wait(options, 1, 0.5), 10_000)
    assert.approximately(wait(options, 1, 0.999999), 12_000, 1)
    assert.strictEqual(wait({ ...options, exponentialMaxWaitDurationInOpenState: "10 seconds" }, 1, 0.9), 10_000)
  })

  it.effect("OP12 differs from breaker to breaker and is repeatable by the seed", () =>
    Effect.gen(function* () {
      const two = Effect.gen(function* () {
        const breakers = [yield* make({ randomizedWaitFactor: 0.5 }), yield* make({ randomizedWaitFactor: 0.5 })]
        yield* Effect.forEach(breakers, fail)
        return yield* Effect.forEach(breakers, (breaker) =>
          Effect.map(breaker.snapshot, ({ retryAfter }) => retryAfter)
        )
      }).pipe(Random.withSeed("spread"))
      const first = yield* two
      assert.notDeepEqual(first[0], first[1])
      assert.deepStrictEqual(yield* two, first)
    })
  )

  it.effect("OP11 is at least what the dependency asks for, up to a bound", () =>
    Effect.gen(function* () {
      const opened = (asked: Duration.Input) =>
        Effect.gen(function* () {
          const breaker = yield* make({ maxRetryAfter: "1 minute" })
          yield* Effect.ignore(breaker.execute(failing, () => CircuitBreaker.failureWithRetryAfter(asked)))
          return (yield* breaker.snapshot).retryAfter
        })
      assert.deepStrictEqual(yield* opened("2 seconds"), Duration.seconds(5))
      assert.deepStrictEqual(yield* opened("20 seconds"), Duration.seconds(20))
      assert.deepStrictEqual(yield* opened("2 hours"), Duration.minutes(1))
    })
  )

  it.effect("opens at once when asked to, if told to", () =>
    Effect.gen(function* () {
      const open = (openOnRetryAfter: boolean) =>
        Effect.gen(function* () {
          const breaker = yield* make({ trip: failureRate(), openOnRetryAfter })
          yield* Effect.ignore(breaker.execute(failing, () => CircuitBreaker.failureWithRetryAfter("20 seconds")))
          return yield* name(breaker)
        })
      assert.strictEqual(yield* open(true), "OPEN")
      assert.strictEqual(yield* open(false), "CLOSED")
    })
  )
})

describe("the automatic transition", () => {
  it.effect("OP13 goes half-open by a timer, exactly after the wait, without a call", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ automaticTransitionFromOpenToHalfOpenEnabled: true })
      const seen = yield* breaker.events.pipe(
        Stream.filter((event) => event._tag === "StateTransition"),
        Stream.take(2),
        Stream.runCollect,
        Effect.forkChild({ startImmediately: true })
      )
      yield* fail(breaker)
      yield* TestClock.adjust("4999 millis")
      assert.strictEqual(yield* name(breaker), "OPEN")
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* name(breaker), "HALF_OPEN")
      assert.deepStrictEqual(
        Array.from(yield* Fiber.join(seen), (event) => event.at),
        [0, 5000]
      )
      yield* breaker.execute(working)
      assert.strictEqual(yield* name(breaker), "CLOSED")
    })
  )

  it.effect("OP14 without it an open breaker that is ready for a probe says so", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      yield* fail(breaker)
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(yield* breaker.snapshot, { state: "OPEN", retryAfter: Duration.zero })
    })
  )

  it.effect("MN9 a command in between leaves the timer nothing to do", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ automaticTransitionFromOpenToHalfOpenEnabled: true })
      yield* fail(breaker)
      yield* breaker.forceOpen
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* name(breaker), "FORCED_OPEN")
    })
  )

  it.effect("GE11 ends with the scope", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const breaker = yield* Scope.provide(make({ automaticTransitionFromOpenToHalfOpenEnabled: true }), scope)
      yield* fail(breaker)
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* name(breaker), "OPEN")
    })
  )
})

describe("the verdict of the probes", () => {
  const probing = (options: CircuitBreakerOptionsInput, outcomes: string) =>
    Effect.gen(function* () {
      const breaker = yield* CircuitBreaker.make("b", {
        // In the window all it holds are needed, among the probes all of them.
        trip: failureRate({ slidingWindowSize: 2, minimumNumberOfCalls: 100 }),
        waitDurationInOpenState: "1 second",
        ...options
      })
      yield* fail(breaker)
      yield* fail(breaker)
      yield* TestClock.adjust("1 second")
      for (const outcome of outcomes) yield* Effect.ignore(breaker.execute(outcome === "S" ? working : failing))
      return yield* name(breaker)
    })

  it.effect("HO13 any failure reopens, if told so", () =>
    Effect.gen(function* () {
      const options = { permittedNumberOfCallsInHalfOpenState: 3, halfOpenVerdict: "ANY_FAILURE" } as const
      assert.strictEqual(yield* probing(options, "SSF"), "OPEN")
      assert.strictEqual(yield* probing(options, "F"), "OPEN")
      assert.strictEqual(yield* probing(options, "SSS"), "CLOSED")
    })
  )

  it("EARLY_EXIT closes or reopens as soon as the probes still out cannot change it", () => {
    const options = Schema.decodeUnknownSync(CircuitBreakerOptions)({
      trip: failureRate({ slidingWindowSize: 100 }),
      permittedNumberOfCallsInHalfOpenState: 4,
      halfOpenVerdict: "EARLY_EXIT"
    })
    const after = (outcomes: ReadonlyArray<State.Outcome>) =>
      outcomes.reduce<State.State>((state, outcome) => State.record(options, state, state.generation, outcome, 0), {
        _tag: "HALF_OPEN",
        generation: 1,
        attempt: 1,
        since: 0,
        admitted: 4,
        counts: { calls: 0, failures: 0, slow: 0 }
      })._tag
    assert.strictEqual(after(["failure", "success"]), "HALF_OPEN")
    assert.strictEqual(after(["failure", "failure"]), "OPEN")
    assert.strictEqual(after(["success", "success"]), "HALF_OPEN")
    assert.strictEqual(after(["success", "success", "success"]), "CLOSED")
  })

  for (const [to, expected] of [
    ["OPEN", "OPEN"],
    ["CLOSED", "CLOSED"]
  ] as const) {
    it.effect(`HO16 probes that do not come back end the state in time, in ${to}`, () =>
      Effect.gen(function* () {
        const breaker = yield* make({
          maxWaitDurationInHalfOpenState: "1 second",
          transitionToStateAfterWaitDuration: to,
          exponentialBackoffMultiplier: 2
        })
        yield* fail(breaker)
        yield* TestClock.adjust("5 seconds")
        yield* Effect.forkChild(breaker.execute(Effect.never))
        yield* Effect.yieldNow
        yield* TestClock.adjust("999 millis")
        assert.strictEqual(yield* name(breaker), "HALF_OPEN")
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* name(breaker), expected)
        // HO19: it counts as another opening.
        if (to === "OPEN") assert.deepInclude(yield* breaker.state, { attempt: 2, until: 6000 + 10_000 })
      })
    )
  }

  it.effect("HO18 a verdict in time stands", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ maxWaitDurationInHalfOpenState: "1 second" })
      yield* fail(breaker)
      yield* TestClock.adjust("5 seconds")
      yield* breaker.execute(working)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* name(breaker), "CLOSED")
    })
  )
})

describe("the ramp after closing", () => {
  const recovered = Effect.gen(function* () {
    const breaker = yield* make({
      trip: failureRate({ slidingWindowSize: 4 }),
      rampDuration: "10 seconds",
      rampInitialShare: 0.1,
      permittedNumberOfCallsInHalfOpenState: 2,
      exponentialBackoffMultiplier: 2
    })
    for (let i = 0; i < 4; i++) yield* fail(breaker)
    yield* TestClock.adjust("5 seconds")
    yield* breaker.execute(working)
    yield* breaker.execute(working)
    return breaker
  })
  const share = (breaker: CircuitBreaker.CircuitBreaker) =>
    Effect.map(
      Effect.forEach(Array.from({ length: 1000 }), () => Effect.isSuccess(breaker.execute(working))),
      (results) => results.filter(Boolean).length / 1000
    )

  it.effect("HO20 lets through a share that grows to all", () =>
    Effect.gen(function* () {
      const breaker = yield* recovered
      assert.strictEqual(yield* name(breaker), "CLOSED")
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
      for (let i = 0; i < 4; i++) yield* fail(breaker)
      assert.deepInclude(yield* breaker.state, { _tag: "OPEN", attempt: 2 })
    }).pipe(Random.withSeed("ramp"))
  )

  it.effect("a rejection during it says that it may be tried again at once", () =>
    Effect.gen(function* () {
      const breaker = yield* recovered
      const error = yield* breaker.execute(working).pipe(Effect.flip, Effect.eventually)
      assert.deepInclude(error, { state: "CLOSED", retryAfter: Duration.zero })
    }).pipe(Random.withSeed("ramp"))
  )
})

describe("special states", () => {
  it.effect("MN8 starts in the state it is told to", () =>
    Effect.gen(function* () {
      for (const initialState of ["OPEN", "METRICS_ONLY", "DISABLED", "FORCED_OPEN"] as const) {
        assert.strictEqual(yield* name(yield* make({ initialState })), initialState)
      }
      const open = yield* make({ initialState: "OPEN" })
      yield* TestClock.adjust("5 seconds")
      yield* open.execute(working)
      assert.strictEqual(yield* name(open), "CLOSED")
    })
  )

  it.effect("metrics only: counts and never opens", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ trip: failureRate({ slidingWindowSize: 4 }) })
      yield* breaker.metricsOnly
      for (let i = 0; i < 8; i++) yield* fail(breaker)
      assert.deepInclude(yield* breaker.snapshot, { state: "METRICS_ONLY", failureRate: 100, bufferedCalls: 4 })
      yield* breaker.reset
      assert.strictEqual(yield* name(breaker), "CLOSED")
    })
  )

  it.effect("isolated as long as one holder holds it", () =>
    Effect.gen(function* () {
      const breaker = yield* make()
      const [first, second] = [yield* Scope.make(), yield* Scope.make()]
      yield* Scope.provide(breaker.isolate, first)
      yield* Scope.provide(breaker.isolate, second)
      yield* Scope.close(first, Exit.void)
      assert.strictEqual(yield* name(breaker), "FORCED_OPEN")
      yield* Scope.close(second, Exit.void)
      assert.strictEqual(yield* name(breaker), "CLOSED")
    })
  )

  it.effect(
    "MN10 what is saved is restored: the wait and the attempt of an open one, a probe for a half-open one",
    () =>
      Effect.gen(function* () {
        const old = yield* make({ exponentialBackoffMultiplier: 2 })
        yield* fail(old)
        yield* TestClock.adjust("5 seconds")
        yield* fail(old)
        yield* TestClock.adjust("3 seconds")
        const saved = yield* old.save
        assert.deepStrictEqual(saved, { state: "OPEN", attempt: 2, openUntil: (yield* Clock.currentTimeMillis) + 7000 })
        const fresh = yield* make()
        yield* fresh.restore(saved)
        assert.deepStrictEqual((yield* fresh.snapshot).retryAfter, Duration.seconds(7))

        yield* TestClock.adjust("7 seconds")
        yield* Effect.forkChild(old.execute(Effect.never))
        yield* Effect.yieldNow
        const halfOpen = yield* make()
        yield* halfOpen.restore(yield* old.save)
        yield* halfOpen.execute(working)
        assert.strictEqual(yield* name(halfOpen), "CLOSED")

        for (const command of ["forceOpen", "disable", "metricsOnly", "reset"] as const) {
          yield* old[command]
          const copy = yield* make()
          yield* copy.restore(yield* old.save)
          assert.strictEqual(yield* name(copy), yield* name(old))
        }
      })
  )
})

describe("slow calls", () => {
  it.effect("SL1 SL2 are those that took longer than the threshold", () =>
    Effect.gen(function* () {
      const breaker = yield* make({
        trip: failureRate({ slidingWindowSize: 2, slowCallRateThreshold: 100, slowCallDurationThreshold: "4 seconds" })
      })
      const call = (took: Duration.Input) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(breaker.execute(Effect.sleep(took)))
          yield* TestClock.adjust(took)
          yield* Fiber.join(fiber)
        })
      yield* call("4 seconds")
      yield* call("4001 millis")
      assert.deepInclude(yield* breaker.snapshot, { state: "CLOSED", slowCallRate: 50, slowCalls: 1 })
      yield* call("10 seconds")
      assert.strictEqual(yield* name(breaker), "OPEN")
    })
  )

  it.effect("EV1 opening by them is an event of its own", () =>
    Effect.gen(function* () {
      const breaker = yield* make({
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
})

it.effect("a window of seconds opens a breaker and forgets", () =>
  Effect.gen(function* () {
    const breaker = yield* make({
      trip: failureRate({ slidingWindowType: "TIME_BASED", slidingWindowSize: 10, minimumNumberOfCalls: 3 })
    })
    yield* fail(breaker)
    yield* fail(breaker)
    yield* TestClock.adjust("10 seconds")
    yield* fail(breaker)
    assert.deepInclude(yield* breaker.snapshot, { state: "CLOSED", bufferedCalls: 1 })
    yield* fail(breaker)
    yield* fail(breaker)
    assert.strictEqual(yield* name(breaker), "OPEN")
  })
)
