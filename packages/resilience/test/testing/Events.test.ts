import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import * as CircuitBreaker from "../../src/CircuitBreaker.ts"
import { consecutiveFailures } from "../../src/CircuitBreakerOptions.ts"
import * as Events from "../../src/testing/Events.ts"

const watched = Effect.gen(function* () {
  const breaker = yield* CircuitBreaker.make("payments", { trip: consecutiveFailures(2) })
  const events = yield* Events.collect(breaker.events)
  yield* breaker.execute(Effect.void)
  yield* Effect.exit(breaker.execute(Effect.fail("down")))
  yield* Effect.exit(breaker.execute(Effect.fail("down")))
  return { breaker, events }
})

const complaint = (exit: Exit.Exit<unknown>) => {
  assert(Exit.isFailure(exit))
  const error = Cause.squash(exit.cause)
  assert.instanceOf(error, Events.UnexpectedEvents)
  return error.message
}

describe("Events", () => {
  it.effect("come in the order that is expected, and no others", () =>
    Effect.gen(function* () {
      const { breaker, events } = yield* watched
      yield* events.expect("Success", { _tag: "Error", name: "payments" })
      yield* events.expect("Error", Events.transition("CLOSED", "OPEN"))
      yield* events.expectNone
      yield* Effect.exit(breaker.execute(Effect.void))
      assert.lengthOf(yield* events.seen, 1)
      yield* events.clear
      yield* events.expectNone
    })
  )

  it.effect("that are others are named", () =>
    Effect.gen(function* () {
      const { events } = yield* watched
      const message = complaint(yield* Effect.exit(events.expect("Success", "Success")))
      assert.match(message, /expected:\n {2}"Success"\n {2}"Success"\nseen:\n {2}\{"_tag":"Success"/)
    })
  )

  it.effect("that are too many or too few are named", () =>
    Effect.gen(function* () {
      const { events } = yield* watched
      assert.match(complaint(yield* Effect.exit(events.expectNone)), /expected:\n {2}none\nseen:\n {2}\{/)
      yield* events.clear
      assert.match(complaint(yield* Effect.exit(events.expect("Reset"))), /seen:\n {2}none/)
    })
  )

  it.effect("are those of a pattern only where all of its fields are", () =>
    Effect.gen(function* () {
      const { events } = yield* watched
      const [event] = yield* events.seen
      assert.isTrue(Events.matches(event, { _tag: "Success", name: "payments" }))
      assert.isFalse(Events.matches(event, { _tag: "Success", name: "others" }))
      assert.isFalse(Events.matches(event, { _tag: "Error", name: "payments" }))
      assert.isFalse(Events.matches(event, { retryAfter: undefined }))
      assert.isFalse(Events.matches(undefined, { name: "payments" }))
      assert.deepStrictEqual(Events.transition("CLOSED", "OPEN"), {
        _tag: "StateTransition",
        from: "CLOSED",
        to: "OPEN"
      })
    })
  )

  it.effect("that are fewer than expected are not taken for those that any pattern would fit", () =>
    Effect.gen(function* () {
      const { events } = yield* watched
      const message = complaint(yield* Effect.exit(events.expect({}, {}, {}, {}, {})))
      assert.include(message, '{"_tag":"StateTransition"')
    })
  )
})
