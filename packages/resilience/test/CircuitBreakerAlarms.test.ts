import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, Random, Schedule } from "effect"
import { TestClock } from "effect/testing"
import * as CircuitBreaker from "../src/CircuitBreaker.ts"
import { type CircuitBreakerOptionsInput, consecutiveFailures, failureRate } from "../src/CircuitBreakerOptions.ts"
import * as Events from "../src/testing/Events.ts"
import { counting } from "./SleepCount.ts"

const basic = {
  trip: consecutiveFailures(1),
  waitDurationInOpenState: "10 seconds",
  permittedNumberOfCallsInHalfOpenState: 1
} satisfies CircuitBreakerOptionsInput

const automatic = { ...basic, automaticTransitionFromOpenToHalfOpenEnabled: true }

const fail = (breaker: CircuitBreaker.CircuitBreaker) => Effect.exit(breaker.execute(Effect.fail("down")))

const watched = Effect.fnUntraced(function* (options: CircuitBreakerOptionsInput) {
  const breaker = yield* CircuitBreaker.make("b", options)
  return { breaker, events: yield* Events.collect(breaker.events) }
})

/** Nothing happens until the last millisecond of a time, and then this. */
const exactlyAfter = Effect.fnUntraced(function* (
  events: Events.Events<unknown>,
  millis: number,
  ...patterns: ReadonlyArray<Events.Pattern>
) {
  yield* TestClock.adjust(millis - 1)
  yield* events.expectNone
  yield* TestClock.adjust(1)
  yield* events.expect(...patterns)
  yield* events.expectNone
})

/** Random numbers that are all the same, with a count of those drawn. */
const chance = (value: number) => {
  const drawn = {
    times: 0,
    random: {
      nextIntUnsafe: () => 0,
      nextDoubleUnsafe: () => {
        drawn.times++
        return value
      }
    }
  }
  return drawn
}

describe("without a call", () => {
  it.effect("HO an open breaker goes half-open when its wait is over, if it shall", () =>
    Effect.gen(function* () {
      const { breaker, events } = yield* watched(automatic)
      yield* fail(breaker)
      yield* events.expect("Error", Events.transition("CLOSED", "OPEN"))
      yield* exactlyAfter(events, 10_000, Events.transition("OPEN", "HALF_OPEN"))
    })
  )

  it.effect("HO probes that do not come back are given up to the millisecond, and then it waits anew", () =>
    Effect.gen(function* () {
      const { breaker, events } = yield* watched({ ...automatic, maxWaitDurationInHalfOpenState: "3 seconds" })
      yield* fail(breaker)
      yield* events.clear
      yield* exactlyAfter(events, 10_000, Events.transition("OPEN", "HALF_OPEN"))
      yield* exactlyAfter(events, 3000, Events.transition("HALF_OPEN", "OPEN"))
      yield* exactlyAfter(events, 10_000, Events.transition("OPEN", "HALF_OPEN"))
    })
  )

  it.effect("HO they are given up for closed where that is what was asked for", () =>
    Effect.gen(function* () {
      const { breaker, events } = yield* watched({
        ...basic,
        maxWaitDurationInHalfOpenState: "3 seconds",
        transitionToStateAfterWaitDuration: "CLOSED"
      })
      yield* fail(breaker)
      yield* TestClock.adjust("10 seconds")
      yield* Effect.forkChild(breaker.execute(Effect.never), { startImmediately: true })
      yield* events.clear
      yield* exactlyAfter(events, 3000, Events.transition("HALF_OPEN", "CLOSED"))
    })
  )

  it.effect("HO without a bound on the probes nothing happens by itself, however long they take", () =>
    Effect.gen(function* () {
      const { breaker, events } = yield* watched(basic)
      yield* fail(breaker)
      yield* TestClock.adjust("10 seconds")
      yield* Effect.forkChild(breaker.execute(Effect.never), { startImmediately: true })
      yield* events.clear
      yield* TestClock.adjust("365 days")
      yield* events.expectNone
      assert.strictEqual(breaker.stateUnsafe()._tag, "HALF_OPEN")
    })
  )

  it.effect("HO a breaker that begins open goes half-open as any other", () =>
    Effect.gen(function* () {
      const { events } = yield* watched({ ...automatic, initialState: "OPEN" })
      yield* exactlyAfter(events, 10_000, Events.transition("OPEN", "HALF_OPEN"))
    })
  )

  it.effect("GE11 nobody sleeps for a breaker that a command has taken out of its wait", () =>
    Effect.gen(function* () {
      const counted = yield* counting
      yield* Effect.gen(function* () {
        const breaker = yield* CircuitBreaker.make("b", automatic)
        for (const command of [breaker.reset, breaker.forceClose, breaker.disable, breaker.forceOpen]) {
          yield* breaker.reset
          yield* fail(breaker)
          assert.strictEqual(counted.asleep, 1)
          yield* command
          assert.strictEqual(counted.asleep, 0)
        }
      }).pipe(Effect.provideService(Clock.Clock, counted.clock))
    })
  )
})

