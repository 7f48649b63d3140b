import { assert, describe, it } from "@effect/vitest"
import { ScriptedService } from "@resync/resilience/testing"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"

const make = ScriptedService.make<"quote" | "order", "busy" | "down">()

describe("the script of a service in memory", () => {
  it.effect("fails the calls whose turn it is, of that operation only", () =>
    Effect.gen(function* () {
      const script = yield* make
      yield* script.fail("quote", "busy", 2)
      yield* script.fail("quote", "down")
      yield* script.begin("order")
      const errors = yield* Effect.forEach([1, 2, 3], () => Effect.flip(script.begin("quote")))
      assert.deepStrictEqual(errors, ["busy", "busy", "down"])
      yield* script.begin("quote")
    })
  )

  it.effect("records every call with its arguments, those that failed included", () =>
    Effect.gen(function* () {
      const script = yield* make
      yield* script.fail("order", "down")
      yield* Effect.exit(script.begin("order", { weight: 3 }, "express"))
      yield* script.begin("quote")
      assert.deepStrictEqual(yield* script.calls, [
        { operation: "order", arguments: [{ weight: 3 }, "express"] },
        { operation: "quote", arguments: [] }
      ])
    })
  )

  it.effect("takes its time before it ends or fails", () =>
    Effect.gen(function* () {
      const script = yield* make
      yield* script.delay("quote", "2 seconds")
      yield* script.fail("quote", "busy")
      const call = yield* Effect.forkChild(Effect.flip(script.begin("quote")))
      yield* TestClock.adjust("1999 millis")
      assert.isUndefined(call.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(call), "busy")
    })
  )
})
