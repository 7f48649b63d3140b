import { Context, Effect, Layer, Metric, Redacted as R, type Redacted } from "effect"
import { SqlClient } from "effect/sql"
import {
  type CodeRefused,
  type CredentialRejected,
  type ExternalUser,
  type IdentityUnavailable,
  InvalidCredentials,
  type MfaState,
  type NotFresh,
  type NotYet,
  type PasswordRefused,
  type RefreshTokenReused,
  type TooManyAttempts,
  UserNotFound
} from "../IdentityError.ts"
import { IdentityOptions } from "../IdentityOptions.ts"
import * as accountsOf from "../internal/accounts.ts"
import * as lifting from "../internal/lifting.ts"
import { type Account, type SessionRow, sessionOf, userOf } from "../internal/rows.ts"
import { now, stored } from "../internal/stored.ts"
import type { Enrolment, Mfa, RecoveryCodes } from "../mfa/Mfa.ts"
import { UserId } from "../model/Ids.ts"
import type { Principal, Restriction } from "../model/Principal.ts"
import type { AuthenticationMethod, Session, SessionKind } from "../model/Session.ts"
import type { User } from "../model/User.ts"
import { keyOf } from "../model/UserName.ts"
import type { PasswordRules } from "../passwords/PasswordRules.ts"
import { Passwords } from "../passwords/Passwords.ts"
import { AccessTokens, type IssuedToken } from "../sessions/AccessTokens.ts"
import type { PrincipalCache } from "../sessions/PrincipalCache.ts"
import { restrictionOf } from "../sessions/Principals.ts"
import { type Origin, Sessions } from "../sessions/Sessions.ts"
import { Lockouts } from "./Lockouts.ts"

/** Somebody is signed in, and may have something to do first. */
export interface SignedIn {
  readonly user: User
  readonly session: Session
  readonly restriction: Restriction | undefined
  readonly access: IssuedToken
  /** The refresh token, or what the cookie of a browser holds. */
  readonly secret: Redacted.Redacted
}

/** A user who has signed in. */
export type UserPrincipal = Principal & { readonly kind: "user"; readonly sessionId: string }

export const isUser = (principal: Principal): principal is UserPrincipal =>
  principal.kind === "user" && principal.sessionId !== undefined

/** Nobody has it; looking for it takes as long as for another. */
const nobody = UserId.make("00000000-0000-0000-0000-000000000000")

const signIns = Metric.counter("identity.sign_ins", { description: "Sign-ins by outcome", incremental: true })
const count = (outcome: string) => Metric.update(Metric.withAttributes(signIns, { outcome }), 1)

/** Who may sign in, and how a sign-in goes on. */
export class SignIn extends Context.Service<
  SignIn,
  {
    /** By name and password. Who fails too often waits, longer each time. */
    readonly withPassword: (options: {
      readonly name: string
      readonly password: Redacted.Redacted
      readonly kind: SessionKind
      readonly origin: Origin
    }) => Effect.Effect<SignedIn, InvalidCredentials | TooManyAttempts | IdentityUnavailable>
    /** Begins a session for somebody who was proved to be a user otherwise, at `authenticatedAt` if that was not just now. */
    readonly admit: (options: {
      readonly userId: UserId
      readonly methods: ReadonlyArray<AuthenticationMethod>
      readonly kind: SessionKind
      readonly origin: Origin
      readonly authenticatedAt?: Date | undefined
    }) => Effect.Effect<SignedIn, InvalidCredentials | IdentityUnavailable>
    readonly refresh: (
      token: Redacted.Redacted
    ) => Effect.Effect<SignedIn, CredentialRejected | RefreshTokenReused | IdentityUnavailable>
    /** Shows the second factor in a session. */
    readonly verifyMfa: (
      principal: UserPrincipal,
      code: string
    ) => Effect.Effect<
      Omit<SignedIn, "secret">,
      CredentialRejected | MfaState | CodeRefused | TooManyAttempts | UserNotFound | IdentityUnavailable
    >
    /**
     * Begins the enrolment of a second factor, by the password; a user of a provider must have signed in there just now instead. A
     * session that somebody else has got hold of is not enough.
     */
    readonly enrollMfa: (
      principal: UserPrincipal,
      password: Redacted.Redacted | undefined
    ) => Effect.Effect<
      Enrolment,
      | InvalidCredentials
      | NotFresh
      | NotYet
      | MfaState
      | TooManyAttempts
      | UserNotFound
      | CredentialRejected
      | IdentityUnavailable
    >
    /** Makes an enrolled second factor count. Ends the user's other sessions. */
    readonly confirmMfa: (
      principal: UserPrincipal,
      code: string
    ) => Effect.Effect<
      RecoveryCodes,
      CredentialRejected | NotYet | MfaState | CodeRefused | TooManyAttempts | UserNotFound | IdentityUnavailable
    >
    /** Ends the user's other sessions. */
    readonly changePassword: (
      principal: UserPrincipal,
      passwords: { readonly current: Redacted.Redacted; readonly next: Redacted.Redacted }
    ) => Effect.Effect<
      void,
      | InvalidCredentials
      | PasswordRefused
      | NotYet
      | ExternalUser
      | TooManyAttempts
      | UserNotFound
      | CredentialRejected
      | IdentityUnavailable
    >
  }
