import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Ref, Stream } from "effect"
import { TestClock } from "effect/testing"
import type * as RetryBudget from "../src/RetryBudget.ts"
import type { RetryEvent } from "../src/RetryEvent.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import { eventsOf, inSpan } from "./RecordingTracer.ts"

const make = (options?: RetryPolicy.RetryPolicyOptionsInput, budget?: RetryBudget.RetryBudget) =>
  RetryPolicy.make("backend", { baseDelay: "1 second", jitter: "none", ...options }, budget)

/** A call that notes when it ran, and ends as the `n`-th outcome says, the last one for ever. */
const script = <E>(...outcomes: ReadonlyArray<Effect.Effect<string, E>>) =>
  Effect.map(Ref.make<ReadonlyArray<number>>([]), (times) => ({
    times: Ref.get(times),
    call: Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const ran = yield* Ref.updateAndGet(times, (all) => [...all, now])
      return yield* outcomes[Math.min(ran.length, outcomes.length) - 1] ?? Effect.die("no outcome")
    })
  }))

const F = Effect.fail("down")
const S = Effect.succeed("up")

/** The exit after all the time that it could take. */
const settle = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(self)
    yield* TestClock.adjust("10 days")
    return yield* Fiber.await(fiber)
  })

const watch = Effect.fnUntraced(function* (retry: RetryPolicy.RetryPolicy) {
  const events: Array<RetryEvent> = []
  yield* retry.events.pipe(
    Stream.runForEach((event) => Effect.sync(() => events.push(event))),
    Effect.forkScoped({ startImmediately: true })
  )
  return { events: Effect.as(Effect.yieldNow, events) }
})

describe("attempts", () => {
  it.effect("an interruption ends it, in the call or in the wait", () =>
    Effect.gen(function* () {
      const retry = yield* make()
      const { events } = yield* watch(retry)
      const running = yield* Effect.forkChild(retry.execute(Effect.never), { startImmediately: true })
      const { call, times } = yield* script(F)
      const waiting = yield* Effect.forkChild(retry.execute(call), { startImmediately: true })
      yield* Fiber.interrupt(running)
      yield* Fiber.interrupt(waiting)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(running)))
      yield* TestClock.adjust("1 hour")
      assert.lengthOf(yield* times, 1)
      assert.deepStrictEqual(
        (yield* events).map((event) => event._tag),
        ["Retry"]
      )
    })
  )
})

describe("events, metrics and spans", () => {
  it.effect("each retry and the end are events", () =>
    Effect.gen(function* () {
      const retry = yield* make()
      const { events } = yield* watch(retry)
      const { call } = yield* script(F, S)
      yield* settle(retry.execute(call))
      assert.deepStrictEqual(yield* events, [
        { _tag: "Retry", name: "backend", at: 0, attempts: 1, delay: 1000 },
        { _tag: "Success", name: "backend", at: 1000, attempts: 2 }
      ])
    })
  )

  it.effect("a retry is an event of the span", () =>
    Effect.gen(function* () {
      const retry = yield* make({ baseDelay: 0, maxAttempts: 2 })
      assert.deepStrictEqual(eventsOf(yield* inSpan("call", retry.execute(F))), [
        ["resilience4j.retry", { name: "backend", attempt: 1, delay_ms: 0 }]
      ])
    })
  )

  it.effect("wrong options are refused", () =>
    Effect.gen(function* () {
      for (const options of [{ maxAttempts: 0 }, { factor: 0.5 }, { baseDelay: -1 }, { maxRetryAfter: -1 }]) {
        assert.deepInclude(yield* Effect.flip(make(options)), { _tag: "InvalidOptions", pattern: "RetryPolicy" })
      }
    })
  )
})
