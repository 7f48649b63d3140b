import { Effect, Layer, Schedule } from "effect"
import { ApiKeys } from "./apikeys/ApiKeys.ts"
import * as IdentityMigrations from "./IdentityMigrations.ts"
import { IdentityOptions, type IdentityOptionsInput } from "./IdentityOptions.ts"
import { Mfa } from "./mfa/Mfa.ts"
import type { Argon2Parameters } from "./passwords/PasswordHash.ts"
import { PasswordRules } from "./passwords/PasswordRules.ts"
import { Passwords } from "./passwords/Passwords.ts"
import { AccessTokens } from "./sessions/AccessTokens.ts"
import { PrincipalCache } from "./sessions/PrincipalCache.ts"
import { Principals } from "./sessions/Principals.ts"
import { Sessions } from "./sessions/Sessions.ts"
import { SigningKeys } from "./sessions/SigningKeys.ts"
import { Lockouts } from "./signin/Lockouts.ts"
import { SignIn } from "./signin/SignIn.ts"
import { Users } from "./users/Users.ts"

/** Deletes once an hour what has ended long ago. */
const sweeping = Layer.effectDiscard(
  Effect.gen(function* () {
    const sessions = yield* Sessions
    const lockouts = yield* Lockouts
    const keys = yield* SigningKeys
    yield* Effect.all([sessions.sweep, lockouts.sweep, keys.sweep], { discard: true }).pipe(
      Effect.catchCause((cause) => Effect.logWarning("what has ended could not be swept", cause)),
      Effect.schedule(Schedule.spaced("1 hour")),
      Effect.forkScoped
    )
  })
)

/** How identity is kept, and how expensive guessing is. */
export interface IdentityLayerOptions extends IdentityOptionsInput {
  /** OWASP's parameters unless told otherwise, which is for tests. */
  readonly argon2?: Argon2Parameters | undefined
  /** A file of breached passwords, none of which a new one may be; see `passwords/BreachedPasswords`. */
  readonly breachedPasswords?: string | undefined
}

/** All services of identity, over the tables they make sure of. */
export const layerWithoutSweeping = (options: IdentityLayerOptions) =>
  Layer.mergeAll(SignIn.layer, Users.layer, Principals.layer).pipe(
    Layer.provideMerge(Layer.mergeAll(Mfa.layer, AccessTokens.layer, ApiKeys.layer)),
    Layer.provideMerge(
      Layer.mergeAll(
        Sessions.layer,
        SigningKeys.layer,
        Lockouts.layer,
        Passwords.layer(options.argon2),
        PasswordRules.layer(options.breachedPasswords)
      )
    ),
    Layer.provideMerge(Layer.mergeAll(PrincipalCache.layer, IdentityOptions.layer(options), IdentityMigrations.layer))
  )

/** All services of identity, and what keeps their tables small. */
export const layer = (options: IdentityLayerOptions) => sweeping.pipe(Layer.provideMerge(layerWithoutSweeping(options)))
