import { assert, describe, it } from "@effect/vitest"
import { failureRate } from "../../src/CircuitBreakerOptions.ts"
import { slowCallEdges, slowCalls } from "./cases/windows.ts"
import { prove } from "./script/prove.ts"
import { machine } from "./support/breakers.ts"

describe("SL: slow calls", () => {
  prove(slowCalls)

  prove(slowCallEdges)

  it("SL5: slow rate default 100 % with default 60 s must not trip on fast calls", () => {
    const breaker = machine({ trip: failureRate({ slidingWindowSize: 2 }) })
    for (let i = 0; i < 10; i++) breaker.call(0, "success")
    assert.strictEqual(breaker.state._tag, "CLOSED")
    assert.strictEqual(breaker.slowCallRate(0), 0)
  })
})
