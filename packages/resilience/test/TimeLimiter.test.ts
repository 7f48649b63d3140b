import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Fiber, Ref } from "effect"
import { TestClock } from "effect/testing"
import * as Deadline from "../src/Deadline.ts"
import * as TimeLimiter from "../src/TimeLimiter.ts"
import { inSpan } from "./RecordingTracer.ts"

describe("TimeLimiter", () => {
  it.effect("the deadline is the reason where it comes first, also without a limit", () =>
    Effect.gen(function* () {
      for (const limit of ["10 seconds", "Infinity"] as const) {
        const limiter = yield* TimeLimiter.make("slow", limit)
        const fiber = yield* limiter
          .executeWithin(Effect.never)
          .pipe((self) => Deadline.announce(self, "whole", Duration.seconds(3)), Effect.flip, Effect.forkChild)
        yield* TestClock.adjust("2999 millis")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        assert.deepInclude(yield* Fiber.join(fiber), { _tag: "DeadlineExceeded", name: "whole" })
      }
      const limiter = yield* TimeLimiter.make("slow", "1 second")
      const within = yield* limiter
        .executeWithin(Effect.never)
        .pipe((self) => Deadline.announce(self, "whole", Duration.seconds(3)), Effect.flip, Effect.forkChild)
      const without = yield* limiter.executeWithin(Effect.never).pipe(Effect.flip, Effect.forkChild)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(within))._tag, "AttemptTimedOut")
      assert.strictEqual((yield* Fiber.join(without))._tag, "AttemptTimedOut")
    })
  )

  it.effect("what begins after the deadline ends at once", () =>
    Effect.gen(function* () {
      const limiter = yield* TimeLimiter.make("slow", "1 second")
      const late = Effect.andThen(Effect.sleep("5 seconds"), limiter.executeWithin(Effect.never))
      const fiber = yield* Deadline.announce(late, "whole", Duration.seconds(3)).pipe(Effect.flip, Effect.forkChild)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "DeadlineExceeded")
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

  it.effect("ends many calls in one jump of the clock, and those that follow from them", () =>
    Effect.gen(function* () {
      const limiter = yield* TimeLimiter.make("slow", "1 second")
      const twice = Effect.catch(limiter.execute(Effect.never), () => limiter.execute(Effect.never))
      const fibers = yield* Effect.forEach(Array.from({ length: 100 }), () => Effect.forkChild(Effect.flip(twice)))
      yield* TestClock.adjust("1 hour")
      for (const error of yield* Effect.forEach(fibers, Fiber.join)) assert.strictEqual(error._tag, "AttemptTimedOut")
    })
  )

  it.effect("runs the effect in the caller's context and span", () =>
    Effect.gen(function* () {
      const limiter = yield* TimeLimiter.make("slow", "1 second")
      const Marker = Context.Reference<string>("test/Marker", { defaultValue: () => "none" })
      const seen = yield* Ref.make<ReadonlyArray<string>>([])
      const body = Effect.gen(function* () {
        yield* Effect.yieldNow
        const marker = yield* Marker
        const span = yield* Effect.orDie(Effect.currentSpan)
        yield* Ref.set(seen, [marker, span.name])
      })
      yield* inSpan("outer", Effect.provideService(limiter.execute(body), Marker, "given"))
      assert.deepStrictEqual(yield* Ref.get(seen), ["given", "outer"])
    })
  )
})
