import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, Layer, Option, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as Deadline from "../src/Deadline.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import { SharedState } from "../src/SharedState.ts"
import { SharedStateUnavailable } from "../src/SharedStateUnavailable.ts"
import { eventsOf, inSpan } from "./RecordingTracer.ts"
import { counting } from "./SleepCount.ts"

/** A limit whose calls note when they started. */
const timed = Effect.fnUntraced(function* (options: RateLimiter.RateLimiterOptionsInput) {
  const limiter = yield* RateLimiter.make("r", { timeoutDuration: "1 hour", ...options })
  const started: Array<readonly [name: string, at: number]> = []
  const call = (name: string, permits = 1) =>
    Effect.forkChild(
      limiter.execute(
        Effect.map(Clock.currentTimeMillis, (at) => void started.push([name, at])),
        permits
      ),
      { startImmediately: true }
    )
  return { limiter, started, call }
})

const bursty = { limitForPeriod: 4, limitRefreshPeriod: "1 second" } as const
const smooth = { ...bursty, mode: "smooth" } as const

const rejectionOf = <A>(fiber: Fiber.Fiber<A, RateLimiter.RateLimitExceeded>) => Effect.flip(Fiber.join(fiber))

describe("spread evenly", () => {
  it.effect("RL a call that needs several permits after a pause has saved none of them up", () =>
    Effect.gen(function* () {
      const { call, started } = yield* timed(smooth)
      yield* TestClock.adjust("1 minute")
      yield* call("two", 2)
      yield* TestClock.adjust(249)
      assert.isEmpty(started)
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(started, [["two", 60_250]])
      // Two permits take half a second, and nobody has waited in the meantime.
      yield* TestClock.adjust("1 minute")
      yield* call("three", 3)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(started.slice(1), [["three", 120_750]])
    })
  )

  it.effect("RL who comes behind it does not make it wait anew", () =>
    Effect.gen(function* () {
      const { call, started } = yield* timed(smooth)
      yield* call("three", 3)
      yield* TestClock.adjust(200)
      yield* call("one")
      yield* TestClock.adjust(200)
      yield* call("another")
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(started, [
        ["three", 500],
        ["one", 750],
        ["another", 1000]
      ])
    })
  )

  it.effect("RL at most one permit is there, and those that wait are taken off", () =>
    Effect.gen(function* () {
      const { call, limiter } = yield* timed(smooth)
      assert.deepStrictEqual(yield* limiter.snapshot, { available: 1, waiting: 0 })
      yield* call("first")
      assert.deepStrictEqual(yield* limiter.snapshot, { available: 0, waiting: 0 })
      yield* call("second")
      yield* call("third", 2)
      assert.deepStrictEqual(yield* limiter.snapshot, { available: -3, waiting: 2 })
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* limiter.snapshot, { available: 1, waiting: 0 })
    })
  )
})

describe("new options", () => {
  it.effect("RL refuse who waits for more than a period has by now, and serve those behind", () =>
    Effect.gen(function* () {
      const { call, limiter, started } = yield* timed(bursty)
      yield* call("all", 4)
      const many = yield* call("many", 4)
      yield* call("few", 2)
      yield* limiter.reconfigure({ limitForPeriod: 3 })
      const error = yield* rejectionOf(many)
      assert.deepInclude(error, { _tag: "RateLimitExceeded", name: "r", retryAfter: Duration.infinity })
      assert.deepStrictEqual(yield* limiter.snapshot, { available: -2, waiting: 1 })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(started, [
        ["all", 0],
        ["few", 1000]
      ])
    })
  )

  it.effect("RL another mode begins with the next period, the same one leaves what is there", () =>
    Effect.gen(function* () {
      const { call, limiter, started } = yield* timed(bursty)
      yield* call("before")
      yield* limiter.reconfigure({ timeoutDuration: "2 hours" })
      assert.strictEqual((yield* limiter.snapshot).available, 3)
      yield* limiter.reconfigure({ mode: "smooth" })
      assert.strictEqual((yield* limiter.snapshot).available, 0)
      yield* call("one")
      yield* call("two")
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(started, [
        ["before", 0],
        ["one", 1000],
        ["two", 1250]
      ])
      yield* limiter.reconfigure({ mode: "bursty" })
      assert.strictEqual((yield* limiter.snapshot).available, 0)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* limiter.snapshot).available, 4)
    })
  )
})

