/**
 * A bound on a whole logical call, retries and waiting included. What runs inside sees the time that is left: a retry does not
 * begin a wait that would end too late, and an attempt gets no more time than remains.
 */
import { Context, Duration, Effect, type Fiber, Schema, type Scope } from "effect"
import * as Alarms from "./internal/Alarms.ts"
import { bounded } from "./internal/bounded.ts"
import { now } from "./internal/monotonic.ts"
import * as Rejection from "./internal/Rejection.ts"
import { stackless } from "./internal/stackless.ts"

/** The whole call did not end in time. Its work was interrupted, and its finalizers have run. It carries no stack trace. */
export class DeadlineExceeded extends Schema.TaggedError<DeadlineExceeded>("@resync/resilience/DeadlineExceeded")(
  "DeadlineExceeded",
  {
    /** The policy. */
    name: Schema.String,
    deadline: Schema.Duration
  }
) {
  // An attempt cut short by it had less time than it is due, which says nothing of the dependency, and there is no next one.
  readonly [Rejection.TypeId] = Rejection.TypeId

  override get message(): string {
    return `${this.name} did not end within ${Duration.format(this.deadline)}`
  }
}

/** The bound that a call runs under. */
export interface Bound {
  /** In milliseconds of the monotonic clock. */
  readonly ends: number
  readonly name: string
  readonly deadline: Duration.Duration
}

/** The bound on the current call, if there is one. */
export const CurrentDeadline = Context.Reference<Bound | undefined>("@resync/resilience/Deadline/CurrentDeadline", {
  defaultValue: () => undefined
})

/** Milliseconds left for the call that a fibre is in; infinite where nothing bounds it. */
export const remaining = (fiber: Fiber.Fiber<unknown, unknown>): number => {
  const bound = fiber.getRef(CurrentDeadline)
  return bound === undefined ? Number.POSITIVE_INFINITY : bound.ends - now(fiber)
}

/** The error of a bound that was reached. */
export const exceeded = ({ deadline, name }: Omit<Bound, "ends">): Effect.Effect<never, DeadlineExceeded> =>
  Effect.fail(stackless(() => new DeadlineExceeded({ name, deadline }, { disableChecks: true })))

/** What is left for the call that a fibre is in, and the error when it is over; `undefined` where nothing bounds it. */
export const limit = (
  fiber: Fiber.Fiber<unknown, unknown>
): { readonly remaining: number; readonly exceeded: () => Effect.Effect<never, DeadlineExceeded> } | undefined => {
  const bound = fiber.getRef(CurrentDeadline)
  return bound === undefined ? undefined : { remaining: bound.ends - now(fiber), exceeded: () => exceeded(bound) }
}

/** Tells an effect how long it may take and leaves it to its parts to keep to that. A bound that ends sooner stays. */
export const announce = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  name: string,
  deadline: Duration.Duration
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const ends = now(fiber) + Duration.toMillis(deadline)
    const outer = fiber.getRef(CurrentDeadline)
    return outer !== undefined && outer.ends <= ends
      ? self
      : Effect.provideService(self, CurrentDeadline, { ends, name, deadline })
  })

export interface Deadline {
  /** Fails with `DeadlineExceeded` when the effect takes longer. */
  readonly execute: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | DeadlineExceeded, R>
}

/** Makes a deadline of its own. */
export const make = (name: string, deadline: Duration.Input): Effect.Effect<Deadline, never, Scope.Scope> => {
  const limit = Duration.fromInputUnsafe(deadline)
  return makeWith(name, () => limit)
}

/** Makes a deadline that reads its limit at each call. */
export const makeWith: (
  name: string,
  deadline: () => Duration.Duration
) => Effect.Effect<Deadline, never, Scope.Scope> = Effect.fnUntraced(function* (name, readDeadline) {
  const alarms = yield* Alarms.make
  return {
    // Announced and bounded by the same reading, though the effect may be run more than once.
    execute: (self) =>
      Effect.suspend(() => {
        const deadline = readDeadline()
        if (!Duration.isFinite(deadline)) return self
        const millis = Duration.toMillis(deadline)
        const onTimeout = () => exceeded({ name, deadline })
        return bounded(announce(self, name, deadline), alarms, () => ({ millis, onTimeout }))
      })
  }
})
