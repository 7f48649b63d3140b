import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import {
  ExternalUser,
  type IdentityUnavailable,
  InvalidCredentials,
  MfaState,
  NotFresh,
  NotYet,
  PasswordRefused,
  type UserNotFound
} from "../IdentityError.ts"
import { IdentityOptions } from "../IdentityOptions.ts"
import { Mfa } from "../mfa/Mfa.ts"
import { SessionId, UserId } from "../model/Ids.ts"
import * as PasswordPolicy from "../passwords/PasswordPolicy.ts"
import { PasswordRules } from "../passwords/PasswordRules.ts"
import { Passwords } from "../passwords/Passwords.ts"
import { PrincipalCache } from "../sessions/PrincipalCache.ts"
import { restrictionOf } from "../sessions/Principals.ts"
import { Sessions } from "../sessions/Sessions.ts"
import { Lockouts } from "../signin/Lockouts.ts"
import type { SignedIn, SignIn } from "../signin/SignIn.ts"
import type { Account, SessionRow } from "./rows.ts"
import { now, stored } from "./stored.ts"

/** A sign-in at the provider is no older than this where the password would be asked for of others. */
export const freshMillis = 300_000

/** What somebody does who has signed in and may have something to do first: shows or enrols a second factor, or chooses a password. */
export const make = Effect.fnUntraced(function* ({
  accountOf,
  signedIn
}: {
  readonly accountOf: (id: UserId) => Effect.Effect<Account, UserNotFound | IdentityUnavailable>
  readonly signedIn: (
    account: Account,
    session: SessionRow
  ) => Effect.Effect<Omit<SignedIn, "secret">, IdentityUnavailable>
}) {
  const sql = yield* SqlClient.SqlClient
  const { mfaRoles } = yield* IdentityOptions
  const lockouts = yield* Lockouts
  const passwords = yield* Passwords
  const rules = yield* PasswordRules
  const sessions = yield* Sessions
  const mfa = yield* Mfa
  const cache = yield* PrincipalCache

  /** Gives a session its full time when nothing has to be done first any more. */
  const settle = Effect.fnUntraced(function* (id: UserId, sessionId: SessionId) {
    const account = yield* accountOf(id)
    const session = yield* sessions.alive(sessionId)
    if (restrictionOf(account, session, mfaRoles) !== undefined) return { account, session }
    yield* sessions.extend(sessionId)
    return { account, session: yield* sessions.alive(sessionId) }
  })

  const verifyMfa: SignIn["Service"]["verifyMfa"] = Effect.fn("SignIn.verifyMfa")(function* (principal, code) {
    const [id, sessionId] = [UserId.make(principal.id), SessionId.make(principal.sessionId)]
    const factor = yield* mfa.verify(id, code)
    yield* sessions.strengthen(sessionId, factor)
    const { account, session } = yield* settle(id, sessionId)
    return yield* signedIn(account, session)
  })

  /** Takes the password of a user who signed in before, as at a sign-in: who fails too often waits. */
  const provePassword = Effect.fnUntraced(function* (account: Account, password: Redacted.Redacted) {
    const attempt = { kind: "account", subject: `password of ${account.id}` } as const
    yield* lockouts.begin(attempt)
    if (!(yield* passwords.verify(password, account.passwordHash))) return yield* new InvalidCredentials({})
    yield* lockouts.succeeded(attempt)
  })

  const enrollMfa: SignIn["Service"]["enrollMfa"] = Effect.fn("SignIn.enrollMfa")(function* (principal, password) {
    const { restriction } = principal
    if (restriction === "mfa" || restriction === "password-change") return yield* new NotYet({ restriction })
    const id = UserId.make(principal.id)
    const account = yield* accountOf(id)
    if (account.totpSecret !== null) return yield* new MfaState({ reason: "enrolled" })
    if (account.oidcIssuer === null) {
      if (password === undefined) return yield* new NotFresh({ by: "password" })
      yield* provePassword(account, password)
    } else {
      const { authenticatedAt } = yield* sessions.alive(SessionId.make(principal.sessionId))
      const age = (yield* now).getTime() - authenticatedAt.getTime()
      if (age > freshMillis) return yield* new NotFresh({ by: "oidc" })
    }
    return yield* mfa.enroll(id)
  })

  const confirmMfa: SignIn["Service"]["confirmMfa"] = Effect.fn("SignIn.confirmMfa")(function* (principal, code) {
    const { restriction } = principal
    if (restriction === "password-change") return yield* new NotYet({ restriction })
    const [id, sessionId] = [UserId.make(principal.id), SessionId.make(principal.sessionId)]
    const codes = yield* mfa.confirm(id, code)
    yield* sessions.strengthen(sessionId, "otp")
    yield* settle(id, sessionId)
    yield* sessions.revokeAll(id, sessionId)
    return codes
  })

  const changePassword: SignIn["Service"]["changePassword"] = Effect.fn("SignIn.changePassword")(function* (
    principal,
    { current, next }
  ) {
    const { restriction } = principal
    if (restriction === "mfa") return yield* new NotYet({ restriction })
    const [id, sessionId] = [UserId.make(principal.id), SessionId.make(principal.sessionId)]
    const account = yield* accountOf(id)
    if (account.oidcIssuer !== null) return yield* new ExternalUser({ id })
    yield* provePassword(account, current)
    const chosen = PasswordPolicy.normalize(Redacted.value(next))
    const reason =
      chosen === PasswordPolicy.normalize(Redacted.value(current))
        ? "it is the old one"
        : yield* rules.refusal(chosen, account.name)
    if (reason !== undefined) return yield* new PasswordRefused({ reason })
    const hash = yield* passwords.hash(next)
    yield* stored(sql`UPDATE identity_users SET password_hash = ${hash}, must_change_password = false,
        password_expires_at = NULL WHERE id = ${id}`)
    cache.forgetUser(id)
    yield* settle(id, sessionId)
    yield* sessions.revokeAll(id, sessionId)
  })

  return { verifyMfa, enrollMfa, confirmMfa, changePassword }
})
