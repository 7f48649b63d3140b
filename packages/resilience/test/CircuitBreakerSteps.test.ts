import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { CircuitBreakerOptions } from "../src/CircuitBreakerOptions.ts"
import * as State from "../src/CircuitBreakerState.ts"

const decode = Schema.decodeUnknownSync(CircuitBreakerOptions)

const streak = decode({
  trip: { _tag: "ConsecutiveFailures", threshold: 2 },
  waitDurationInOpenState: 1_000,
  permittedNumberOfCallsInHalfOpenState: 3
})
const rate = decode({
  trip: {
    _tag: "FailureRate",
    failureRateThreshold: 50,
    slowCallRateThreshold: 50,
    slowCallDurationThreshold: 100,
    slidingWindowSize: 4,
    minimumNumberOfCalls: 2
  },
  waitDurationInOpenState: 1_000,
  permittedNumberOfCallsInHalfOpenState: 3
})

/** Applies events one after the other. */
const after = (options: CircuitBreakerOptions, ...events: ReadonlyArray<State.Event>): State.State =>
  events.reduce((state, event) => State.step(options, state, event).state, State.initial(options, 0))

const ended = (state: State.State, outcome: State.Outcome, now = 0, detail?: State.Detail): State.Event => ({
  _tag: "Record",
  generation: state.generation,
  outcome,
  now,
  ...(detail && { detail })
})

/** Records outcomes of the state's own generation. */
const record = (options: CircuitBreakerOptions, from: State.State, ...outcomes: ReadonlyArray<State.Outcome>) =>
  outcomes.reduce((state, outcome) => State.step(options, state, ended(state, outcome)).state, from)

describe("metrics only", () => {
  const watching = after(rate, { _tag: "MetricsOnly" })

  it("counts failures and slow calls, ignores the ignored, and never opens", () => {
    const failing = record(rate, watching, "failure", "failure", "ignored", "success")
    assert.strictEqual(failing._tag, "METRICS_ONLY")
    assert.approximately(State.failureRate(rate, failing), 200 / 3, 1e-9)
    const slow = State.step(rate, failing, ended(failing, "success", 0, { slow: true })).state
    assert.strictEqual(State.failureRate(rate, slow), 50)
    assert.strictEqual(State.slowCallRate(rate, slow), 25)
    assert.strictEqual(State.slowCallRate(rate, failing), 0)
  })

  it("admits, stays as it is when it is told so again, and forgets its counts with new options", () => {
    assert.deepStrictEqual(State.step(rate, watching, { _tag: "Admit", now: 0 }), { state: watching, admitted: true })
    const failing = record(rate, watching, "failure", "failure")
    assert.strictEqual(State.step(rate, failing, { _tag: "MetricsOnly" }).state, failing)
    const anew = State.step(rate, failing, { _tag: "Reconfigure" }).state
    assert.strictEqual(anew._tag, "METRICS_ONLY")
    assert.strictEqual(anew.generation, failing.generation + 1)
    assert.strictEqual(State.failureRate(rate, anew), -1)
  })

  it("what is ignored, or comes from before, changes nothing at all", () => {
    assert.strictEqual(State.step(rate, watching, ended(watching, "ignored")).state, watching)
    const old: State.Event = { _tag: "Record", generation: watching.generation - 1, outcome: "failure", now: 0 }
    assert.strictEqual(State.step(rate, watching, old).state, watching)
  })
})

describe("commands and states", () => {
  const open = record(streak, after(streak), "failure", "failure")

  it("initial states are those that the options name", () => {
    for (const initialState of ["CLOSED", "OPEN", "FORCED_OPEN", "DISABLED", "METRICS_ONLY"] as const) {
      const options = decode({ initialState })
      const state = State.initial(options, 5)
      assert.strictEqual(state._tag, initialState)
      assert.strictEqual(state.generation, 0)
      if (state._tag === "OPEN") assert.deepInclude(state, { attempt: 1, until: 60_005 })
    }
  })

  it("every event but a rejected call is admitted", () => {
    for (const event of [
      { _tag: "Tick", now: 0 },
      { _tag: "ForceOpen" },
      { _tag: "Reset" },
      ended(open, "success")
    ] as const) {
      assert.isTrue(State.step(streak, open, event).admitted)
    }
    assert.isFalse(State.step(streak, open, { _tag: "Admit", now: 999 }).admitted)
    assert.isTrue(State.step(streak, open, { _tag: "Admit", now: 1_000 }).admitted)
  })

  it("open and forced open go half-open by hand without a probe of their own, nothing else does", () => {
    const half = State.step(streak, open, { _tag: "ForceHalfOpen", now: 7 }).state
    assert.deepInclude(half, { _tag: "HALF_OPEN", admitted: 0, since: 7, attempt: 1 })
    const forced = State.step(streak, open, { _tag: "ForceOpen" }).state
    assert.deepInclude(State.step(streak, forced, { _tag: "ForceHalfOpen", now: 7 }).state, {
      _tag: "HALF_OPEN",
      attempt: 1
    })
    const closed = after(streak)
    assert.strictEqual(State.step(streak, closed, { _tag: "ForceHalfOpen", now: 7 }).state, closed)
  })

  it("probes are ready when the wait is over, and only of an open one", () => {
    assert.strictEqual(State.probeReady(open, 999), open)
    assert.deepInclude(State.probeReady(open, 1_000), { _tag: "HALF_OPEN", admitted: 0, since: 1_000 })
    const forced = State.step(streak, open, { _tag: "ForceOpen" }).state
    for (const state of [after(streak), forced]) assert.strictEqual(State.probeReady(state, 1e9), state)
  })

  it("a detached state does not follow what is counted in place, and others are themselves", () => {
    const watching = after(rate, { _tag: "MetricsOnly" })
    for (const state of [after(rate), watching]) {
      const kept = State.detached(state)
      assert.notStrictEqual(kept, state)
      assert.deepStrictEqual(kept, state)
    }
    assert.strictEqual(State.detached(open), open)
  })
})

