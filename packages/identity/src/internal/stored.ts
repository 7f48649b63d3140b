import { DateTime, Effect } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { IdentityUnavailable } from "../IdentityError.ts"

/** What the store does not do for us, it does for nobody: the caller learns that it is away. */
export const stored = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, Exclude<E, SqlError> | IdentityUnavailable, R> =>
  Effect.mapError(effect, (error) =>
    // What is no error of the store passes as it is.
    isSqlError(error) ? new IdentityUnavailable({ cause: error }) : (error as Exclude<E, SqlError>)
  )

/** Now, as a time of the store. */
export const now = Effect.map(DateTime.now, DateTime.toDateUtc)

/** A time of the store, some milliseconds from another. */
export const later = (date: Date, millis: number): Date =>
  DateTime.toDateUtc(DateTime.makeUnsafe(date.getTime() + millis))
