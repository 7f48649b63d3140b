import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, Metric, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as Bulkhead from "../src/Bulkhead.ts"
import * as Deadline from "../src/Deadline.ts"
import * as TimeLimiter from "../src/TimeLimiter.ts"
import * as MetricSeries from "./MetricSeries.ts"
import { counting } from "./SleepCount.ts"

const counts = MetricSeries.read("resilience4j.timelimiter.calls")

/** Never ends by itself, and takes this long to let go. */
const clinging = (letsGo: Duration.Input, last: Effect.Effect<void> = Effect.void) =>
  Effect.onInterrupt(Effect.never, () => Effect.delay(last, letsGo))

const fork = <A, E>(self: Effect.Effect<A, E>) => Effect.forkChild(Effect.exit(self), { startImmediately: true })

describe("what is counted", () => {
  it.effect("TO an end that comes after the error is there counts no second time", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const limiter = yield* TimeLimiter.make("slow", "2 seconds", "disconnect")
        const fiber = yield* fork(limiter.execute(clinging("3 seconds")))
        yield* TestClock.adjust("2 seconds")
        assert.isTrue(Exit.isFailure(yield* Fiber.join(fiber)))
        assert.deepStrictEqual(yield* counts, { successful: 0, failed: 0, timeout: 1 })
        yield* TestClock.adjust("3 seconds")
        assert.deepStrictEqual(yield* counts, { successful: 0, failed: 0, timeout: 1 })
      })
    )
  )

  it.effect("TO a call that is interrupted counts as none, from outside or from within, whatever it lets go with", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const limiter = yield* TimeLimiter.make("slow", "2 seconds")
        for (const last of [Effect.void, Effect.die("bug")]) {
          const fiber = yield* Effect.forkChild(limiter.execute(clinging(0, last)), { startImmediately: true })
          yield* Fiber.interrupt(fiber)
        }
        yield* Effect.exit(limiter.execute(Effect.interrupt))
        assert.deepStrictEqual(yield* counts, { successful: 0, failed: 0, timeout: 0 })
        yield* Effect.exit(limiter.execute(Effect.fail("down")))
        yield* limiter.execute(Effect.void)
        assert.deepStrictEqual(yield* counts, { successful: 1, failed: 1, timeout: 0 })
      })
    )
  )

  it.effect("TO its series only grow", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        yield* TimeLimiter.make("slow", "2 seconds")
        const states = (yield* Metric.snapshot).map(({ state }) => state)
        assert.lengthOf(states, 3)
        for (const state of states) assert.deepInclude(state, { incremental: true })
      })
    )
  )
})

describe("what comes first", () => {
  it.effect("TO by default the finalizers, and a bug in one of them in place of the error", () =>
    Effect.gen(function* () {
      const limiter = yield* TimeLimiter.make("slow", "2 seconds")
      const deadline = yield* Deadline.make("whole", "2 seconds")
      const bounds: ReadonlyArray<(self: Effect.Effect<void>) => Effect.Effect<void, unknown>> = [
        limiter.execute,
        deadline.execute
      ]
      for (const execute of bounds) {
        const fiber = yield* fork(execute(clinging("1 second")))
        yield* TestClock.adjust("2999 millis")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        assert.isTrue(Exit.hasFails(yield* Fiber.join(fiber)))
        const broken = yield* fork(execute(clinging(0, Effect.die("bug"))))
        yield* TestClock.adjust("2 seconds")
        assert.isTrue(Exit.hasDies(yield* Fiber.join(broken)))
      }
    })
  )

  it.effect("TO of a deadline and a limit that end together, the limit", () =>
    Effect.gen(function* () {
      const limiter = yield* TimeLimiter.make("slow", "3 seconds")
      const call = Deadline.announce(limiter.executeWithin(Effect.never), "whole", Duration.seconds(3))
      const fiber = yield* Effect.forkChild(Effect.flip(call))
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "AttemptTimedOut")
    })
  )
})

describe("GE11 nobody sleeps", () => {
  it.effect("for a call without a limit, nor for one that is over at once", () =>
    Effect.gen(function* () {
      const counted = yield* counting
      const start = <A, E>(limiter: TimeLimiter.TimeLimiter, self: Effect.Effect<A, E>) =>
        fork(Effect.provideService(limiter.execute(self), Clock.Clock, counted.clock))
      yield* start(yield* TimeLimiter.make("none", "Infinity"), Effect.never)
      yield* start(yield* TimeLimiter.make("slow", "2 seconds"), Effect.fail("down"))
      assert.strictEqual(counted.asleep, 0)
      yield* start(yield* TimeLimiter.make("slow", "2 seconds"), Effect.never)
      assert.strictEqual(counted.asleep, 1)
    })
  )

  it.effect("for one that has ended or was interrupted, once the scope is closed", () =>
    Effect.gen(function* () {
      const counted = yield* counting
      for (const end of ["itself", "interruption"]) {
        const scope = yield* Scope.make()
        const limiter = yield* Scope.provide(TimeLimiter.make("slow", "1 minute"), scope)
        const fiber = yield* fork(
          limiter.execute(Effect.sleep("1 second")).pipe(Effect.provideService(Clock.Clock, counted.clock))
        )
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(counted.asleep, 2)
        if (end === "itself") yield* TestClock.adjust("1 second")
        else yield* Fiber.interrupt(fiber)
        assert.strictEqual(counted.asleep, 0, end)
      }
    })
  )

  it.effect("for one that waited in a line and has got in, was refused or is gone, once the scope is closed", () =>
    Effect.gen(function* () {
      const counted = yield* counting
      for (const end of ["in", "refused", "gone"]) {
        const scope = yield* Scope.make()
        const bulkhead = yield* Scope.provide(
          Bulkhead.make("b", { maxConcurrentCalls: 2, maxQueuedCalls: 1, maxWaitDuration: "1 minute" }),
          scope
        )
        const running = yield* fork(bulkhead.execute(Effect.never, 2))
        const waiting = yield* fork(
          Effect.provideService(bulkhead.execute(Effect.never, 2), Clock.Clock, counted.clock)
        )
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(counted.asleep, 1)
        if (end === "in") yield* Fiber.interrupt(running)
        else if (end === "refused") yield* bulkhead.resize(1)
        else yield* Fiber.interrupt(waiting)
        assert.strictEqual(counted.asleep, 0, end)
        assert.strictEqual(waiting.pollUnsafe() === undefined, end === "in")
      }
    })
  )

  it.effect("BH of a deadline and a wait that end together, the wait is the reason", () =>
    Effect.gen(function* () {
      const bulkhead = yield* Bulkhead.make("b", {
        maxConcurrentCalls: 1,
        maxQueuedCalls: 1,
        maxWaitDuration: "3 seconds"
      })
      yield* fork(bulkhead.execute(Effect.never))
      const call = Deadline.announce(bulkhead.executeWithin(Effect.void), "whole", Duration.seconds(3))
      const fiber = yield* Effect.forkChild(Effect.flip(call))
      yield* TestClock.adjust("3 seconds")
      assert.deepInclude(yield* Fiber.join(fiber), { _tag: "BulkheadFull", reason: "wait-exceeded" })
    })
  )
})
