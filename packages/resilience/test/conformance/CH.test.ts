import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Random } from "effect"
import { TestClock } from "effect/testing"
import * as Chaos from "../../src/Chaos.ts"

const call = Effect.succeed("answer")

describe("CH: chaos", () => {
  it("CH1: rate 0 never, 1 always, seeded .1 over 10 000 → within ±1 %; enabled=false is a no-op with zero allocation; injected latency uses the virtual clock", () => {
    assert.strictEqual(Chaos.fault({ rate: 1, enabled: false, error: () => "busy" })(call), call)
    assert.strictEqual(Chaos.latency({ rate: 0, latency: "1 second" })(call), call)
  })

  it.effect("CH1 a rate of 1 hits every call", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Effect.flip(Chaos.fault({ rate: 1, error: () => "busy" })(call)), "busy")
      assert.strictEqual(yield* Chaos.outcome({ rate: 1, value: () => "other" })(call), "other")
      assert.isTrue(Exit.hasDies(yield* Effect.exit(Chaos.defect({ rate: 1, defect: () => "bug" })(call))))
    })
  )

  it.effect("CH1 a seeded rate of 0.1 hits a tenth of 10,000 calls, give or take one in a hundred", () =>
    Effect.gen(function* () {
      const shaken = Effect.isFailure(Chaos.fault({ rate: 0.1, error: () => "busy" })(call))
      const results = yield* Effect.forEach(Array.from({ length: 10_000 }), () => shaken)
      assert.approximately(results.filter(Boolean).length, 1000, 100)
    }).pipe(Random.withSeed("chaos"))
  )

  it.effect("CH1 latency takes virtual time, and then the call runs", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Chaos.latency({ rate: 1, latency: "1 hour" })(call))
      yield* TestClock.adjust("59 minutes")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Fiber.join(fiber), "answer")
    })
  )
})
