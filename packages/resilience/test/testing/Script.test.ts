import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as Script from "../../src/testing/Script.ts"

describe("Script", () => {
  it.effect("plays step by step, and the last one from then on", () =>
    Effect.gen(function* () {
      const script = Script.make(Script.fail("busy" as const), Script.succeed(1), Script.succeed(2))
      assert.strictEqual(yield* Effect.flip(script.call), "busy")
      assert.deepStrictEqual(yield* Effect.all([script.call, script.call, script.call]), [1, 2, 2])
      assert.strictEqual(script.count(), 4)
    })
  )

  it.effect("keeps a record of what became of each call, and when", () =>
    Effect.gen(function* () {
      const script = Script.make(
        Script.delay("2 seconds", Script.succeed("up")),
        Script.hang,
        Script.fail("down"),
        Script.die("bug")
      )
      const slow = yield* Effect.forkChild(script.call, { startImmediately: true })
      const hung = yield* Effect.forkChild(script.call, { startImmediately: true })
      assert.strictEqual(script.running(), 2)
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(yield* Fiber.join(slow), "up")
      yield* Fiber.interrupt(hung)
      yield* Effect.exit(script.call)
      yield* Effect.exit(script.call)
      assert.deepStrictEqual(script.calls(), [
        { startedAt: 0, endedAt: 2000, outcome: "success" },
        { startedAt: 0, endedAt: 3000, outcome: "interrupted" },
        { startedAt: 3000, endedAt: 3000, outcome: "failure" },
        { startedAt: 3000, endedAt: 3000, outcome: "defect" }
      ])
      assert.strictEqual(script.running(), 0)
    })
  )

  it.effect("goes on by other steps", () =>
    Effect.gen(function* () {
      const script = Script.make(...Script.times(2, Script.fail("down")), Script.succeed(1))
      yield* Effect.exit(script.call)
      script.play(Script.succeed(7))
      assert.strictEqual(yield* script.call, 7)
    })
  )

  it.effect("hangs without steps, and times repeats a step so often", () =>
    Effect.gen(function* () {
      const nothing = Script.make()
      const fiber = yield* Effect.forkChild(nothing.call, { startImmediately: true })
      yield* TestClock.adjust("1 hour")
      assert.isUndefined(fiber.pollUnsafe())
      assert.strictEqual(nothing.running(), 1)
      const step = Script.succeed(1)
      assert.deepStrictEqual(Script.times(3, step), [step, step, step])
    })
  )
})
