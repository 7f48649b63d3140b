import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import {
  CircuitBreakerOptions,
  type CircuitBreakerOptionsInput,
  consecutiveFailures,
  equals,
  failureRate
} from "../src/CircuitBreakerOptions.ts"
import { decode } from "../src/InvalidOptions.ts"

const options = (input: CircuitBreakerOptionsInput) => decode(CircuitBreakerOptions, "CircuitBreaker", "b")(input)

describe("CircuitBreakerOptions", () => {
  it.effect("has the documented defaults, also where a field is undefined", () =>
    Effect.gen(function* () {
      const defaults = {
        trip: failureRate({ failureRateThreshold: 50, slidingWindowSize: 100, minimumNumberOfCalls: 100 }),
        waitDurationInOpenState: Duration.seconds(60),
        permittedNumberOfCallsInHalfOpenState: 10
      }
      assert.deepInclude(yield* options({}), defaults)
      assert.deepInclude(
        yield* options({
          trip: undefined,
          waitDurationInOpenState: undefined,
          permittedNumberOfCallsInHalfOpenState: undefined
        }),
        defaults
      )
      assert.deepInclude(failureRate({ slidingWindowSize: 7 }), {
        _tag: "FailureRate",
        failureRateThreshold: 50,
        slidingWindowSize: 7,
        minimumNumberOfCalls: 7
      })
    })
  )

  it.effect("survives being written as JSON", () =>
    Effect.gen(function* () {
      const codec = Schema.fromJsonString(CircuitBreakerOptions)
      const decoded = yield* options({ trip: consecutiveFailures(2), waitDurationInOpenState: "1500 millis" })
      const json = yield* Schema.encodeEffect(codec)(decoded)
      assert.isTrue(equals(yield* Schema.decodeEffect(codec)(json), decoded))
    })
  )

  it.effect("two that behave alike are equal", () =>
    Effect.gen(function* () {
      const one = yield* options({ trip: failureRate(), waitDurationInOpenState: "1 minute" })
      assert.isTrue(equals(one, yield* options({})))
      assert.isFalse(equals(one, yield* options({ waitDurationInOpenState: "61 seconds" })))
      assert.isFalse(equals(one, yield* options({ permittedNumberOfCallsInHalfOpenState: 1 })))
      assert.isFalse(equals(one, yield* options({ trip: consecutiveFailures(3) })))
      assert.isFalse(equals(one, yield* options({ trip: failureRate({ failureRateThreshold: 51 }) })))
    })
  )
})

describe("defaults", () => {
  it("a window of seconds needs 100 calls, one of calls as many as it holds", () => {
    const seconds = failureRate({ slidingWindowType: "TIME_BASED", slidingWindowSize: 10 })
    assert.deepInclude(seconds, { minimumNumberOfCalls: 100 })
    const calls = failureRate({ slidingWindowType: "COUNT_BASED", slidingWindowSize: 10 })
    assert.deepInclude(calls, { minimumNumberOfCalls: 10 })
    assert.deepInclude(failureRate(), { minimumNumberOfCalls: 100 })
  })

  it.effect("a schedule of waits grows by itself and takes no multiplier", () =>
    Effect.gen(function* () {
      const decode = Schema.decodeUnknownEffect(CircuitBreakerOptions)
      const waits = ["1 second", "5 seconds"]
      yield* decode({ waitDurationInOpenState: waits })
      yield* decode({ waitDurationInOpenState: waits, exponentialBackoffMultiplier: 1 })
      yield* decode({ waitDurationInOpenState: "1 second", exponentialBackoffMultiplier: 2 })
      const error = yield* Effect.flip(decode({ waitDurationInOpenState: waits, exponentialBackoffMultiplier: 2 }))
      assert.include(error.message, "no exponentialBackoffMultiplier beside a schedule of waits")
    })
  )
})
