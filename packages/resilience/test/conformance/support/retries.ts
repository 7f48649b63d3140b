import { decode } from "@resync/resilience/InvalidOptions"
import type * as RetryBudget from "@resync/resilience/RetryBudget"
import type { RetryEvent } from "@resync/resilience/RetryEvent"
import * as RetryPolicy from "@resync/resilience/RetryPolicy"
import { Cause, Clock, Context, Effect, Exit, Fiber, Option, Random, Ref, Stream } from "effect"
import { TestClock } from "effect/testing"

export const make = (options?: RetryPolicy.RetryPolicyOptionsInput, budget?: RetryBudget.RetryBudget) =>
  RetryPolicy.make("backend", { baseDelay: "1 second", jitter: "none", ...options }, budget)

export const optionsOf = decode(RetryPolicy.RetryPolicyOptions, "RetryPolicy", "backend")

/** Runs an effect with a `Random` that always draws the same. */
export const drawing =
  (u: number) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.provideService(self, Random.Random, { nextDoubleUnsafe: () => u, nextIntUnsafe: () => 0 })

/** A call that notes when it ran, and ends as the `n`-th outcome says, the last one for ever. */
export const script = <E>(...outcomes: ReadonlyArray<Effect.Effect<string, E>>) =>
  Effect.map(Ref.make<ReadonlyArray<number>>([]), (times) => ({
    times: Ref.get(times),
    call: Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const ran = yield* Ref.updateAndGet(times, (all) => [...all, now])
      return yield* outcomes[Math.min(ran.length, outcomes.length) - 1] ?? Effect.die("no outcome")
    })
  }))

export const F = Effect.fail("down")
export const S = Effect.succeed("up")

/** The exit after all the time that it could take. */
export const settle = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(self)
    yield* TestClock.adjust("10 days")
    return yield* Fiber.await(fiber)
  })

export const stopped = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isFailure(exit)
    ? Option.getOrUndefined(Context.getOption(Cause.annotations(exit.cause), RetryPolicy.RetriesStopped))
    : undefined

export const watch = Effect.fnUntraced(function* (retry: RetryPolicy.RetryPolicy) {
  const events: Array<RetryEvent> = []
  yield* retry.events.pipe(
    Stream.runForEach((event) => Effect.sync(() => events.push(event))),
    Effect.forkScoped({ startImmediately: true })
  )
  return { events: Effect.as(Effect.yieldNow, events) }
})
