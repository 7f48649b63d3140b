import { Clock, Deferred, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Outcome } from "./BreakerCase.ts"
import type { BreakerUnderTest, PatternUnderTest } from "./Subject.ts"
import type { Attempt, Ending } from "./TimedCase.ts"

/** How a call of a case ends. An interruption comes from outside. */
export const exitOf = (as: Exclude<Outcome, "X">): Exit.Exit<string, string> =>
  as === "S" ? Exit.succeed("up") : as === "D" ? Exit.die("bug") : Exit.fail(as === "I" ? "ignored" : "down")

/** Any breaker that is an effect around an effect, on the test clock. */
export const effectBreaker = (
  execute: (call: Effect.Effect<string, string>) => Effect.Effect<string, unknown>,
  state: BreakerUnderTest["state"]
): BreakerUnderTest => {
  const calls = new Map<
    string,
    { readonly fiber: Fiber.Fiber<unknown>; readonly outcome: Deferred.Deferred<string, string> }
  >()
  return {
    start: Effect.fnUntraced(function* (call) {
      const outcome = yield* Deferred.make<string, string>()
      let ran = false
      const body = Effect.suspend(() => {
        ran = true
        return Deferred.await(outcome)
      })
      const fiber = yield* Effect.forkChild(Effect.exit(execute(body)), { startImmediately: true })
      yield* Effect.yieldNow
      calls.set(call, { fiber, outcome })
      return ran
    }),
    end: Effect.fnUntraced(function* (call, as) {
      const started = calls.get(call)
      if (started === undefined) return
      if (as === "X") yield* Fiber.interrupt(started.fiber)
      else {
        yield* Deferred.done(started.outcome, exitOf(as))
        yield* Fiber.await(started.fiber)
      }
    }),
    pass: (millis) => TestClock.adjust(millis),
    state
  }
}

/** Any pattern that is an effect around an effect, on the test clock. */
export const effectPattern = (
  execute: (call: Effect.Effect<string, string>, weight: number) => Effect.Effect<string, unknown>,
  endingOf: (tag: string) => Ending
): Effect.Effect<PatternUnderTest> =>
  Effect.map(Clock.Clock, (clock) => ({
    now: () => clock.currentTimeMillisUnsafe(),
    pass: (millis) => TestClock.adjust(millis),
    start: Effect.fnUntraced(function* (observer, weight) {
      const body = Effect.suspend(() => attempt(observer.started()))
      const fiber = yield* execute(body, weight).pipe(
        Effect.onExit((exit) => Effect.sync(() => observer.ended(ending(exit, endingOf)))),
        Effect.exit,
        Effect.forkChild({ startImmediately: true })
      )
      yield* Effect.yieldNow
      return { interrupt: Fiber.interrupt(fiber) }
    })
  }))

const attempt = ({ ends, letsGo = 0, takes }: Attempt): Effect.Effect<string, string> => {
  const wait = takes === 0 ? Effect.void : Number.isFinite(takes) ? Effect.sleep(takes) : Effect.never
  const body = Effect.andThen(wait, exitOf(ends))
  return letsGo === 0 ? body : Effect.onInterrupt(body, () => Effect.sleep(letsGo))
}

const ending = (exit: Exit.Exit<string, unknown>, endingOf: (tag: string) => Ending): Ending => {
  if (exit._tag === "Success") return "S"
  for (const reason of exit.cause.reasons) {
    if (reason._tag !== "Fail") continue
    const { error } = reason
    if (error === "down") return "F"
    return endingOf(typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : "")
  }
  return "cancelled"
}
