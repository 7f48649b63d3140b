import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as AdaptiveLimiter from "../src/AdaptiveLimiter.ts"
import { BulkheadFull } from "../src/Bulkhead.ts"
import { AttemptTimedOut } from "../src/TimeLimiter.ts"

const timedOut = new AttemptTimedOut({ name: "x", timeout: Duration.seconds(1) })
const full = new BulkheadFull({ name: "x", reason: "queue-full", maxConcurrentCalls: 1, maxQueuedCalls: 0 })

/** AIMD whose limit moves with each call: half of it is in use by one. */
const small = { _tag: "AIMD", initialLimit: 2, minLimit: 1, maxLimit: 10, backoffRatio: 0.5 } as const

describe("AdaptiveLimiter.classifyRelease", () => {
  const classify = AdaptiveLimiter.classifyRelease

  it("an answer is a success, whether good or bad", () => {
    assert.strictEqual(classify(Exit.succeed(1)), "success")
    assert.strictEqual(classify(Exit.fail("busy")), "success")
    assert.strictEqual(classify(Exit.die("bug")), "success")
  })

  it("a timeout is a drop, also among other errors", () => {
    assert.strictEqual(classify(Exit.fail(timedOut)), "dropped")
    assert.strictEqual(classify(Exit.failCause(Cause.combine(Cause.fail("busy"), Cause.fail(timedOut)))), "dropped")
  })

  it("an interruption and what we refuse ourselves say nothing", () => {
    assert.strictEqual(classify(Exit.failCause(Cause.interrupt(1))), "ignored")
    assert.strictEqual(classify(Exit.fail(full)), "ignored")
    assert.strictEqual(classify(Exit.failCause(Cause.combine(Cause.die("bug"), Cause.fail(full)))), "ignored")
  })
})

describe("AdaptiveLimiter.execute", () => {
  it.effect("a call that answers raises the limit, one that is dropped lowers it, an ignored one leaves it", () =>
    Effect.gen(function* () {
      const limiter = yield* AdaptiveLimiter.make("x", { algorithm: small })
      const limit = Effect.map(limiter.snapshot, (snapshot) => snapshot.limit)
      yield* limiter.execute(Effect.void)
      assert.strictEqual(yield* limit, 3)
      yield* Effect.exit(limiter.execute(Effect.fail(full), { classify: () => "ignored" }))
      assert.strictEqual(yield* limit, 3)
      yield* Effect.exit(limiter.execute(Effect.fail(full)))
      assert.strictEqual(yield* limit, 3)
      yield* Effect.exit(limiter.execute(Effect.fail(timedOut)))
      assert.strictEqual(yield* limit, 1)
      assert.deepStrictEqual(yield* limiter.snapshot, { limit: 1, inflight: 0 })
    })
  )

  it.effect("a call slower than the timeout counts as dropped, by its own time", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 hour")
      const limiter = yield* AdaptiveLimiter.make("x", { algorithm: { ...small, timeout: "5 seconds" } })
      const quick = yield* Effect.forkChild(limiter.execute(Effect.sleep("5 seconds")))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(quick)
      assert.strictEqual((yield* limiter.snapshot).limit, 3)
      const slow = yield* Effect.forkChild(limiter.execute(Effect.sleep("5001 millis")))
      yield* TestClock.adjust("5001 millis")
      yield* Fiber.join(slow)
      assert.strictEqual((yield* limiter.snapshot).limit, 1)
    })
  )

  it.effect("refuses beyond the limit and says for whom, and a refusal changes nothing", () =>
    Effect.gen(function* () {
      const limiter = yield* AdaptiveLimiter.make("x", {
        algorithm: { ...small, initialLimit: 1 },
        partitions: { a: 1 }
      })
      yield* Effect.forkChild(limiter.execute(Effect.never, { partition: "a" }), { startImmediately: true })
      const { message, ...error } = yield* Effect.flip(limiter.execute(Effect.void, { partition: "b" }))
      assert.deepInclude(error, { _tag: "ConcurrencyLimited", name: "x", limit: 1, partition: "b" })
      assert.strictEqual(message, "x takes 1 calls at once")
      assert.notProperty(yield* Effect.flip(limiter.execute(Effect.void)), "partition")
      assert.deepStrictEqual(yield* limiter.snapshot, { limit: 1, inflight: 1 })
    })
  )

  it.effect("goes on from the limit that it has found when its options change", () =>
    Effect.gen(function* () {
      let maxLimit = 10
      const limiter = yield* AdaptiveLimiter.makeWith("x", () => ({
        algorithm: { ...small, maxLimit, timeout: Duration.seconds(5) },
        partitions: {},
        criticalities: { CRITICAL_PLUS: 1, CRITICAL: 1, SHEDDABLE_PLUS: 1, SHEDDABLE: 1 }
      }))
      for (let i = 0; i < 3; i++) yield* limiter.execute(Effect.void)
      const found = (yield* limiter.snapshot).limit
      assert.isAbove(found, 2)
      maxLimit = 2
      assert.strictEqual((yield* limiter.snapshot).limit, 2)
      maxLimit = 100
      assert.strictEqual((yield* limiter.snapshot).limit, 2)
    })
  )
})
