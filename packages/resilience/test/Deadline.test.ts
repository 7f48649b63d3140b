import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Ref } from "effect"
import { TestClock } from "effect/testing"
import * as Deadline from "../src/Deadline.ts"

const remaining = Effect.withFiber((fiber) => Effect.succeed(Deadline.remaining(fiber)))

describe("Deadline", () => {
  it.effect("TO1 fails at exactly the deadline, after the finalizers", () =>
    Effect.gen(function* () {
      const deadline = yield* Deadline.make("whole", "2 seconds")
      const released = yield* Ref.make(false)
      const fiber = yield* deadline
        .execute(Effect.ensuring(Effect.never, Ref.set(released, true)))
        .pipe(Effect.flip, Effect.forkChild)
      yield* TestClock.adjust("1999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      const error = yield* Fiber.join(fiber)
      assert.deepInclude(error, { _tag: "DeadlineExceeded", name: "whole", deadline: Duration.seconds(2) })
      assert.strictEqual(error.message, "whole did not end within 2s")
      assert.isTrue(yield* Ref.get(released))
    })
  )

  it.effect("TO5 none when it is infinite", () =>
    Effect.gen(function* () {
      const deadline = yield* Deadline.make("whole", Duration.infinity)
      assert.strictEqual(yield* deadline.execute(remaining), Number.POSITIVE_INFINITY)
    })
  )

  it.effect("TO3 an interruption stays one", () =>
    Effect.gen(function* () {
      const deadline = yield* Deadline.make("whole", "2 seconds")
      const fiber = yield* Effect.forkChild(deadline.execute(Effect.never), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
    })
  )

  it.effect("RT15 what runs inside sees the time that is left, and a bound that ends sooner stays", () =>
    Effect.gen(function* () {
      const outer = yield* Deadline.make("outer", "3 seconds")
      const [sooner, later] = [yield* Deadline.make("sooner", "1 second"), yield* Deadline.make("later", "1 minute")]
      assert.strictEqual(yield* remaining, Number.POSITIVE_INFINITY)
      const fiber = yield* Effect.forkChild(
        outer.execute(
          Effect.gen(function* () {
            yield* Effect.sleep("500 millis")
            return [
              yield* remaining,
              yield* sooner.execute(remaining),
              yield* later.execute(remaining),
              yield* Deadline.announce(remaining, "later", Duration.minutes(1)),
              yield* remaining
            ]
          })
        )
      )
      yield* TestClock.adjust("500 millis")
      assert.deepStrictEqual(yield* Fiber.join(fiber), [2500, 1000, 2500, 2500, 2500])
    })
  )

  it.effect("TO7 the deadline around is the one that ends an inner one with more time", () =>
    Effect.gen(function* () {
      const outer = yield* Deadline.make("outer", "1 second")
      const inner = yield* Deadline.make("inner", "5 seconds")
      const fiber = yield* outer.execute(inner.execute(Effect.never)).pipe(Effect.flip, Effect.forkChild)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber)).name, "outer")
    })
  )
})
