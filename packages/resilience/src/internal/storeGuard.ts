import { type Duration, Effect, Exit, type Scope } from "effect"
import * as EffectCircuitBreaker from "effect/persistence/CircuitBreaker"
import * as EffectRateLimiter from "effect/persistence/RateLimiter"
import * as Redis from "effect/persistence/Redis"
import { CircuitBreakerOptions, consecutiveFailures } from "../CircuitBreakerOptions.ts"
import { CircuitOpen } from "../CircuitOpen.ts"
import { decode } from "../InvalidOptions.ts"
import { SharedStateUnavailable } from "../SharedStateUnavailable.ts"
import * as BreakerHost from "./BreakerHost.ts"
import * as localCircuitBreaker from "./localCircuitBreaker.ts"

/** The errors of a guarded operation: whatever the store itself got wrong has become one. */
export type Guarded<E> = Exclude<E, Redis.RedisError> | SharedStateUnavailable

export type Guard = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, Guarded<E>, R>

const unavailable = (message: string, cause?: unknown) =>
  new SharedStateUnavailable({ message, ...(cause === undefined ? {} : { cause }) })

const ofStore = (error: unknown): SharedStateUnavailable | undefined => {
  if (error instanceof Redis.RedisError) return unavailable("the store failed", error.cause)
  if (error instanceof EffectCircuitBreaker.CircuitBreakerError && error.reason._tag === "CircuitBreakerStoreError") {
    return unavailable(error.reason.message, error.reason.cause)
  }
  if (error instanceof EffectRateLimiter.RateLimiterError && error.reason._tag === "RateLimitStoreError") {
    return unavailable(error.reason.message, error.reason.cause)
  }
  return undefined
}

const failed = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) &&
  exit.cause.reasons.some((reason) => reason._tag === "Fail" && reason.error instanceof SharedStateUnavailable)

/**
 * Keeps a store that hangs or is away from holding up the calls that ask it: each operation is bounded, and after a few that
 * failed the next ones fail at once for a second.
 */
export const make: (timeout: Duration.Input) => Effect.Effect<Guard, never, Scope.Scope> = Effect.fnUntraced(
  function* (timeout) {
    const name = "shared_state"
    const options = yield* Effect.orDie(
      decode(
        CircuitBreakerOptions,
        "CircuitBreaker",
        name
      )({
        trip: consecutiveFailures(3),
        waitDurationInOpenState: "1 second",
        permittedNumberOfCallsInHalfOpenState: 1
      })
    )
    const breaker = yield* localCircuitBreaker.make(yield* BreakerHost.make(), name, options)

    return <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, Guarded<E>, R> =>
      self.pipe(
        Effect.mapError((error) => ofStore(error) ?? (error as Exclude<E, Redis.RedisError>)),
        // Also where the caller itself must not be interrupted.
        Effect.interruptible,
        Effect.timeoutOrElse({
          duration: timeout,
          orElse: () => Effect.fail(unavailable("the store did not answer in time"))
        }),
        (bounded) => breaker.execute(bounded, (exit) => (failed(exit) ? "failure" : "success")),
        Effect.mapError((error) =>
          error instanceof CircuitOpen ? unavailable("the store failed lately") : (error as Guarded<E>)
        )
      )
  }
)