describe("chance", () => {
  const spread = { ...basic, randomizedWaitFactor: 0.5 }

  it.effect("OP is drawn for an opening, and for nothing else that a call does", () => {
    const drawn = chance(0)
    return Effect.gen(function* () {
      const { breaker } = yield* watched(spread)
      assert.strictEqual(drawn.times, 0)
      yield* breaker.execute(Effect.void)
      assert.strictEqual(drawn.times, 0)
      yield* fail(breaker)
      assert.strictEqual(drawn.times, 1)
      yield* TestClock.adjust(4999)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(breaker.execute(Effect.void))))
      yield* TestClock.adjust(1)
      yield* breaker.execute(Effect.void)
      assert.strictEqual(breaker.stateUnsafe()._tag, "CLOSED")
      assert.strictEqual(drawn.times, 1)
    }).pipe(Effect.provideService(Random.Random, drawn.random))
  })

  it.effect("OP spreads the wait that a breaker begins with, and one after probes that were given up", () => {
    const drawn = chance(0)
    return Effect.gen(function* () {
      const { events } = yield* watched({
        ...spread,
        automaticTransitionFromOpenToHalfOpenEnabled: true,
        initialState: "OPEN",
        maxWaitDurationInHalfOpenState: "3 seconds"
      })
      yield* exactlyAfter(events, 5000, Events.transition("OPEN", "HALF_OPEN"))
      yield* exactlyAfter(events, 3000, Events.transition("HALF_OPEN", "OPEN"))
      yield* exactlyAfter(events, 5000, Events.transition("OPEN", "HALF_OPEN"))
    }).pipe(Effect.provideService(Random.Random, drawn.random))
  })

  it.effect("OP a schedule of waits is drawn when probes are given up, too", () => {
    const drawn = chance(1)
    return Effect.gen(function* () {
      const { breaker, events } = yield* watched({
        ...automatic,
        waitDurationInOpenState: Schedule.jittered(Schedule.spaced("10 seconds")),
        maxWaitDurationInHalfOpenState: "3 seconds"
      })
      yield* fail(breaker)
      yield* events.clear
      yield* exactlyAfter(events, 12_000, Events.transition("OPEN", "HALF_OPEN"))
      yield* exactlyAfter(events, 3000, Events.transition("HALF_OPEN", "OPEN"))
      yield* exactlyAfter(events, 12_000, Events.transition("OPEN", "HALF_OPEN"))
    }).pipe(Effect.provideService(Random.Random, drawn.random))
  })
})

describe("a call that is refused", () => {
  it.effect("by probes that are all out counts for nothing, and nobody judges it", () =>
    Effect.gen(function* () {
      const { breaker, events } = yield* watched(basic)
      yield* fail(breaker)
      yield* TestClock.adjust("10 seconds")
      const probe = yield* Effect.forkChild(breaker.execute(Effect.sleep("1 second")), { startImmediately: true })
      yield* events.clear
      let judged = 0
      const error = yield* Effect.flip(
        breaker.execute(Effect.void, () => {
          judged++
          return "failure"
        })
      )
      assert.deepInclude(error, { _tag: "CircuitOpen", state: "HALF_OPEN", retryAfter: Duration.zero })
      yield* events.expect({ _tag: "NotPermitted", state: "HALF_OPEN" })
      yield* events.expectNone
      assert.strictEqual(judged, 0)
      assert.deepStrictEqual((yield* breaker.snapshot).calls, { successful: 0, failed: 1, ignored: 0, notPermitted: 1 })
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(probe)
      yield* events.expect("Success", Events.transition("HALF_OPEN", "CLOSED"))
    })
  )
})

describe("what opens it", () => {
  const retryAfter = () => CircuitBreaker.failureWithRetryAfter("5 seconds")

  it.effect("EV is said only of a rate that has reached its threshold", () =>
    Effect.gen(function* () {
      const { breaker, events } = yield* watched({
        trip: failureRate({ slidingWindowSize: 10 }),
        openOnRetryAfter: true
      })
      for (let n = 0; n < 3; n++) yield* breaker.execute(Effect.void)
      yield* events.clear
      yield* Effect.exit(breaker.execute(Effect.fail("busy"), retryAfter))
      yield* events.expect("Error", Events.transition("CLOSED", "OPEN"))
      yield* events.expectNone
    })
  )

  it.effect("EV failures in a row have no rate to speak of", () =>
    Effect.gen(function* () {
      const { breaker, events } = yield* watched(basic)
      yield* fail(breaker)
      yield* events.expect("Error", Events.transition("CLOSED", "OPEN"))
      yield* events.expectNone
    })
  )
})
