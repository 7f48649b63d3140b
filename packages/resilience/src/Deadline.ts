/**
 * A bound on a whole logical call, retries and waiting included. Inner policies see the time that is left: a retry does not
 * begin a wait that would end too late.
 */
import { Context, Duration, Effect, type Fiber, Schema } from "effect"
import { now } from "./internal/monotonic.ts"
import { stackless } from "./internal/stackless.ts"

/** The whole call did not end in time. Its work was interrupted, and its finalizers have run. */
export class DeadlineExceeded extends Schema.TaggedError<DeadlineExceeded>("@resync/resilience/DeadlineExceeded")(
  "DeadlineExceeded",
  {
    /** The policy. */
    name: Schema.String,
    deadline: Schema.Duration
  }
) {
  override get message(): string {
    return `${this.name} did not end within ${Duration.format(this.deadline)}`
  }
}

/** When the current call must have ended, in milliseconds of the monotonic clock; infinite where nothing bounds it. */
export const CurrentDeadline = Context.Reference<number>("@resync/resilience/Deadline/CurrentDeadline", {
  defaultValue: () => Number.POSITIVE_INFINITY
})

/** Milliseconds left for the call that a fiber is in. */
export const remaining = (fiber: Fiber.Fiber<unknown, unknown>): number => fiber.getRef(CurrentDeadline) - now(fiber)

/** Fails with `DeadlineExceeded` when the effect takes longer. A deadline around it that ends sooner stays in force. */
export const within =
  (options: { readonly name: string; readonly deadline: Duration.Duration }) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | DeadlineExceeded, R> =>
    Effect.withFiber((fiber) => {
      const ends = Math.min(now(fiber) + Duration.toMillis(options.deadline), fiber.getRef(CurrentDeadline))
      return Effect.timeoutOrElse(Effect.provideService(self, CurrentDeadline, ends), {
        duration: options.deadline,
        orElse: () => Effect.fail(stackless(() => new DeadlineExceeded(options)))
      })
    })
