import { Effect, type Fiber } from "effect"
import type * as Alarms from "./Alarms.ts"
import { now } from "./monotonic.ts"
import * as WaitingLine from "./WaitingLine.ts"

/** Why a call did not get in. */
export type Reason = "queue-full" | "wait-exceeded"

/** What a bulkhead does with the calls that come to it. */
export interface Gate<in T extends WaitingLine.Ticket, out E> {
  /** Lets a ticket in or gives it a place in the line, at once; or does neither. */
  readonly arrive: (ticket: T) => "inside" | "waiting" | "full"
  readonly leave: (ticket: T) => void
  readonly maxWaitMillis: () => number
  readonly reject: (ticket: T, reason: Reason) => Effect.Effect<never, E>
  readonly onPermitted: () => void
  readonly onFinished: () => void
}

/** A bound on a wait from outside. */
export interface Limit<out E> {
  readonly remaining: number
  readonly exceeded: () => Effect.Effect<never, E>
}

/** Runs an effect when its ticket has got in, and gives back what the ticket holds however it ends. */
export const pass = <A, E, R, T extends WaitingLine.Ticket, E2, E3 = never>(
  gate: Gate<T, E2>,
  alarms: Alarms.Alarms,
  self: Effect.Effect<A, E, R>,
  newTicket: () => T,
  within?: (fiber: Fiber.Fiber<unknown, unknown>) => Limit<E3> | undefined
): Effect.Effect<A, E | E2 | E3, R> => Effect.suspend(() => passOnce(gate, alarms, self, newTicket(), within))

/** The same by a ticket that there is already, and so for one run only. */
export const passOnce = <A, E, R, T extends WaitingLine.Ticket, E2, E3 = never>(
  gate: Gate<T, E2>,
  alarms: Alarms.Alarms,
  self: Effect.Effect<A, E, R>,
  ticket: T,
  within?: (fiber: Fiber.Fiber<unknown, unknown>) => Limit<E3> | undefined
): Effect.Effect<A, E | E2 | E3, R> => {
  let permitted = false
  // The permit is taken inside the guarded region: an interruption at any point finds the finalizer in place.
  return Effect.onExitPrimitive(
    Effect.suspend((): Effect.Effect<A, E | E2 | E3, R> => {
      switch (gate.arrive(ticket)) {
        case "inside":
          permitted = true
          gate.onPermitted()
          return self
        case "full":
          return gate.reject(ticket, "queue-full")
        case "waiting": {
          const enter = () => {
            permitted = true
            gate.onPermitted()
          }
          return Effect.andThen(
            Effect.withFiber((fiber) => wait(gate, alarms, ticket, enter, fiber, within?.(fiber))),
            self
          )
        }
      }
    }),
    () => {
      if (permitted) gate.onFinished()
      gate.leave(ticket)
      return undefined
    }
  )
}

const wait = <T extends WaitingLine.Ticket, E2, E3>(
  gate: Gate<T, E2>,
  alarms: Alarms.Alarms,
  ticket: T,
  enter: () => void,
  fiber: Fiber.Fiber<unknown, unknown>,
  limit: Limit<E3> | undefined
): Effect.Effect<void, E2 | E3> =>
  Effect.callback<void, E2 | E3>((resume) => {
    const maxWait = gate.maxWaitMillis()
    const patience = Math.min(maxWait, limit?.remaining ?? maxWait)
    const giveUp = () =>
      resume(limit !== undefined && limit.remaining < maxWait ? limit.exceeded() : gate.reject(ticket, "wait-exceeded"))
    const alarm = Number.isFinite(patience) ? alarms.set(fiber, now(fiber) + Math.max(0, patience), giveUp) : undefined
    const calm = () => {
      if (alarm !== undefined) alarms.clear(alarm)
    }
    WaitingLine.onTurn(
      ticket,
      () => {
        calm()
        enter()
        resume(Effect.void)
      },
      () => {
        calm()
        resume(gate.reject(ticket, "queue-full"))
      }
    )
    return Effect.sync(calm)
  })
