import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { CircuitBreakerOptions, type CircuitBreakerOptionsInput, failureRate } from "../src/CircuitBreakerOptions.ts"
import * as State from "../src/CircuitBreakerState.ts"
import * as TimeWindow from "../src/internal/TimeWindow.ts"

/** Runs calls one after the other: when each ended, how, and whether it was slow. */
const machine = (input: CircuitBreakerOptionsInput) => {
  const options = Schema.decodeUnknownSync(CircuitBreakerOptions)(input)
  let state: State.State = State.closed(options)
  return {
    options,
    get state() {
      return state
    },
    call(now: number, outcome: State.Outcome, slow = false) {
      const admitted = State.step(options, state, { _tag: "Admit", now })
      if (!admitted.admitted) return false
      const { generation } = admitted.state
      state = State.step(options, admitted.state, { _tag: "Record", generation, outcome, now, detail: { slow } }).state
      return true
    },
    counts: (now: number) => State.counts(state, now),
    failureRate: (now: number) => State.failureRate(options, state, now),
    slowCallRate: (now: number) => State.slowCallRate(options, state, now)
  }
}

const seconds = (size: number, minimumNumberOfCalls: number, rate = 50) =>
  machine({
    trip: failureRate({
      slidingWindowType: "TIME_BASED",
      slidingWindowSize: size,
      minimumNumberOfCalls,
      failureRateThreshold: rate
    })
  })

describe("time window", () => {
  it("TW1 forgets a second when the window has moved past it", () => {
    const breaker = seconds(5, 100)
    breaker.call(0, "failure")
    breaker.call(100, "success")
    breaker.call(800, "failure", true)
    assert.deepStrictEqual(breaker.counts(900), { calls: 3, failures: 2, slow: 1 })
    assert.deepStrictEqual(breaker.counts(4800), { calls: 3, failures: 2, slow: 1 })
    assert.deepStrictEqual(breaker.counts(5800), { calls: 0, failures: 0, slow: 0 })
  })

  it("TW3 holds the last ten seconds", () => {
    const breaker = seconds(10, 100)
    for (let second = 0; second < 10; second++) breaker.call(second * 1000, "success")
    assert.strictEqual(breaker.counts(10_000).calls, 9)
    assert.strictEqual(breaker.counts(11_000).calls, 8)
  })

  it("TW5 never opens below the minimum of calls", () => {
    const breaker = seconds(10, 10)
    for (let i = 0; i < 9; i++) breaker.call(i, "failure")
    assert.strictEqual(breaker.state._tag, "CLOSED")
    assert.strictEqual(breaker.failureRate(9), -1)
  })

  it("TW6 opens when the minimum and the threshold are reached", () => {
    const run = (calls: number, failures: number) => {
      const breaker = seconds(10, 10, 10)
      for (let i = 0; i < calls; i++) breaker.call(i, i < failures ? "failure" : "success")
      return breaker.state._tag
    }
    assert.strictEqual(run(10, 1), "OPEN")
    assert.strictEqual(run(10, 0), "CLOSED")
    assert.strictEqual(run(9, 1), "CLOSED")
  })

  it("TW8 a clock that steps back takes nothing away and adds nothing", () => {
    const breaker = seconds(5, 100)
    breaker.call(4000, "failure")
    breaker.call(1000, "failure")
    assert.deepStrictEqual(breaker.counts(4000), { calls: 2, failures: 2, slow: 0 })
  })

  it("TW9 is as large for many calls as for one", () => {
    let window = TimeWindow.make(10)
    for (let i = 0; i < 100_000; i++) window = TimeWindow.record(window, true, false, i)
    assert.isAtMost(window.buckets.length, 3 * 10)
    assert.deepStrictEqual(TimeWindow.counts(window, 99_999), { calls: 10_000, failures: 10_000, slow: 0 })
  })

  it("TW10 is empty after exactly its length", () => {
    const breaker = seconds(5, 100)
    breaker.call(0, "failure")
    breaker.call(5000, "success")
    assert.deepStrictEqual(breaker.counts(5000), { calls: 1, failures: 0, slow: 0 })
  })

  const Call = Schema.Struct({
    gap: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4000 })),
    failed: Schema.Boolean
  })
  it.effect.prop("counts what a list of the calls of the last seconds holds", [Schema.Array(Call)], ([calls]) =>
    Effect.sync(() => {
      let window = TimeWindow.make(5)
      let now = 0
      const all: Array<{ readonly second: number; readonly failed: boolean }> = []
      for (const { failed, gap } of calls) {
        now += gap
        window = TimeWindow.record(window, failed, false, now)
        all.push({ second: Math.floor(now / 1000), failed })
        const held = all.filter(({ second }) => Math.floor(now / 1000) - second < 5)
        const failures = held.filter((call) => call.failed).length
        assert.deepStrictEqual(TimeWindow.counts(window, now), { calls: held.length, failures, slow: 0 })
      }
    })
  )
})

describe("slow calls", () => {
  const slow = (rate: number, more: CircuitBreakerOptionsInput = {}) =>
    machine({
      trip: failureRate({
        slidingWindowSize: 5,
        slowCallRateThreshold: rate,
        slowCallDurationThreshold: "4 seconds",
        failureRateThreshold: 100
      }),
      ...more
    })

  it("SL1 opens when half of the calls were slow, failed or not", () => {
    const breaker = slow(50)
    breaker.call(0, "success", true)
    breaker.call(0, "failure", true)
    breaker.call(0, "success")
    breaker.call(0, "success")
    assert.strictEqual(breaker.slowCallRate(0), -1)
    breaker.call(0, "success", true)
    assert.strictEqual(breaker.state._tag, "OPEN")
    assert.strictEqual(breaker.slowCallRate(0), 60)
  })

  it("SL4 slow probes reopen, even if they succeed", () => {
    const breaker = slow(50, { permittedNumberOfCallsInHalfOpenState: 4, waitDurationInOpenState: "1 second" })
    for (let i = 0; i < 5; i++) breaker.call(0, "success", true)
    for (const isSlow of [true, true, true, false]) breaker.call(1000, "success", isSlow)
    assert.deepInclude(breaker.state, { _tag: "OPEN", attempt: 2 })
    assert.strictEqual(breaker.slowCallRate(1000), 75)
    assert.strictEqual(breaker.failureRate(1000), 0)
  })

  it("SL5 by default no call is slow", () => {
    const breaker = machine({ trip: failureRate({ slidingWindowSize: 2 }) })
    for (let i = 0; i < 10; i++) breaker.call(0, "success")
    assert.strictEqual(breaker.state._tag, "CLOSED")
    assert.strictEqual(breaker.slowCallRate(0), 0)
  })
})
