/**
 * A bound on one attempt. Inside a circuit breaker it is a failure that counts; around one it would be an interruption, which
 * does not.
 */
import { Duration, Effect, Metric, Schema, type Scope } from "effect"
import * as Series from "./internal/Series.ts"
import * as SpanEvent from "./internal/SpanEvent.ts"
import { stackless } from "./internal/stackless.ts"

/** One attempt did not end in time. Its work was interrupted, and its finalizers have run. */
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

export interface TimeLimiter {
  /** Runs an effect for at most `timeout`. No limit and no timer when `timeout` is zero, negative or infinite. */
  readonly execute: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | AttemptTimedOut, R>
}

/** Makes a time limiter with metrics by the name of its policy. */
export const make: (name: string, timeout: () => Duration.Duration) => Effect.Effect<TimeLimiter, never, Scope.Scope> =
  Effect.fnUntraced(function* (name, timeout) {
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

    return {
      execute: (self) =>
        Effect.suspend(() => {
          const limit = timeout()
          if (!Duration.isFinite(limit) || !Duration.isPositive(limit)) return self
          let timedOut = false
          return Effect.onExitPrimitive(
            Effect.timeoutOrElse(self, {
              duration: limit,
              orElse: () =>
                Effect.withFiber((fiber) => {
                  timedOut = true
                  SpanEvent.add(fiber, "resilience4j.timelimiter.timeout", {
                    name,
                    timeout_ms: Duration.toMillis(limit)
                  })
                  return Effect.fail(stackless(() => new AttemptTimedOut({ name, timeout: limit })))
                })
            }),
            (exit) => {
              calls[timedOut ? "timeout" : exit._tag === "Success" ? "successful" : "failed"]++
              return undefined
            }
          )
        })
    }
  })
