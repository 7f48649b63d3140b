import { assert, describe, it } from "@effect/vitest"
import { consecutiveFailures, failureRate } from "../../src/CircuitBreakerOptions.ts"
import * as Tally from "../../src/internal/Tally.ts"

const trips = [
  consecutiveFailures(9),
  failureRate({ slidingWindowSize: 4 }),
  failureRate({ slidingWindowType: "TIME_BASED", slidingWindowSize: 4 })
]

describe("Tally", () => {
  it("a copy does not see what is counted after it, in any of its forms", () => {
    for (const trip of trips) {
      const tally = Tally.inPlace(Tally.empty(trip), true, true, 1000)
      const known = Tally.counts(tally, 1000)
      const copy = Tally.copy(tally)
      const later = Tally.inPlace(tally, true, false, 1000)
      assert.strictEqual(known.calls, 1)
      assert.strictEqual(known.failures, 1)
      assert.deepStrictEqual(Tally.counts(copy, 1000), known)
      assert.strictEqual(Tally.counts(later, 1000).failures, 2)
    }
  })

  it("windows count in place, and only windows of seconds forget by the clock", () => {
    const [streak, calls, seconds] = trips.map((trip) => {
      const tally = Tally.inPlace(Tally.empty(trip), true, true, 0)
      return Tally.counts(tally, 60_000)
    })
    assert.deepStrictEqual(streak, { calls: 1, failures: 1, slow: 0 })
    assert.deepStrictEqual(calls, { calls: 1, failures: 1, slow: 1 })
    assert.deepStrictEqual(seconds, { calls: 0, failures: 0, slow: 0 })
  })

  it("a success ends a streak, and where there is none it changes nothing", () => {
    const empty = Tally.empty(consecutiveFailures(9))
    assert.strictEqual(Tally.pure(empty, false, false, 0), empty)
    const failed = Tally.pure(empty, true, false, 0)
    assert.deepStrictEqual(Tally.pure(failed, true, false, 0), { _tag: "Streak", failures: 2 })
    assert.deepStrictEqual(Tally.pure(failed, false, false, 0), { _tag: "Streak", failures: 0 })
    // The one that stands for none is there once, so that a healthy call allocates nothing.
    const again: Tally.Tally = { _tag: "Streak", failures: 0 }
    assert.strictEqual(Tally.inPlace(again, false, false, 0), again)
  })
})
