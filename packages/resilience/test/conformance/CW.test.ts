import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { failureRate } from "../../src/CircuitBreakerOptions.ts"
import { countWindow, countWindowEdges } from "./cases/windows.ts"
import { prove } from "./script/prove.ts"
import { F, machine, make, run, S } from "./support/breakers.ts"

describe("CW: count window", () => {
  prove(countWindow)

  prove(countWindowEdges)

  it.effect("CW1 in a snapshot: the rates, what is buffered, and the rejections", () =>
    Effect.gen(function* () {
      const breaker = yield* make({ trip: failureRate({ slidingWindowSize: 5 }) })
      yield* run(breaker, F, F, F, S)
      assert.strictEqual((yield* breaker.snapshot).failureRate, -1)
      yield* run(breaker, S)
      const error = yield* Effect.flip(breaker.execute(S))
      assert.deepInclude(error, { _tag: "CircuitOpen", name: "backend", state: "OPEN" })
      assert.deepInclude(yield* breaker.snapshot, {
        state: "OPEN",
        failureRate: 60,
        bufferedCalls: 5,
        failedCalls: 3,
        calls: { successful: 2, failed: 3, ignored: 0, notPermitted: 1 }
      })
    })
  )

  it("CW4: window 4: F,S,S,S → rate 25; 5th S evicts the F → failed 0, rate 0, total 4", () => {
    const breaker = machine({ trip: failureRate({ slidingWindowSize: 4 }) })
    for (const outcome of ["failure", "success", "success", "success"] as const) breaker.call(0, outcome)
    assert.strictEqual(breaker.failureRate(), 25)
    breaker.call(0, "success")
    assert.strictEqual(breaker.failureRate(), 0)
    assert.deepStrictEqual(breaker.counts(), { calls: 4, failures: 0, slow: 0 })
  })
})
