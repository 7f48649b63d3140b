import { Duration, Effect, type Exit, type Scope } from "effect"
import type * as EffectRateLimiter from "effect/persistence/RateLimiter"
import * as Deadline from "../Deadline.ts"
import { RateLimitExceeded, type RateLimiter, type RateLimiterOptions } from "../RateLimiter.ts"
import type { SharedState } from "../SharedState.ts"
import { SharedStateUnavailable } from "../SharedStateUnavailable.ts"
import { now } from "./monotonic.ts"
import * as RateLimiterSeries from "./RateLimiterSeries.ts"
import * as SpanEvent from "./SpanEvent.ts"
import { stackless } from "./stackless.ts"

/**
 * The limit that several processes keep together. A caller that has to wait takes nothing until it gets all it wants, so one
 * that gives up costs nobody a permit; those of all processes who wait for the same moment then ask again.
 */
export const make: (
  name: string,
  options: () => RateLimiterOptions,
  shared: SharedState["Service"]
) => Effect.Effect<RateLimiter, never, Scope.Scope> = Effect.fnUntraced(function* (name, options, shared) {
  let available = options().limitForPeriod
  let waiting = 0

  yield* RateLimiterSeries.register(name, { available: () => available, waiting: () => waiting })

  const reject = (millis: number, cause?: SharedStateUnavailable): Effect.Effect<never, RateLimitExceeded> =>
    Effect.withFiber((fiber) => {
      SpanEvent.add(fiber, "resilience4j.ratelimiter.rejected", { name, retry_after_ms: millis })
      const retryAfter = Duration.millis(millis)
      return Effect.fail(
        stackless(
          () =>
            new RateLimitExceeded(
              { name, retryAfter, ...(cause === undefined ? {} : { cause }) },
              { disableChecks: true }
            )
        )
      )
    })

  const consume = (tokens: number) =>
    Effect.map(
      shared.consume({
        key: name,
        tokens,
        limit: options().limitForPeriod,
        window: options().limitRefreshPeriod,
        algorithm: "fixed-window",
        onExceeded: "fail"
      }),
      ({ remaining }) => {
        available = remaining
        return remaining
      }
    )

  /** Waits until the permits are taken, or the store says that it knows nothing and the call may run all the same. */
  const take = (tokens: number, patience: number): Effect.Effect<void, RateLimitExceeded> =>
    Effect.matchEffect(consume(tokens), {
      onSuccess: () => Effect.void,
      onFailure: (error) => {
        if (error instanceof SharedStateUnavailable || error.reason._tag === "RateLimitStoreError") {
          return options().shared?.onStoreError === "fail" && error instanceof SharedStateUnavailable
            ? reject(0, error)
            : Effect.void
        }
        return wait(tokens, patience, error.reason)
      }
    })

  const wait = (tokens: number, patience: number, { retryAfter }: EffectRateLimiter.RateLimitExceeded) =>
    Effect.withFiber((fiber) => {
      available = 0
      const millis = Math.max(1, Duration.toMillis(retryAfter))
      if (millis > Math.min(patience, Deadline.remaining(fiber))) return reject(millis)
      const begun = now(fiber)
      waiting++
      return Effect.sleep(millis).pipe(
        Effect.ensuring(Effect.sync(() => waiting--)),
        Effect.andThen(Effect.suspend(() => take(tokens, patience - (now(fiber) - begun))))
      )
    })

  // What is not known to be left cannot be thrown away, so one permit is taken to learn it.
  const drain = consume(1).pipe(
    Effect.flatMap((left) => (left > 0 ? consume(left) : Effect.void)),
    Effect.ignore
  )

  const draining = <A, E, R>(
    self: Effect.Effect<A, E, R>,
    drainOn: ((exit: Exit.Exit<A, E>) => boolean) | undefined
  ): Effect.Effect<A, E, R> =>
    drainOn === undefined ? self : Effect.onExitPrimitive(self, (exit) => (drainOn(exit) ? drain : undefined))

  return {
    name,
    execute: (self, permits = 1, drainOn) =>
      Effect.suspend(() => {
        const { limitForPeriod, timeoutDuration } = options()
        return permits > limitForPeriod
          ? reject(Number.POSITIVE_INFINITY)
          : Effect.andThen(take(permits, Duration.toMillis(timeoutDuration)), draining(self, drainOn))
      }),
    drain,
    snapshot: Effect.sync(() => ({ available, waiting })),
    // Options are read at each call, and who waits asks again.
    refresh: Effect.void
  }
})
