import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Ref } from "effect"
import { TestClock } from "effect/testing"
import * as TimeLimiter from "../src/TimeLimiter.ts"

describe("TimeLimiter", () => {
  it.effect("TO1 fails at exactly the limit, with the limit", () =>
    Effect.gen(function* () {
      const limiter = yield* TimeLimiter.make("slow", "2 seconds")
      const fiber = yield* limiter.execute(Effect.sleep("4 seconds")).pipe(Effect.flip, Effect.forkChild)
      yield* TestClock.adjust("1999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "AttemptTimedOut")
      assert.deepStrictEqual(error.timeout, Duration.seconds(2))
    })
  )

  it.effect("TO2 runs the finalizers before the error surfaces", () =>
    Effect.gen(function* () {
      const limiter = yield* TimeLimiter.make("slow", "2 seconds")
      const released = yield* Ref.make(false)
      const fiber = yield* limiter
        .execute(Effect.sleep("4 seconds").pipe(Effect.ensuring(Ref.set(released, true))))
        .pipe(Effect.flip, Effect.andThen(Ref.get(released)), Effect.forkChild)
      yield* TestClock.adjust("2 seconds")
      assert.isTrue(yield* Fiber.join(fiber))
    })
  )

  it.effect("bounds every one of many overlapping calls by its own start", () =>
    Effect.gen(function* () {
      const limiter = yield* TimeLimiter.make("slow", "2 seconds")
      const start = () => limiter.execute(Effect.never).pipe(Effect.flip, Effect.forkChild)
      const first = yield* start()
      yield* TestClock.adjust("1 seconds")
      const second = yield* start()
      yield* TestClock.adjust("1 seconds")
      assert.isDefined(first.pollUnsafe())
      assert.isUndefined(second.pollUnsafe())
      yield* TestClock.adjust("1 seconds")
      assert.isDefined(second.pollUnsafe())
    })
  )
})
