import { Cause, type Context, Effect, type Exit, Fiber } from "effect"
import { CurrentHedge } from "../Hedge.ts"
import type { RetryBudget } from "../RetryBudget.ts"
import type * as Alarms from "./Alarms.ts"
import type { LearntDelay } from "./LearntDelay.ts"
import { now } from "./monotonic.ts"
import * as Rejection from "./Rejection.ts"
import * as SpanEvent from "./SpanEvent.ts"

/** What the calls of one hedge have in common. */
export interface Hedge {
  readonly name: string
  readonly alarms: Alarms.Alarms
  readonly delay: LearntDelay
  readonly maxHedgedAttempts: () => number
  readonly budget: RetryBudget | undefined
  /** Calls by which attempt gave the answer. */
  readonly calls: { primary: number; hedged: number; failed: number }
}

/** What it has to know of a call. */
export interface How<A, E> {
  /** Whether after such an end another attempt is worth it. */
  readonly isHandled: (exit: Exit.Exit<A, E>) => boolean
  /** Runs, in the background, with what an attempt ended with that is not the outcome. */
  readonly discard?: ((exit: Exit.Exit<A, E>) => Effect.Effect<void> | undefined) | undefined
}

/** Only an error of the call may start another attempt: not a defect, and not a rejection of ours, which the next would meet too. */
export const isHandled =
  <A, E>(when: (error: E) => boolean) =>
  (exit: Exit.Exit<A, E>): boolean =>
    exit._tag === "Failure" &&
    exit.cause.reasons.length > 0 &&
    exit.cause.reasons.every((reason) => Cause.isFailReason(reason) && when(reason.error))

const mayGoOn = <A, E>(exit: Exit.Exit<A, E>, how: How<A, E>): boolean =>
  !Rejection.isIn(exit) && !(exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)) && how.isHandled(exit)

/** Runs attempts of an effect until one of them gives the outcome, and lets go of the others. */
export const run = <A, E, R>(hedge: Hedge, self: Effect.Effect<A, E, R>, how: How<A, E>): Effect.Effect<A, E, R> =>
  Effect.withFiber<A, E, R>((parent) => {
    // The parent's context is one for R, since the effect is part of what the parent runs.
    const context = parent.context as Context.Context<R>
    return Effect.callback<A, E>((resume) => {
      const { alarms, budget, calls, delay, name } = hedge
      const started = now(parent)
      const running = new Set<Fiber.Fiber<A, E>>()
      let attempts = 0
      let decided = false
      let alarm: Alarms.Alarm | undefined

      const calm = (): void => {
        if (alarm !== undefined) alarms.clear(alarm)
        alarm = undefined
      }

      const discard = (exit: Exit.Exit<A, E>): void => {
        const last = how.discard?.(exit)
        if (last !== undefined) Effect.runForkWith(context)(last)
      }

      const decide = (): void => {
        decided = true
        calm()
        budget?.callEnded()
      }

      const settle = (outcome: Effect.Effect<A, E>): void => {
        decide()
        resume(running.size === 0 ? outcome : Effect.andThen(Fiber.interruptAll(running), outcome))
      }

      const arm = (): void => {
        calm()
        if (decided || attempts > hedge.maxHedgedAttempts()) return
        const wait = delay.millis()
        if (wait === 0) launchNext()
        else if (Number.isFinite(wait)) alarm = alarms.set(parent, now(parent) + wait, () => launchNext())
      }

      const launchNext = (): boolean => {
        if (decided || attempts > hedge.maxHedgedAttempts()) return false
        if (attempts > 0 && budget !== undefined && !budget.withdraw()) return false
        launch(attempts++)
        arm()
        return true
      }

      const launch = (attempt: number): void => {
        if (attempt > 0) SpanEvent.add(parent, "resilience.hedge", { name, attempt })
        const child = Effect.runForkWith(context)(
          attempt === 0 ? self : Effect.provideService(self, CurrentHedge, attempt)
        )
        running.add(child)
        child.addObserver((exit) => {
          running.delete(child)
          if (attempt > 0) budget?.retryEnded()
          if (decided) discard(exit)
          else ended(exit, attempt)
        })
      }

      const ended = (exit: Exit.Exit<A, E>, attempt: number): void => {
        const handled = mayGoOn(exit, how)
        if (handled && (launchNext() || running.size > 0)) {
          discard(exit)
          return
        }
        if (exit._tag === "Failure" || handled) calls.failed++
        else {
          calls[attempt === 0 ? "primary" : "hedged"]++
          delay.record(now(parent) - started)
        }
        settle(exit)
      }

      budget?.deposit()
      launchNext()
      return Effect.suspend(() => {
        if (!decided) decide()
        return Fiber.interruptAll(running)
      })
    })
  })
