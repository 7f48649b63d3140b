import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Clock, Deferred, Duration, Effect, Exit, Fiber, Ref, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as Deadline from "../../src/Deadline.ts"
import * as TimeLimiter from "../../src/TimeLimiter.ts"
import { interruptEverywhere } from "../Interruptions.ts"
import * as MetricSeries from "../MetricSeries.ts"
import { eventsOf, inSpan } from "../RecordingTracer.ts"
import { timeout, timeoutEdges } from "./cases/timed.ts"
import { prove } from "./script/prove.ts"

const calls = MetricSeries.read("resilience4j.timelimiter.calls")

describe("TO: timeouts", () => {
  prove(timeout)

  prove(timeoutEdges)

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
      assert.strictEqual(error.message, "An attempt of slow did not end within 2s")
      assert.notInclude(error.stack, "TimeLimiter.ts")
    })
  )

  it.effect.prop(
    "TO1 each of any overlapping calls ends when it is done or its time is over, whichever comes first",
    {
      limits: Arbitrary.array(
        Arbitrary.schema(
          Schema.Struct({
            after: Schema.Literals([0, 1, 3, 50]),
            duration: Schema.Literals([0, 5, 15, 45, 1000]),
            remaining: Schema.Literals([2, 10, 20, 100])
          })
        ),
        { maxLength: 20 }
      )
    },
    ({ limits }) =>
      Effect.scoped(
        Effect.gen(function* () {
          const limiter = yield* TimeLimiter.make("slow", 40)
          const fibers = yield* Effect.forEach(
            limits,
            Effect.fnUntraced(function* ({ after, duration, remaining }) {
              yield* TestClock.adjust(after)
              const from = yield* Clock.currentTimeMillis
              const call = limiter.executeWithin(Effect.as(Effect.sleep(duration), "Done"))
              const fiber = yield* Deadline.announce(call, "whole", Duration.millis(remaining)).pipe(
                Effect.catch((error) => Effect.succeed(error._tag)),
                Effect.zip(Effect.map(Clock.currentTimeMillis, (at) => at - from)),
                Effect.forkChild({ startImmediately: true })
              )
              const bound = remaining < 40 ? "DeadlineExceeded" : "AttemptTimedOut"
              const limit = Math.min(remaining, 40)
              return { fiber, expected: duration < limit ? ["Done", duration] : [bound, limit] }
            })
          )
          yield* TestClock.adjust("1 minute")
          for (const { expected, fiber } of fibers) assert.deepStrictEqual(yield* Fiber.join(fiber), expected)
        })
      ),
    { arbitrary: { runs: 40 } }
  )

  it.effect("TO1 a timeout is an event of the span", () =>
    Effect.gen(function* () {
      const limiter = yield* TimeLimiter.make("slow", "1 second")
      const fiber = yield* Effect.forkChild(inSpan("call", limiter.execute(Effect.never)))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(eventsOf(yield* Fiber.join(fiber)), [
        ["resilience4j.timelimiter.timeout", { name: "slow", timeout_ms: 1000 }]
      ])
    })
  )

  it.effect(
    'TO2: body\'s finalizers run before the error surfaces (cooperative); "disconnect" mode returns at 2 s sharp and lets cleanup continue in the background',
    () =>
      Effect.gen(function* () {
        const limiter = yield* TimeLimiter.make("slow", "2 seconds")
        const released = yield* Ref.make(false)
        const cleanUp = Effect.andThen(Effect.sleep("1 second"), Ref.set(released, true))
        const fiber = yield* limiter
          .execute(Effect.sleep("4 seconds").pipe(Effect.ensuring(cleanUp)))
          .pipe(Effect.flip, Effect.andThen(Ref.get(released)), Effect.forkChild)
        yield* TestClock.adjust("2 seconds")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 second")
        assert.isTrue(yield* Fiber.join(fiber))
      })
  )

  it.effect("TO2 waits for what cannot be interrupted", () =>
    Effect.gen(function* () {
      const limiter = yield* TimeLimiter.make("slow", "2 seconds")
      const fiber = yield* Effect.forkChild(Effect.flip(limiter.execute(Effect.uninterruptible(Effect.sleep(4000)))))
      yield* TestClock.adjust(3999)
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "AttemptTimedOut")
    })
  )

  it.effect("TO2 a defect of a finalizer comes out", () =>
    Effect.gen(function* () {
      const limiter = yield* TimeLimiter.make("slow", "2 seconds")
      const fiber = yield* Effect.forkChild(
        Effect.exit(limiter.execute(Effect.ensuring(Effect.never, Effect.die("bug"))))
      )
      yield* TestClock.adjust("2 seconds")
      assert.isTrue(Exit.hasDies(yield* Fiber.join(fiber)))
    })
  )

  it.effect("TO3 an interruption by the caller is no timeout and counts for nothing", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const limiter = yield* TimeLimiter.make("slow", "2 seconds")
        const released = yield* Ref.make(false)
        const fiber = yield* Effect.forkChild(limiter.execute(Effect.ensuring(Effect.never, Ref.set(released, true))), {
          startImmediately: true
        })
        yield* Fiber.interrupt(fiber)
        assert.isTrue(yield* Ref.get(released))
        const exit = yield* Fiber.await(fiber)
        assert.isTrue(Exit.hasInterrupts(exit))
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(yield* calls, { successful: 0, failed: 0, timeout: 0 })
      })
    )
  )

  it.effect("TO3 an interruption at any step leaves nothing running", () =>
    Effect.gen(function* () {
      const limiter = yield* TimeLimiter.make("slow", "1 second")
      const running = yield* Ref.make(0)
      const body = Effect.acquireUseRelease(
        Ref.update(running, (n) => n + 1),
        () => Effect.andThen(Effect.yieldNow, Effect.yieldNow),
        () => Ref.update(running, (n) => n - 1)
      )
      yield* interruptEverywhere(limiter.execute(body), () =>
        Effect.map(Ref.get(running), (n) => assert.strictEqual(n, 0))
      )
    })
  )

  it.effect("TO3 a caller that is interrupted while an overdue attempt lets go is interrupted", () =>
    Effect.gen(function* () {
      const limiter = yield* TimeLimiter.make("slow", "1 second")
      const letGo = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(limiter.execute(Effect.ensuring(Effect.never, Deferred.await(letGo))))
      yield* TestClock.adjust("1 second")
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(fiber), { startImmediately: true })
      assert.isUndefined(fiber.pollUnsafe())
      yield* Deferred.succeed(letGo, undefined)
      yield* Fiber.join(interrupting)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
    })
  )

  it.effect("TO4 passes what ends in time as it is, and counts how", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const limiter = yield* TimeLimiter.make("slow", "2 seconds")
        assert.deepStrictEqual(yield* calls, { successful: 0, failed: 0, timeout: 0 })
        const failing = yield* Effect.forkChild(
          Effect.exit(limiter.execute(Effect.andThen(Effect.sleep("1 second"), Effect.fail("own"))))
        )
        const dying = yield* Effect.forkChild(Effect.exit(limiter.execute(Effect.die("bug"))))
        const timed = yield* Effect.forkChild(Effect.exit(limiter.execute(Effect.never)))
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(yield* Fiber.join(failing), Exit.fail("own"))
        assert.deepStrictEqual(yield* Fiber.join(dying), Exit.die("bug"))
        assert.isTrue(Exit.isFailure(yield* Fiber.join(timed)))
        assert.strictEqual(yield* limiter.execute(Effect.succeed(1)), 1)
        assert.deepStrictEqual(yield* calls, { successful: 1, failed: 2, timeout: 1 })
      })
    )
  )

  it.effect("TO5 a limit of zero, below or without end is none", () =>
    Effect.gen(function* () {
      for (const limit of [0, -1, Number.POSITIVE_INFINITY]) {
        const limiter = yield* TimeLimiter.make("slow", limit)
        const fiber = yield* Effect.forkChild(limiter.execute(Effect.as(Effect.sleep("1 day"), "done")))
        yield* TestClock.adjust("1 day")
        assert.strictEqual(yield* Fiber.join(fiber), "done")
      }
    })
  )
})