describe("probes when options change", () => {
  const open = record(streak, after(streak), "failure", "failure")
  const probing = (probes: number, state = open) => {
    let next: State.State = state
    for (let i = 0; i < probes; i++) next = State.step(streak, next, { _tag: "Admit", now: 1_000 }).state
    return next
  }
  const reconfigure = (state: State.State) => State.step(streak, state, { _tag: "Reconfigure" }).state

  it("hold their permits until they are back, and find out nothing", () => {
    const half = probing(2)
    const anew = reconfigure(half)
    assert.deepInclude(anew, { _tag: "HALF_OPEN", admitted: 0, stale: { since: half.generation, running: 2 } })
    const full = probing(1, anew)
    assert.deepInclude(full, { admitted: 1 })
    assert.isFalse(State.step(streak, full, { _tag: "Admit", now: 1_000 }).admitted)
    const back = State.step(streak, full, ended(half, "failure")).state
    assert.deepInclude(back, { _tag: "HALF_OPEN", stale: { since: half.generation, running: 1 } })
    assert.isTrue(State.step(streak, back, { _tag: "Admit", now: 1_000 }).admitted)
    const all = State.step(streak, back, ended(half, "failure")).state
    assert.notProperty(all, "stale")
    assert.strictEqual(State.step(streak, all, ended(half, "failure")).state, all)
  })

  it("those of two changes add up, those counted are none of them, and older ones were never probes", () => {
    const half = probing(2)
    const counted = State.step(streak, half, ended(half, "success")).state
    const once = reconfigure(counted)
    assert.deepInclude(once, { stale: { since: half.generation, running: 1 } })
    const twice = reconfigure(probing(1, once))
    assert.deepInclude(twice, { stale: { since: half.generation, running: 2 } })
    const older: State.Event = { _tag: "Record", generation: half.generation - 1, outcome: "failure", now: 0 }
    assert.strictEqual(State.step(streak, twice, older).state, twice)
    assert.notProperty(
      reconfigure(probing(0, State.step(streak, open, { _tag: "ForceHalfOpen", now: 0 }).state)),
      "stale"
    )
  })
})

describe("the ramp", () => {
  const options = decode({
    trip: { _tag: "ConsecutiveFailures", threshold: 1 },
    waitDurationInOpenState: 1_000,
    permittedNumberOfCallsInHalfOpenState: 1,
    rampDuration: 1_000,
    rampInitialShare: 0.5
  })
  const opened = record(options, after(options), "failure")
  const half = State.step(options, opened, { _tag: "Admit", now: 1_000 }).state
  const ramping = State.step(options, half, ended(half, "success", 1_000)).state
  const admits = (now: number, random: number) => State.step(options, ramping, { _tag: "Admit", now, random })

  it("admits a share that grows to all, and is over then", () => {
    assert.strictEqual(ramping._tag, "CLOSED")
    assert.isTrue(admits(1_000, 0.49).admitted)
    assert.isFalse(admits(1_000, 0.5).admitted)
    assert.isTrue(admits(1_500, 0.74).admitted)
    assert.isFalse(admits(1_500, 0.75).admitted)
    const over = admits(2_000, 0.999)
    assert.isTrue(over.admitted)
    assert.deepInclude(over.state, { ramp: undefined })
    assert.isFalse(State.isSettled(options, ramping, 1_999))
    assert.isTrue(State.isSettled(options, ramping, 2_000))
  })
})

describe("what the dependency asks", () => {
  const options = decode({ ...streak, trip: { _tag: "ConsecutiveFailures", threshold: 9 }, openOnRetryAfter: true })
  const closed = after(options)

  it("opens at once by a failure with Retry-After, and by nothing less", () => {
    const asked = State.step(options, closed, ended(closed, "failure", 0, { retryAfter: 5_000 })).state
    assert.deepInclude(asked, { _tag: "OPEN", until: 5_000 })
    assert.strictEqual(record(options, closed, "failure")._tag, "CLOSED")
    assert.strictEqual(
      State.step(options, closed, ended(closed, "success", 0, { retryAfter: 5_000 })).state._tag,
      "CLOSED"
    )
    const deaf = decode({ ...options, openOnRetryAfter: false })
    assert.strictEqual(
      State.step(deaf, closed, ended(closed, "failure", 0, { retryAfter: 5_000 })).state._tag,
      "CLOSED"
    )
  })
})
