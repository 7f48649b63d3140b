import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Ref } from "effect"
import { TestClock } from "effect/testing"
import * as Hedge from "../src/Hedge.ts"

/** Attempts of one call, by their number, with a count of those that started. */
const scripted = <A, E>(attempts: ReadonlyArray<Effect.Effect<A, E>>) =>
  Effect.map(Ref.make(0), (started) => ({
    started: Ref.get(started),
    call: Hedge.safe(
      Effect.flatMap(Hedge.CurrentHedge, (n) =>
        Effect.andThen(
          Ref.update(started, (count) => count + 1),
          attempts[n] ?? Effect.never
        )
      )
    )
  }))

describe("Hedge", () => {
  it.effect("gives the last failure when all attempts failed, and a defect at once", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", { delay: Hedge.fixed("1 second"), maxHedgedAttempts: 2 })
      const all = yield* scripted<string, string>([Effect.fail("a"), Effect.fail("b"), Effect.fail("c")])
      assert.strictEqual(yield* Effect.flip(hedge.execute(all.call)), "c")
      assert.strictEqual(yield* all.started, 3)
      const bug = yield* scripted<string, string>([Effect.die("bug")])
      assert.isTrue(Exit.hasDies(yield* Effect.exit(hedge.execute(bug.call))))
      assert.strictEqual(yield* bug.started, 1)
    })
  )

  it.effect("waits for a multiple of the average", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", {
        delay: Hedge.average({ factor: 2, samples: 2, initial: "5 seconds", maximum: "1 second" })
      })
      for (const millis of [100, 300]) {
        const fiber = yield* Effect.forkChild(hedge.execute(Hedge.safe(Effect.sleep(millis))))
        yield* TestClock.adjust(millis)
        yield* Fiber.join(fiber)
      }
      const { call } = yield* scripted([Effect.never, Effect.succeed("hedge")])
      const fiber = yield* Effect.forkChild(hedge.execute(call))
      yield* TestClock.adjust("399 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(fiber), "hedge")
    })
  )

  it.effect("interruption ends every attempt", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", { delay: Hedge.fixed("1 second") })
      const ended = yield* Ref.make(0)
      const attempt = Effect.onInterrupt(Effect.never, () => Ref.update(ended, (n) => n + 1))
      const { call } = yield* scripted([attempt, attempt])
      const fiber = yield* Effect.forkChild(hedge.execute(call))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* Ref.get(ended), 2)
    })
  )
})
