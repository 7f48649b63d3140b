import { Cause, type Context, Effect, type Exit, Fiber } from "effect"
import type { Alarm, Alarms } from "./Alarms.ts"
import { now } from "./monotonic.ts"

/** A bound on one run of an effect, and what happens around it. */
export interface Bound<out E2> {
  readonly millis: number
  /** What comes out when the time is over and the effect has let go. */
  readonly onTimeout: (fiber: Fiber.Fiber<unknown, unknown>, millis: number) => Effect.Effect<never, E2>
  /** Whether that comes out at once. */
  readonly disconnect?: boolean
  /** Told once how it went, unless the caller was interrupted. */
  readonly onEnd?: (exit: Exit.Exit<unknown, unknown> | "timeout") => void
}

/**
 * Runs an effect and interrupts it after some time. When it has let go, its finalizers included, `onTimeout` gives the
 * outcome, unless one of them died: then that comes out. With `disconnect` the outcome is there at once, and what the effect
 * still has to do goes on by itself. The bound is asked for at each run; without one the effect is just run.
 *
 * One fibre more than without a bound and no timer of its own: a fifth of what a race with a sleep costs.
 */
export const bounded = <A, E, R, E2>(
  self: Effect.Effect<A, E, R>,
  alarms: Alarms,
  boundOf: (fiber: Fiber.Fiber<unknown, unknown>) => Bound<E2> | undefined
): Effect.Effect<A, E | E2, R> =>
  Effect.callback<A, E | E2, R>((resume) => {
    // The fibre that runs this. Asking for it by `withFiber` would be one step more for every call.
    const parent: Fiber.Fiber<unknown, unknown> | undefined = Fiber.getCurrent()
    if (parent === undefined) throw new Error("an effect is run by no fibre")
    const bound = boundOf(parent)
    if (bound === undefined) {
      resume(self)
      return
    }
    // The parent's context is one for R, since the effect is part of what the parent runs.
    const child = Effect.runForkWith(parent.context as Context.Context<R>)(self)
    const done: Exit.Exit<A, E> | undefined = child.pollUnsafe()
    if (done !== undefined) {
      bound.onEnd?.(done)
      resume(done)
      return
    }
    const run = new BoundedRun(child, parent, bound, resume)
    alarms.add(parent, run)
    child.addObserver((exit) => {
      if (run.ended === undefined) alarms.clear(run)
      run.end(exit)
    })
    return Effect.suspend(() => {
      run.ended = "interrupt"
      alarms.clear(run)
      return Fiber.interrupt(child)
    })
  })

/** An effect that runs under a bound, and its alarm. One object, since there is one for each call. */
class BoundedRun<A, E, E2> implements Alarm {
  readonly at: number
  next: Alarm = this
  previous: Alarm = this
  /** What has ended the wait for the child, before or instead of its exit. */
  ended: "timeout" | "disconnect" | "interrupt" | undefined = undefined
  private readonly child: Fiber.Fiber<A, E>
  private readonly parent: Fiber.Fiber<unknown, unknown>
  private readonly bound: Bound<E2>
  private readonly resume: (effect: Effect.Effect<A, E | E2>) => void

  constructor(
    child: Fiber.Fiber<A, E>,
    parent: Fiber.Fiber<unknown, unknown>,
    bound: Bound<E2>,
    resume: (effect: Effect.Effect<A, E | E2>) => void
  ) {
    this.at = now(parent) + bound.millis
    this.child = child
    this.parent = parent
    this.bound = bound
    this.resume = resume
  }

  ring(): void {
    this.ended = this.bound.disconnect === true ? "disconnect" : "timeout"
    if (this.ended === "disconnect") this.giveUp()
    this.child.interruptUnsafe(this.parent.id)
  }

  end(exit: Exit.Exit<A, E>): void {
    if (this.ended === "interrupt" || this.ended === "disconnect") return
    if (this.ended === "timeout" && exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)) this.giveUp()
    else {
      this.bound.onEnd?.(exit)
      this.resume(exit)
    }
  }

  private giveUp(): void {
    this.bound.onEnd?.("timeout")
    this.resume(this.bound.onTimeout(this.parent, this.bound.millis))
  }
}
