import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  CircuitBreakerOptions,
  type CircuitBreakerOptionsInput,
  consecutiveFailures,
  failureRate
} from "../../src/CircuitBreakerOptions.ts"
import * as State from "../../src/CircuitBreakerState.ts"
import * as Tally from "../../src/internal/Tally.ts"

const optionsOf = (input: CircuitBreakerOptionsInput) => Schema.decodeUnknownSync(CircuitBreakerOptions)(input)

/** A breaker half-open at time 0 with so many probes out. */
const probing = (options: CircuitBreakerOptions, probes: number): State.State => {
  const opened = State.step(options, State.closed(options), { _tag: "ForceOpen" }).state
  let state = State.step(options, opened, { _tag: "ForceHalfOpen", now: 0 }).state
  for (let n = 0; n < probes; n++) state = State.step(options, state, { _tag: "Admit", now: 0 }).state
  return state
}

const record = (
  options: CircuitBreakerOptions,
  from: State.State,
  ...ends: ReadonlyArray<State.Outcome | "slow">
): State.State =>
  ends.reduce(
    (state, end) =>
      State.record(options, state, state.generation, end === "slow" ? "success" : end, 0, { slow: end === "slow" }),
    from
  )

describe("what it takes to judge", () => {
  const few = { slidingWindowSize: 100, minimumNumberOfCalls: 2, failureRateThreshold: 50 }

  it("HO probes are judged as soon as the minimum is back, but under ANY_FAILURE only when all are", () => {
    const states = (halfOpenVerdict: "RATE" | "ANY_FAILURE") => {
      const options = optionsOf({
        trip: failureRate(few),
        permittedNumberOfCallsInHalfOpenState: 5,
        halfOpenVerdict
      })
      const start = probing(options, 5)
      return [1, 2, 4, 5].map((n) => record(options, start, ...Array<"success">(n).fill("success"))._tag)
    }
    assert.deepStrictEqual(states("RATE"), ["HALF_OPEN", "CLOSED", "CLOSED", "CLOSED"])
    assert.deepStrictEqual(states("ANY_FAILURE"), ["HALF_OPEN", "HALF_OPEN", "HALF_OPEN", "CLOSED"])
  })

  it("as many calls as there are probes are enough while the ramp lasts, and not before and after", () => {
    const options = optionsOf({
      trip: failureRate({ slidingWindowSize: 10, minimumNumberOfCalls: 10 }),
      permittedNumberOfCallsInHalfOpenState: 2,
      rampDuration: "10 seconds"
    })
    const ramping = record(options, probing(options, 2), "success", "success")
    assert(ramping._tag === "CLOSED" && ramping.ramp !== undefined)
    assert.strictEqual(record(options, ramping, "failure")._tag, "CLOSED")
    assert.strictEqual(record(options, ramping, "failure", "failure")._tag, "OPEN")
    assert.strictEqual(record(options, State.closed(options), "failure", "failure")._tag, "CLOSED")
  })

  it("an open breaker shows the rates that it opened on, however few calls that were", () => {
    const options = optionsOf({ trip: failureRate({ slidingWindowSize: 10 }), openOnRetryAfter: true })
    const opened = State.record(options, State.closed(options), 0, "failure", 0, { retryAfter: 500, slow: true })
    assert.strictEqual(opened._tag, "OPEN")
    assert.strictEqual(State.failureRate(options, opened), 100)
    assert.strictEqual(State.slowCallRate(options, opened), 100)
    assert.strictEqual(State.failureRate(options, record(options, State.closed(options), "failure")), -1)
  })

  it("failures in a row have no rate", () => {
    const options = optionsOf({ trip: consecutiveFailures(5), permittedNumberOfCallsInHalfOpenState: 1 })
    const failing = record(options, State.closed(options), "failure", "failure")
    assert.strictEqual(State.counts(failing).failures, 2)
    assert.strictEqual(State.failureRate(options, failing), -1)
  })
})

describe("EARLY_EXIT", () => {
  it("waits as long as the probes still out may all turn out slow", () => {
    const options = optionsOf({
      trip: failureRate({
        failureRateThreshold: 100,
        slowCallRateThreshold: 50,
        slowCallDurationThreshold: 100,
        slidingWindowSize: 4
      }),
      permittedNumberOfCallsInHalfOpenState: 4,
      halfOpenVerdict: "EARLY_EXIT"
    })
    const start = probing(options, 4)
    assert.strictEqual(record(options, start, "success")._tag, "HALF_OPEN")
    assert.strictEqual(record(options, start, "success", "slow")._tag, "HALF_OPEN")
    assert.strictEqual(record(options, start, "slow", "slow")._tag, "OPEN")
    assert.strictEqual(record(options, start, "success", "success", "success")._tag, "CLOSED")
  })
})

describe("a tally of another policy", () => {
  it("does not trip", () => {
    const rated = optionsOf({ trip: failureRate({ slidingWindowSize: 1 }) })
    const counted = optionsOf({ trip: consecutiveFailures(1) })
    const window = { ...State.closed(rated), tally: Tally.empty(counted.trip) }
    assert.strictEqual(record(rated, window, "failure")._tag, "CLOSED")
    const streak = { ...State.closed(counted), tally: Tally.empty(rated.trip) }
    assert.strictEqual(record(counted, streak, "failure")._tag, "CLOSED")
  })
})
