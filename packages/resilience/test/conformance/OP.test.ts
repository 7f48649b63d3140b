import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Random, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as CircuitBreaker from "../../src/CircuitBreaker.ts"
import { consecutiveFailures, failureRate } from "../../src/CircuitBreakerOptions.ts"
import { open, openEdges } from "./cases/breaker.ts"
import { prove } from "./script/prove.ts"
import { brittle, F, machine, make, pending, run, S, stateOf, waitOf, watch } from "./support/breakers.ts"

describe("OP: open", () => {
  prove(open)

  prove(openEdges)

  it.effect(
    "OP2: rejection error has policy name, state, retryAfter = remaining wait: break 5 s, +1 ms → 4.999 s",
    () =>
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

  it.effect("OP3: rejection runs no user code, spawns no fiber, takes no bulkhead/limiter permit", () =>
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

  it.effect(
    'OP4: outcome of a call admitted before opening arrives while OPEN: state, openedAt and remaining wait unchanged, no second "opened" event; caller still gets its own result',
    () =>
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

  it("OP10: overflow-safe: 1000th reopening with ×2 returns the cap, never Infinity/NaN", () => {
    const options = {
      waitDurationInOpenState: "500 millis",
      exponentialBackoffMultiplier: 2,
      exponentialMaxWaitDurationInOpenState: "1 second"
    } as const
    assert.deepStrictEqual(
      [1, 2, 3, 1000].map((attempt) => waitOf(options, attempt)),
      [500, 1000, 1000, 1000]
    )
    assert.isTrue(Number.isFinite(waitOf({ exponentialBackoffMultiplier: 2 }, 10_000)))
  })

  it.effect("OP11: Retry-After hint h opens for max(backoff, min(h, maxHint))", () =>
    Effect.gen(function* () {
      const opened = (asked: Duration.Input) =>
        Effect.gen(function* () {
          const breaker = yield* brittle({ maxRetryAfter: "1 minute" })
          yield* Effect.ignore(breaker.execute(F, () => CircuitBreaker.failureWithRetryAfter(asked)))
          return (yield* breaker.snapshot).retryAfter
        })
      assert.deepStrictEqual(yield* opened("2 seconds"), Duration.seconds(5))
      assert.deepStrictEqual(yield* opened("20 seconds"), Duration.seconds(20))
      assert.deepStrictEqual(yield* opened("2 hours"), Duration.minutes(1))
    })
  )

  it("OP12: open jitter: with factor .2 the wait lies in [.8w,1.2w], different per breaker instance, deterministic under seeded Random", () => {
    const options = { waitDurationInOpenState: "10 seconds", randomizedWaitFactor: 0.2 } as const
    assert.strictEqual(waitOf(options, 1, 0), 8000)
    assert.strictEqual(waitOf(options, 1, 0.5), 10_000)
    assert.approximately(waitOf(options, 1, 0.999999), 12_000, 1)
    assert.strictEqual(waitOf({ ...options, exponentialMaxWaitDurationInOpenState: "10 seconds" }, 1, 0.9), 10_000)
  })

  it.effect("OP12 differs from breaker to breaker and is repeatable by the seed", () =>
    Effect.gen(function* () {
      const two = Effect.gen(function* () {
        const breakers = [yield* brittle({ randomizedWaitFactor: 0.5 }), yield* brittle({ randomizedWaitFactor: 0.5 })]
        yield* Effect.forEach(breakers, (breaker) => run(breaker, F))
        return yield* Effect.forEach(breakers, (breaker) =>
          Effect.map(breaker.snapshot, ({ retryAfter }) => retryAfter)
        )
      }).pipe(Random.withSeed("spread"))
      const first = yield* two
      assert.notDeepEqual(first[0], first[1])
      assert.deepStrictEqual(yield* two, first)
    })
  )

  it.effect("OP11 opens at once when the dependency asks to be left alone, if told to", () =>
    Effect.gen(function* () {
      const open = (openOnRetryAfter: boolean) =>
        Effect.gen(function* () {
          const breaker = yield* brittle({ trip: failureRate(), openOnRetryAfter })
          yield* Effect.ignore(breaker.execute(F, () => CircuitBreaker.failureWithRetryAfter("20 seconds")))
          return yield* stateOf(breaker)
        })
      assert.strictEqual(yield* open(true), "OPEN")
      assert.strictEqual(yield* open(false), "CLOSED")
    })
  )

  it.effect(
    "OP13: automatic transition on: a timer moves to HALF_OPEN with no traffic exactly at wait; cancelled if state is changed manually before; scope close cancels it",
    () =>
      Effect.gen(function* () {
        const breaker = yield* brittle({ automaticTransitionFromOpenToHalfOpenEnabled: true })
        const seen = yield* breaker.events.pipe(
          Stream.filter((event) => event._tag === "StateTransition"),
          Stream.take(2),
          Stream.runCollect,
          Effect.forkChild({ startImmediately: true })
        )
        yield* run(breaker, F)
        yield* TestClock.adjust("4999 millis")
        assert.strictEqual(yield* stateOf(breaker), "OPEN")
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* stateOf(breaker), "HALF_OPEN")
        assert.deepStrictEqual(
          Array.from(yield* Fiber.join(seen), (event) => event.at),
          [0, 5000]
        )
        yield* breaker.execute(S)
        assert.strictEqual(yield* stateOf(breaker), "CLOSED")
      })
  )

  it.effect(
    'OP14: automatic off: `state` read after wait reports "OPEN, ready for probe" distinguishably (not stale OPEN)',
    () =>
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

  it("OP6 counts how often it opened without closing in between", () => {
    const breaker = machine({
      trip: consecutiveFailures(1),
      waitDurationInOpenState: 1000,
      permittedNumberOfCallsInHalfOpenState: 1
    })
    breaker.call(0, "failure")
    breaker.call(1000, "failure")
    assert.deepInclude(breaker.state, { _tag: "OPEN", attempt: 2, until: 2000 })
    breaker.call(2000, "success")
    breaker.call(2000, "failure")
    assert.deepInclude(breaker.state, { _tag: "OPEN", attempt: 1, until: 3000 })
  })
})
