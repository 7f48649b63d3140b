import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  CircuitBreakerOptions,
  type CircuitBreakerOptionsInput,
  consecutiveFailures,
  failureRate
} from "../src/CircuitBreakerOptions.ts"
import * as State from "../src/CircuitBreakerState.ts"
import * as Tally from "../src/internal/Tally.ts"

const optionsOf = (input: CircuitBreakerOptionsInput = {}) =>
  Schema.decodeUnknownSync(CircuitBreakerOptions)({
    trip: consecutiveFailures(1),
    waitDurationInOpenState: 1000,
    exponentialBackoffMultiplier: 2,
    permittedNumberOfCallsInHalfOpenState: 1,
    ...input
  })

const fail = (options: CircuitBreakerOptions, state: State.State, now: number) =>
  State.record(options, state, state.generation, "failure", now)

/** Probes an open breaker at a time, with success. */
const recover = (options: CircuitBreakerOptions, state: State.State, now: number) => {
  const probing = State.admit(options, state, now)
  assert(probing?._tag === "HALF_OPEN")
  return State.record(options, probing, probing.generation, "success", now)
}

const waitOf = (state: State.State, now: number) => {
  assert(state._tag === "OPEN")
  return state.until - now
}

describe("backoffResetDuration", () => {
  const patient = optionsOf({ backoffResetDuration: "10 seconds" })

  it("an opening soon after the close goes on with the waits, one later begins them anew", () => {
    const first = fail(patient, State.closed(patient), 0)
    assert.strictEqual(waitOf(first, 0), 1000)
    const closed = recover(patient, first, 5000)
    assert.strictEqual(closed._tag, "CLOSED")
    assert.strictEqual(waitOf(fail(patient, closed, 5000), 5000), 2000)
    assert.strictEqual(waitOf(fail(patient, closed, 14_999), 14_999), 2000)
    assert.strictEqual(waitOf(fail(patient, closed, 15_000), 15_000), 1000)
    const again = recover(patient, fail(patient, closed, 6000), 9000)
    assert.strictEqual(waitOf(fail(patient, again, 18_999), 18_999), 4000)
    assert.strictEqual(waitOf(fail(patient, again, 19_000), 19_000), 1000)
  })

  it("without one a close is enough", () => {
    const options = optionsOf()
    const closed = recover(options, fail(options, State.closed(options), 0), 5000)
    assert.notProperty(closed, "recovered")
    assert.strictEqual(waitOf(fail(options, closed, 5000), 5000), 1000)
  })

  it("a breaker is settled when it is closed and the openings before it count no more", () => {
    const opened = fail(patient, State.closed(patient), 0)
    const closed = recover(patient, opened, 5000)
    const settled = (state: State.State, now: number) => State.isSettled(patient, state, now)
    assert.isTrue(settled(State.closed(patient), 0))
    assert.isFalse(settled(opened, 100_000))
    assert.isFalse(settled(closed, 5000))
    assert.isFalse(settled(closed, 14_999))
    assert.isTrue(settled(closed, 15_000))
  })

  it("and when its ramp is over", () => {
    const options = optionsOf({ rampDuration: "4 seconds" })
    const closed = recover(options, fail(options, State.closed(options), 0), 5000)
    assert.isFalse(State.isSettled(options, closed, 8999))
    assert.isTrue(State.isSettled(options, closed, 9000))
  })
})

describe("generations", () => {
  it("each change of state has a later one, so that a call from before it changes nothing", () => {
    const options = optionsOf()
    const start = State.closed(options)
    const opened = fail(options, start, 0)
    const probing = State.admit(options, opened, 1000)
    assert(probing !== undefined)
    const closed = State.record(options, probing, probing.generation, "success", 1000)
    assert.deepStrictEqual(
      [start, opened, probing, closed].map(({ generation }) => generation),
      [0, 1, 2, 3]
    )
    assert.strictEqual(State.record(options, closed, 0, "failure", 1000), closed)
  })

  it("an end from a generation that is not there yet gives no permit back", () => {
    const options = optionsOf({ permittedNumberOfCallsInHalfOpenState: 2 })
    const probing = State.admit(options, fail(options, State.closed(options), 0), 1000)
    assert(probing?._tag === "HALF_OPEN")
    const changed = State.step(options, probing, { _tag: "Reconfigure" }).state
    assert(changed._tag === "HALF_OPEN")
    assert.deepStrictEqual(changed.stale, { since: probing.generation, running: 1 })
    assert.strictEqual(State.record(options, changed, changed.generation + 1, "success", 1000), changed)
    assert.strictEqual(State.record(options, changed, probing.generation - 1, "success", 1000), changed)
    assert.notProperty(State.record(options, changed, probing.generation, "success", 1000), "stale")
  })
})

describe("states that know no calls", () => {
  const options = optionsOf()
  const at = (_tag: "Disable" | "ForceOpen") => State.step(options, State.closed(options), { _tag }).state

  it("disabled lets all through, forced open none", () => {
    assert.strictEqual(State.admit(options, at("Disable"), 0)?._tag, "DISABLED")
    assert.isUndefined(State.admit(options, at("ForceOpen"), 1_000_000))
  })

  it("probes show what they have found so far", () => {
    const many = optionsOf({ trip: failureRate({ slidingWindowSize: 5 }), permittedNumberOfCallsInHalfOpenState: 5 })
    const opened = State.step(many, State.closed(many), { _tag: "ForceOpen" }).state
    const half = State.step(many, opened, { _tag: "ForceHalfOpen", now: 0 }).state
    const probing = State.admit(many, half, 0)
    assert(probing !== undefined)
    const one = State.record(many, probing, probing.generation, "failure", 0, { slow: true })
    assert.deepStrictEqual(State.counts(one), { calls: 1, failures: 1, slow: 1 })
  })

  it("time passes by a tick too", () => {
    const bounded = optionsOf({ maxWaitDurationInHalfOpenState: 500 })
    const half = State.step(bounded, at("ForceOpen"), { _tag: "ForceHalfOpen", now: 0 }).state
    assert.strictEqual(State.step(bounded, half, { _tag: "Tick", now: 499 }).state, half)
    const given = State.step(bounded, half, { _tag: "Tick", now: 500 })
    assert.isTrue(given.admitted)
    assert.strictEqual(given.state._tag, "OPEN")
  })

  it("new options keep a closed breaker closed and forget what it counted", () => {
    const counting = optionsOf({ trip: consecutiveFailures(3) })
    const failing = fail(counting, State.closed(counting), 0)
    assert.strictEqual(State.counts(failing).failures, 1)
    const anew = State.step(counting, failing, { _tag: "Reconfigure" }).state
    assert.strictEqual(anew._tag, "CLOSED")
    assert.strictEqual(State.counts(anew).failures, 0)
  })
})

describe("counting in place", () => {
  it("makes no state where nothing but a window changes", () => {
    const options = optionsOf({ trip: failureRate({ slidingWindowSize: 5 }) })
    const closed = State.closed(options)
    assert.strictEqual(State.record(options, closed, 0, "failure", 0, {}, Tally.inPlace), closed)
    assert.strictEqual(State.counts(closed).failures, 1)
    const watching = State.step(options, closed, { _tag: "MetricsOnly" }).state
    assert.strictEqual(State.record(options, watching, 1, "failure", 0, {}, Tally.inPlace), watching)
    assert.strictEqual(State.counts(watching).failures, 1)
  })
})
