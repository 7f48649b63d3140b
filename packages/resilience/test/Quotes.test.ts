import { assert, layer } from "@effect/vitest"
import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as Quotes from "../examples/quotes.ts"

layer(Quotes.layer)("quote", (it) => {
  it.effect("opens the circuit after three failures and recovers by a probe", () =>
    Effect.gen(function* () {
      const breakers = yield* CircuitBreakerRegistry

      // Three attempts, 1 and 2 seconds apart: the third failure opens the breaker, and the list price is the answer.
      const failing = yield* Effect.forkChild(Quotes.quote(Effect.fail(new Quotes.CarrierBusy())))
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(yield* Fiber.join(failing), 990)
      assert.deepInclude((yield* breakers.snapshot)[0], { name: "carrier", state: "OPEN" })

      // Half a minute later the next call is a probe, and it closes the breaker.
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* Quotes.quote(Effect.succeed(750)), 750)
      assert.deepInclude((yield* breakers.snapshot)[0], { name: "carrier", state: "CLOSED" })
    })
  )
})
