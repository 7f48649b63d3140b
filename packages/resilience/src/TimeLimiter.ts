/**
 * A bound on one attempt. Inside a circuit breaker it is a failure that counts; around one it would be an interruption, which
 * does not.
 */
import { Cause, Duration, Effect, type Exit, type Fiber, Metric, Schema, type Scope } from "effect"
import * as Deadline from "./Deadline.ts"
import * as Alarms from "./internal/Alarms.ts"
import { type Bound, bounded } from "./internal/bounded.ts"
import * as Series from "./internal/Series.ts"
import * as SpanEvent from "./internal/SpanEvent.ts"
import { stackless } from "./internal/stackless.ts"

/**
 * One attempt did not end in time. Its work was interrupted; its finalizers have run, or with `disconnect` may still run. It
 * carries no stack trace.
 */
export class AttemptTimedOut extends Schema.TaggedError<AttemptTimedOut>("@resync/resilience/AttemptTimedOut")(
  "AttemptTimedOut",
  {
    /** The policy. */
    name: Schema.String,
    timeout: Schema.Duration
  }
) {
  override get message(): string {
    return `An attempt of ${this.name} did not end within ${Duration.format(this.timeout)}`
  }
}

/**
 * What comes first when the time is over: with `cooperative`, the default, the finalizers of the attempt, and then the error;
 * with `disconnect` the error, at exactly that time, while the attempt lets go in the background, where nothing waits for it
 * and what it holds is not counted any more.
 */
export const TimeoutMode = Schema.Literals(["cooperative", "disconnect"])
export type TimeoutMode = typeof TimeoutMode.Type

export interface TimeLimiter {
  /** Runs an effect for at most `timeout`. No limit and no timer when `timeout` is zero, negative or infinite. */
  readonly execute: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | AttemptTimedOut, R>
  /** The same, but ends with the current deadline where that leaves less time, and then with its error. */
  readonly executeWithin: <A, E, R>(
    self: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | AttemptTimedOut | Deadline.DeadlineExceeded, R>
}

/** Makes a time limiter of its own. Its metric series go with the scope. */
export const make = (
  name: string,
  timeout: Duration.Input,
  mode: TimeoutMode = "cooperative"
): Effect.Effect<TimeLimiter, never, Scope.Scope> => {
  const limit = Duration.fromInputUnsafe(timeout)
  return makeWith(
    name,
    () => limit,
    () => mode
  )
}

/** Makes a time limiter that reads its limit and mode at each call. */
export const makeWith: (
  name: string,
  timeout: () => Duration.Duration,
  mode?: () => TimeoutMode
) => Effect.Effect<TimeLimiter, never, Scope.Scope> = Effect.fnUntraced(function* (name, readTimeout, readMode) {
  const alarms = yield* Alarms.make
  const calls = { successful: 0, failed: 0, timeout: 0 }

  yield* Series.register(
    [],
    (["successful", "failed", "timeout"] as const).map((kind) => [
      Metric.counter("resilience4j.timelimiter.calls", {
        description: "Attempts by how they ended within their time limit",
        attributes: { name, kind },
        incremental: true
      }),
      () => calls[kind]
    ])
  )

  const onEnd = (exit: Exit.Exit<unknown, unknown> | "timeout"): void => {
    if (exit === "timeout") calls.timeout++
    else if (exit._tag === "Success") calls.successful++
    else if (!Cause.hasInterruptsOnly(exit.cause)) calls.failed++
  }
  const onTimeout = (fiber: Fiber.Fiber<unknown, unknown>, millis: number): Effect.Effect<never, AttemptTimedOut> => {
    SpanEvent.add(fiber, "resilience4j.timelimiter.timeout", { name, timeout_ms: millis })
    const timeout = Duration.millis(millis)
    return Effect.fail(stackless(() => new AttemptTimedOut({ name, timeout }, { disableChecks: true })))
  }

  /** The bound of a timeout and a mode, made anew only when they change. */
  let bound: Bound<AttemptTimedOut> | undefined
  let timeout: Duration.Duration | undefined
  let mode: TimeoutMode | undefined

  const currentBound = (): Bound<AttemptTimedOut> | undefined => {
    const nextTimeout = readTimeout()
    const nextMode = readMode?.()
    if (nextTimeout !== timeout || nextMode !== mode) {
      timeout = nextTimeout
      mode = nextMode
      bound =
        Duration.isPositive(timeout) && Duration.isFinite(timeout)
          ? { millis: Duration.toMillis(timeout), onTimeout, onEnd, disconnect: mode === "disconnect" }
          : undefined
    }
    return bound
  }

  const boundWithin = (
    fiber: Fiber.Fiber<unknown, unknown>
  ): Bound<AttemptTimedOut | Deadline.DeadlineExceeded> | undefined => {
    const bound = currentBound()
    const within = Deadline.limit(fiber)
    if (within === undefined || within.remaining >= (bound?.millis ?? Number.POSITIVE_INFINITY)) return bound
    const millis = Math.max(0, within.remaining)
    return { millis, onTimeout: within.exceeded, onEnd, disconnect: mode === "disconnect" }
  }

  return {
    execute: (self) => bounded(self, alarms, currentBound),
    executeWithin: (self) => bounded(self, alarms, boundWithin)
  }
})
