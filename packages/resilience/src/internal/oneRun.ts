/**
 * What patterns offer to a policy, which builds each attempt when it is run: what is for one run only needs no effect that
 * makes its state anew for another, and a run takes three steps less.
 */
import type { Effect, Fiber } from "effect"
import type { BulkheadFull } from "../Bulkhead.ts"
import type { DeadlineExceeded } from "../Deadline.ts"
import type { RetriesExhausted } from "../RetriesExhausted.ts"
import type { Retryable, RetryOptions } from "../RetryPolicy.ts"

/** Builds what a fibre runs as one attempt. */
export type AttemptOf<A, E, R> = (fiber: Fiber.Fiber<unknown, unknown>) => Effect.Effect<A, E, R>

export interface Repeating {
  /** As `execute` of a retry. */
  readonly executeEach: <A, E, R>(
    attemptOf: AttemptOf<A, E, R>,
    retryable: Retryable<A, E>,
    options: RetryOptions<A, E>
  ) => Effect.Effect<A, E | RetriesExhausted, R>
}

export interface Passing {
  /** As `execute` of a bulkhead, for one permit. */
  readonly executeOnce: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | BulkheadFull, R>
  /** As its `executeWithin`. */
  readonly executeOnceWithin: <A, E, R>(
    self: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | BulkheadFull | DeadlineExceeded, R>
}
