import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { CircuitBreakerOptions, type CircuitBreakerOptionsInput, failureRate } from "../src/CircuitBreakerOptions.ts"

const decode = (input: CircuitBreakerOptionsInput) => Schema.decodeUnknownEffect(CircuitBreakerOptions)(input)

const streak = { _tag: "ConsecutiveFailures", threshold: 3 } as const
const shareable: CircuitBreakerOptionsInput = { permittedNumberOfCallsInHalfOpenState: 1, trip: streak }

/** What cannot be shared, by what the message says of it. */
const never: Readonly<Record<string, CircuitBreakerOptionsInput>> = {
  permittedNumberOfCallsInHalfOpenState: { permittedNumberOfCallsInHalfOpenState: 2 },
  maxWaitDurationInHalfOpenState: { maxWaitDurationInHalfOpenState: 1 },
  automaticTransitionFromOpenToHalfOpenEnabled: { automaticTransitionFromOpenToHalfOpenEnabled: true },
  backoffResetDuration: { backoffResetDuration: 1 },
  rampDuration: { rampDuration: 1 },
  initialState: { initialState: "OPEN" }
}

/** What can be shared by a quorum only. */
const byQuorum: Readonly<Record<string, CircuitBreakerOptionsInput>> = {
  "a window of calls": { trip: failureRate({ slidingWindowType: "TIME_BASED" }) },
  slowCallDurationThreshold: { trip: failureRate({ slowCallDurationThreshold: "1 second" }) },
  onlyFailuresTrip: { trip: failureRate(), onlyFailuresTrip: true }
}

const refusal = (input: CircuitBreakerOptionsInput) =>
  Effect.map(Effect.flip(decode({ ...shareable, ...input })), ({ message }) => message)

describe("options of a shared breaker", () => {
  it.effect("what only one process can do is refused by name, alone and together", () =>
    Effect.gen(function* () {
      yield* decode({ ...shareable, shared: {} })
      for (const [rule, input] of Object.entries(never)) {
        yield* decode({ ...shareable, ...input })
        for (const shared of [{}, { quorum: 2 }]) {
          const message = yield* refusal({ ...input, shared })
          assert.include(message, "options that can be shared: ")
          assert.include(message, rule)
        }
      }
      const all = yield* refusal({ ...never["rampDuration"], ...never["initialState"], shared: {} })
      assert.match(all, /no rampDuration; initialState CLOSED/)
    })
  )

  it.effect("what cannot be counted together needs a quorum, or a streak", () =>
    Effect.gen(function* () {
      for (const [rule, input] of Object.entries(byQuorum)) {
        assert.include(yield* refusal({ ...input, shared: {} }), rule)
        yield* decode({ ...shareable, ...input, shared: { quorum: 2 } })
        yield* decode({ ...shareable, ...input, trip: streak, shared: {} })
        yield* decode({ ...shareable, ...input })
      }
      yield* decode({ ...shareable, trip: failureRate(), shared: {} })
    })
  )
})