describe("a refusal", () => {
  it.effect("RL for more than a period has comes at once, and there is no use in coming back", () =>
    Effect.gen(function* () {
      const { limiter, call } = yield* timed(bursty)
      const error = yield* rejectionOf(yield* call("five", 5))
      assert.isFalse(Duration.isFinite(error.retryAfter))
      assert.deepStrictEqual(yield* limiter.snapshot, { available: 4, waiting: 0 })
    })
  )

  it.effect("RL is an event of the caller's span, with when to come back", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.make("r", { ...bursty, timeoutDuration: 0 })
      yield* limiter.drain
      yield* TestClock.adjust(400)
      assert.deepStrictEqual(eventsOf(yield* inSpan("outer", limiter.execute(Effect.void))), [
        ["resilience4j.ratelimiter.rejected", { name: "r", retry_after_ms: 600 }]
      ])
    })
  )

  it("says in words what it is for", () => {
    const retryAfter = Duration.millis(1500)
    const plain = new RateLimiter.RateLimitExceeded({ name: "r", retryAfter })
    assert.strictEqual(plain.message, "Rate limit r is exceeded, retry after 1s 500ms")
    const cause = new SharedStateUnavailable({ message: "Redis did not answer" })
    const unknown = new RateLimiter.RateLimitExceeded({ name: "r", retryAfter, cause })
    assert.strictEqual(unknown.message, "Rate limit r is not known: Redis did not answer")
  })

  it.effect("RL a permit that is there is given whatever time is left", () =>
    Effect.gen(function* () {
      const { limiter } = yield* timed(bursty)
      const late = Effect.delay(limiter.execute(Effect.succeed("in")), "2 seconds")
      const fiber = yield* Effect.forkChild(Deadline.announce(late, "whole", Duration.seconds(1)))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "in")
    })
  )
})

describe("permits", () => {
  it.effect("RL go to the next at once, when their call is interrupted between its turn and its start", () =>
    Effect.gen(function* () {
      const { call, limiter, started } = yield* timed({ limitForPeriod: 2, limitRefreshPeriod: "1 second" })
      yield* limiter.drain
      const all: Array<Fiber.Fiber<unknown, unknown>> = []
      // Both have their turn at the same moment, and the first to start puts an end to the other.
      const first = Effect.suspend(() => Effect.forEach(all, Fiber.interrupt))
      yield* Effect.forkChild(limiter.execute(first), { startImmediately: true })
      all.push(yield* call("interrupted"))
      yield* call("next")
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(started, [["next", 1000]])
      assert.deepStrictEqual(yield* limiter.snapshot, { available: 0, waiting: 0 })
    })
  )

  it.effect("RL of the period are thrown away by an outcome that says it was enough, and by no other", () =>
    Effect.gen(function* () {
      const { limiter } = yield* timed(bursty)
      const enough = (exit: Exit.Exit<string, string>) => Option.getOrUndefined(Exit.findErrorOption(exit)) === "enough"
      yield* limiter.execute(Effect.succeed("fine"), 1, enough)
      yield* Effect.exit(limiter.execute(Effect.fail("down"), 1, enough))
      assert.strictEqual((yield* limiter.snapshot).available, 2)
      yield* Effect.exit(limiter.execute(Effect.fail("enough"), 1, enough))
      assert.strictEqual((yield* limiter.snapshot).available, 0)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* limiter.snapshot).available, 4)
    })
  )

  it.effect("GE11 nobody sleeps for a call that does not wait any more, once the scope is closed", () =>
    Effect.gen(function* () {
      const counted = yield* counting
      const scope = yield* Scope.make()
      const limiter = yield* Scope.provide(RateLimiter.make("r", { ...bursty, timeoutDuration: "1 hour" }), scope)
      yield* limiter.drain
      const waiting = yield* Effect.forkChild(
        Effect.provideService(limiter.execute(Effect.void), Clock.Clock, counted.clock),
        { startImmediately: true }
      )
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(counted.asleep, 1)
      yield* Fiber.interrupt(waiting)
      assert.strictEqual(counted.asleep, 0)
    })
  )

  it.effect("RL are each one's own where a store is at hand but the limit is not shared", () =>
    Effect.gen(function* () {
      const store = yield* Layer.build(SharedState.layerMemory)
      const node = RateLimiter.make("r", { ...bursty, timeoutDuration: 0 }).pipe(Effect.provideContext(store))
      const [one, other] = [yield* node, yield* node]
      yield* one.execute(Effect.void, 4)
      yield* other.execute(Effect.void, 4)
    })
  )
})
