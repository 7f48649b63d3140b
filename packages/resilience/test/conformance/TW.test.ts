import { assert, describe, it } from "@effect/vitest"
import { failureRate } from "../../src/CircuitBreakerOptions.ts"
import * as TimeWindow from "../../src/internal/TimeWindow.ts"
import { timeWindow, timeWindowEdges } from "./cases/windows.ts"
import { prove } from "./script/prove.ts"
import { machine } from "./support/breakers.ts"

const seconds = (size: number) =>
  machine({
    trip: failureRate({ slidingWindowType: "TIME_BASED", slidingWindowSize: size, minimumNumberOfCalls: 100 })
  })

describe("TW: time window", () => {
  prove(timeWindow)

  prove(timeWindowEdges)

  it("TW1: window 5 s (1-s buckets): record F at 0.0, S at 0.1, slowF at 0.8 → total 3, failed 2; snapshot at 4.8 s still 3; at 5.8 s → 0", () => {
    const breaker = seconds(5)
    breaker.call(0, "failure")
    breaker.call(100, "success")
    breaker.call(800, "failure", true)
    assert.deepStrictEqual(breaker.counts(900), { calls: 3, failures: 2, slow: 1 })
    assert.deepStrictEqual(breaker.counts(4800), { calls: 3, failures: 2, slow: 1 })
    assert.deepStrictEqual(breaker.counts(5800), { calls: 0, failures: 0, slow: 0 })
  })

  it("TW3: window 10 s, 10 sub-windows: one S per second for 10 s → total 9 at t=10 s, 8 at t=11 s", () => {
    const breaker = seconds(10)
    for (let second = 0; second < 10; second++) breaker.call(second * 1000, "success")
    assert.strictEqual(breaker.counts(10_000).calls, 9)
    assert.strictEqual(breaker.counts(11_000).calls, 8)
  })

  it("TW8: clock stepping backwards never yields negative ages, extra counts or exceptions", () => {
    const breaker = seconds(5)
    breaker.call(4000, "failure")
    breaker.call(1000, "failure")
    assert.deepStrictEqual(breaker.counts(4000), { calls: 2, failures: 2, slow: 0 })
  })

  it("TW9: memory is O(buckets): 10⁶ outcomes in one window keep the same number of slots", () => {
    let window = TimeWindow.make(10)
    for (let i = 0; i < 100_000; i++) window = TimeWindow.record(window, true, false, i)
    assert.isAtMost(window.buckets.length, 3 * 10)
    assert.deepStrictEqual(TimeWindow.counts(window, 99_999), { calls: 10_000, failures: 10_000, slow: 0 })
  })
})
