import { DateTime, Effect } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { IdentityUnavailable } from "../IdentityError.ts"

/** Fails for a reason that only the log tells. */
export const unavailable = (cause: unknown): Effect.Effect<never, IdentityUnavailable> =>
  Effect.andThen(
    Effect.logError("the store of users does not answer", cause),
    Effect.fail(new IdentityUnavailable({ cause }))
  )

/**
 * What the store does not do for us, it does for nobody: the caller learns that it is away, and the log why. Whoever can do
 * without for a while leaves no trace of it elsewhere.
 */
export const stored = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, Exclude<E, SqlError> | IdentityUnavailable, R> =>
  Effect.catch(
    effect,
    (error): Effect.Effect<never, Exclude<E, SqlError> | IdentityUnavailable> =>
      // What is no error of the store passes as it is.
      isSqlError(error) ? unavailable(error) : Effect.fail(error as Exclude<E, SqlError>)
  )

/** Now, as a time of the store. */
export const now = Effect.map(DateTime.now, DateTime.toDateUtc)

/** A time of the store, some milliseconds from another. */
export const later = (date: Date, millis: number): Date =>
  DateTime.toDateUtc(DateTime.makeUnsafe(date.getTime() + millis))
