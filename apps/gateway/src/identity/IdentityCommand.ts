/** What commands on users, keys and sign-ins have in common. */
import type * as Failures from "@resync/identity/IdentityError"
import type { User } from "@resync/identity/model/User"
import { Effect, type Schema } from "effect"
import type { Failed, Seen } from "../dispatch/Command.ts"
import * as IdentityProblem from "./IdentityProblem.ts"

type Failure = Parameters<typeof IdentityProblem.of>[0]

const fateOf = ({ _tag }: Failure): Failed<unknown>["fate"] =>
  _tag === "IdentityUnavailable" ? "unknown" : _tag === "TooManyAttempts" ? "notDone" : "refused"

/** The failure of a change, with what it tells of its fate. */
export const failed = <E extends Failure>(error: E): Failed<ReturnType<typeof IdentityProblem.of<E>>> => ({
  fate: fateOf(error),
  problem: IdentityProblem.of(error)
})

/** Changes that fail as commands do. */
export const changing = <A, E extends Failure, R>(change: Effect.Effect<A, E, R>) => Effect.mapError(change, failed)

/** What of a user the audit trail tells. */
export const picture = ({ disabled, mfa, name, roles, scopes }: User): Schema.Json => ({
  disabled,
  mfa,
  name,
  roles,
  scopes
})

export const targetOf = ({ id, name }: Pick<User, "id" | "name">) => ({ kind: "user", id, name })

/** A user as the audit trail tells it, before anything is done. */
export const looking = <E extends Failures.UserNotFound | Failures.IdentityUnavailable>(look: Effect.Effect<User, E>) =>
  Effect.mapBoth(look, {
    onSuccess: (user): Seen => ({ target: targetOf(user), before: picture(user) }),
    // Nothing was done, whatever it was.
    onFailure: (error) => ({ ...failed(error), fate: "notDone" as const })
  })