>()("@resync/identity/SignIn") {
  static readonly layer: Layer.Layer<
    SignIn,
    never,
    | SqlClient.SqlClient
    | IdentityOptions
    | Lockouts
    | Passwords
    | PasswordRules
    | Sessions
    | AccessTokens
    | Mfa
    | PrincipalCache
  > = Layer.effect(
    SignIn,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const accounts = accountsOf.make(sql)
      const { mfaRoles } = yield* IdentityOptions
      const lockouts = yield* Lockouts
      const passwords = yield* Passwords
      const sessions = yield* Sessions
      const tokens = yield* AccessTokens

      const accountOf = (id: UserId) =>
        Effect.flatMap(stored(accounts.byId(id)), (account) =>
          account === undefined ? Effect.fail(new UserNotFound({ id })) : Effect.succeed(account)
        )

      const signedIn = Effect.fnUntraced(function* (account: Account, session: SessionRow) {
        const access = yield* tokens.issue({
          id: session.id,
          userId: account.id,
          methods: session.methods,
          authenticatedAt: session.authenticatedAt.getTime(),
          expiresAt: session.expiresAt.getTime()
        })
        const restriction = restrictionOf(account, session, mfaRoles)
        return { user: userOf(account), session: sessionOf(session), restriction, access }
      })

      const begin = Effect.fnUntraced(function* (
        account: Account,
        options: {
          readonly methods: ReadonlyArray<AuthenticationMethod>
          readonly kind: SessionKind
          readonly origin: Origin
          readonly authenticatedAt?: Date | undefined
        }
      ) {
        const restricted = restrictionOf(account, options, mfaRoles) !== undefined
        const { secret, session } = yield* sessions.start({ ...options, userId: account.id, restricted })
        yield* stored(sql`UPDATE identity_users SET last_sign_in_at = ${yield* now} WHERE id = ${account.id}`)
        yield* count(restricted ? "restricted" : "complete")
        yield* Effect.logInfo("signed in").pipe(
          Effect.annotateLogs({ user: account.id, session: session.id, methods: options.methods.join(" ") })
        )
        return { ...(yield* signedIn(account, session)), secret: R.make(secret) }
      })

      const withPassword: SignIn["Service"]["withPassword"] = Effect.fn("SignIn.withPassword")(function* ({
        kind,
        name,
        origin,
        password
      }) {
        const address = { kind: "address", subject: origin.address } as const
        yield* Effect.tapError(lockouts.begin(address), () => count("locked"))
        const account = yield* stored(accounts.byName(name))
        // Where somebody has signed in before they are counted apart: others who guess cannot keep them out.
        const known = yield* sessions.knows(account?.id ?? nobody, origin.address)
        const subject = known ? `${keyOf(name)} at ${origin.address}` : keyOf(name)
        yield* Effect.tapError(lockouts.begin({ kind: "account", subject }), () => count("locked"))
        const right = yield* passwords.verify(password, account?.passwordHash ?? null)
        const at = yield* now
        if (
          account === undefined ||
          !right ||
          account.passwordHash === null ||
          account.disabledAt !== null ||
          (account.passwordExpiresAt !== null && account.passwordExpiresAt <= at)
        ) {
          yield* count("refused")
          yield* Effect.logWarning("sign-in refused").pipe(
            Effect.annotateLogs({ user: account?.id ?? "unknown", address: origin.address })
          )
          return yield* new InvalidCredentials(account === undefined ? {} : { userId: account.id })
        }
        yield* lockouts.succeeded({ kind: "account", subject })
        yield* lockouts.succeeded(address)
        if (passwords.isOutdated(account.passwordHash)) {
          const hash = yield* passwords.hash(password)
          yield* stored(sql`UPDATE identity_users SET password_hash = ${hash}
            WHERE id = ${account.id} AND password_hash = ${account.passwordHash}`)
        }
        return yield* begin(account, { methods: ["pwd"], kind, origin })
      })

      const admit: SignIn["Service"]["admit"] = Effect.fn("SignIn.admit")(function* ({ userId, ...options }) {
        const account = yield* stored(accounts.byId(userId))
        if (account === undefined || account.disabledAt !== null) return yield* new InvalidCredentials({})
        return yield* begin(account, options)
      })

      const refresh: SignIn["Service"]["refresh"] = Effect.fn("SignIn.refresh")(function* (token) {
        const { secret, session } = yield* sessions
          .refresh(R.value(token))
          .pipe(
            Effect.tapErrorTag("RefreshTokenReused", ({ sessionId }) =>
              Effect.logWarning("a refresh token came a second time; its session is ended").pipe(
                Effect.annotateLogs({ session: sessionId })
              )
            )
          )
        const account = yield* Effect.orDie(accountOf(session.userId))
        return { ...(yield* signedIn(account, session)), secret: R.make(secret) }
      })

      const { verifyMfa, enrollMfa, confirmMfa, changePassword } = yield* lifting.make({ accountOf, signedIn })

      return SignIn.of({ withPassword, admit, refresh, verifyMfa, enrollMfa, confirmMfa, changePassword })
    })
  )
}
