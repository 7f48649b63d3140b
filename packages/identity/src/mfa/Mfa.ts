import { randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer, Option, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { renderSVG } from "uqr"
import {
  CodeRefused,
  type IdentityUnavailable,
  MfaState,
  type TooManyAttempts,
  UserNotFound
} from "../IdentityError.ts"
import { IdentityOptions } from "../IdentityOptions.ts"
import * as accountsOf from "../internal/accounts.ts"
import type { Account } from "../internal/rows.ts"
import * as SecretBox from "../internal/SecretBox.ts"
import * as Secrets from "../internal/Secrets.ts"
import { now, stored, unavailable } from "../internal/stored.ts"
import type { UserId } from "../model/Ids.ts"
import { PrincipalCache } from "../sessions/PrincipalCache.ts"
import { Lockouts } from "../signin/Lockouts.ts"
import * as Totp from "./Totp.ts"

/** What an authenticator app is given. */
export interface Enrolment {
  readonly secret: Redacted.Redacted
  /** The same for an app to read. */
  readonly uri: Redacted.Redacted
  /** The same as a picture, SVG. */
  readonly qrCode: Redacted.Redacted
}

export type RecoveryCodes = ReadonlyArray<Redacted.Redacted>

/** Which kind of code was shown. */
export type ShownFactor = "otp" | "recovery"

const recoveryCodeCount = 10

/** 80 bits each, which nobody guesses. */
const recoveryCodeGroups = 4

const recoveryShape = /^[A-Z2-7]{16}$/

const plain = (given: string) => given.toUpperCase().replaceAll(/[\s-]/g, "")

type Attempted = CodeRefused | TooManyAttempts | UserNotFound | IdentityUnavailable

/** Second factors: codes of an authenticator app, and codes on paper for when it is lost. */
export class Mfa extends Context.Service<
  Mfa,
  {
    /** A secret for an authenticator app, which counts once a code of it was shown. */
    readonly enroll: (id: UserId) => Effect.Effect<Enrolment, MfaState | UserNotFound | IdentityUnavailable>
    /** Makes the enrolment count, by its first code. Gives recovery codes, which are never seen again. */
    readonly confirm: (id: UserId, code: string) => Effect.Effect<RecoveryCodes, MfaState | Attempted>
    /** Takes a code of the app or a recovery code. Each is taken once. */
    readonly verify: (id: UserId, code: string) => Effect.Effect<ShownFactor, MfaState | Attempted>
    /** Takes the second factor away, by a code of it. Not when a role of the user needs one. */
    readonly disable: (id: UserId, code: string) => Effect.Effect<void, MfaState | Attempted>
    /** New recovery codes in place of the old, by a code. */
    readonly renewRecoveryCodes: (id: UserId, code: string) => Effect.Effect<RecoveryCodes, MfaState | Attempted>
  }
>()("@resync/identity/Mfa") {
  static readonly layer: Layer.Layer<Mfa, never, SqlClient.SqlClient | IdentityOptions | Lockouts | PrincipalCache> =
    Layer.effect(
      Mfa,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const accounts = accountsOf.make(sql)
        const { issuer, mfaRoles, secret: installation } = yield* IdentityOptions
        const box = SecretBox.make(installation)
        const lockouts = yield* Lockouts
        const cache = yield* PrincipalCache

        const accountOf = (id: UserId) =>
          Effect.flatMap(stored(accounts.byId(id)), (account) =>
            account === undefined ? Effect.fail(new UserNotFound({ id })) : Effect.succeed(account)
          )

        const open = (id: UserId, sealed: string) =>
          Option.match(box.open(sealed, `totp:${id}`), {
            onNone: () => unavailable("a second factor was sealed with another RESYNC_SECRET_KEY"),
            onSome: (secret) => Effect.succeed(Buffer.from(secret, "base64url"))
          })

        /** Counts the attempt, so that codes cannot be tried one after the other. */
        const attempt = <A, E>(id: UserId, check: Effect.Effect<A, E>) => {
          const counted = { kind: "mfa", subject: id } as const
          return Effect.andThen(lockouts.begin(counted), check).pipe(Effect.tap(() => lockouts.succeeded(counted)))
        }

        const match = Effect.fnUntraced(function* (account: Account, sealed: string, given: string) {
          const step = Totp.verify({
            secret: yield* open(account.id, sealed),
            given,
            millis: yield* Clock.currentTimeMillis,
            lastStep: account.totpStep
          })
          return step === undefined ? yield* new CodeRefused() : step
        })

        /** Of two that come with the same code at the same time one finds it used. */
        const useStep = Effect.fnUntraced(function* (id: UserId, step: number) {
          const rows = yield* stored(sql`UPDATE identity_users SET totp_step = ${step}
          WHERE id = ${id} AND totp_step < ${step} RETURNING id`)
          if (rows.length === 0) return yield* new CodeRefused()
        })

        const useRecoveryCode = Effect.fnUntraced(function* (id: UserId, given: string) {
          const at = yield* now
          const rows = yield* stored(sql`UPDATE identity_recovery_codes SET used_at = ${at}
          WHERE user_id = ${id} AND hash = ${Secrets.hash(given)} AND used_at IS NULL RETURNING user_id`)
          if (rows.length === 0) return yield* new CodeRefused()
        })

        const makeRecoveryCodes = Effect.fnUntraced(function* (id: UserId) {
          const codes = yield* Effect.replicateEffect(Secrets.readable(recoveryCodeGroups), recoveryCodeCount)
          yield* sql`DELETE FROM identity_recovery_codes WHERE user_id = ${id}`
          for (const code of codes) {
            yield* sql`INSERT INTO identity_recovery_codes (user_id, hash) VALUES (${id}, ${Secrets.hash(plain(code))})`
          }
          return codes.map((code) => Redacted.make(code))
        })

        const verify: Mfa["Service"]["verify"] = Effect.fn("Mfa.verify")(function* (id, code) {
          const account = yield* accountOf(id)
          const sealed = account.totpSecret
          if (sealed === null) return yield* new MfaState({ reason: "not-enrolled" })
          const recovery = plain(code)
          if (recoveryShape.test(recovery)) {
            yield* attempt(id, useRecoveryCode(id, recovery))
            return "recovery"
          }
          yield* attempt(
            id,
            Effect.flatMap(match(account, sealed, code), (step) => useStep(id, step))
          )
          return "otp"
        })

        const enroll: Mfa["Service"]["enroll"] = Effect.fn("Mfa.enroll")(function* (id) {
          const account = yield* accountOf(id)
          if (account.totpSecret !== null) return yield* new MfaState({ reason: "enrolled" })
          const secret = yield* Effect.sync(() => randomBytes(20))
          const sealed = box.seal(secret.toString("base64url"), `totp:${id}`)
          yield* stored(
            sql`UPDATE identity_users SET totp_pending = ${sealed} WHERE id = ${id} AND totp_secret IS NULL`
          )
          const uri = Totp.uri({ secret, issuer, account: account.name })
          return {
            secret: Redacted.make(Secrets.base32(secret)),
            uri: Redacted.make(uri),
            qrCode: Redacted.make(renderSVG(uri))
          }
        })

        const confirm: Mfa["Service"]["confirm"] = Effect.fn("Mfa.confirm")(function* (id, code) {
          const account = yield* accountOf(id)
          if (account.totpSecret !== null) return yield* new MfaState({ reason: "enrolled" })
          const pending = account.totpPending
          if (pending === null) return yield* new MfaState({ reason: "no-enrolment-begun" })
          const step = yield* attempt(id, match({ ...account, totpStep: 0 }, pending, code))
          const codes = yield* sql
            .withTransaction(
              Effect.gen(function* () {
                const rows = yield* sql`UPDATE identity_users SET totp_secret = totp_pending, totp_pending = NULL,
                totp_step = ${step} WHERE id = ${id} AND totp_pending = ${pending} RETURNING id`
                return rows.length === 0 ? yield* new CodeRefused() : yield* makeRecoveryCodes(id)
              })
            )
            .pipe(stored)
          cache.forgetUser(id)
          return codes
        })

        const disable: Mfa["Service"]["disable"] = Effect.fn("Mfa.disable")(function* (id, code) {
          const account = yield* accountOf(id)
          if (account.roles.some((role) => mfaRoles.has(role))) return yield* new MfaState({ reason: "required" })
          yield* verify(id, code)
          yield* stored(
            sql.withTransaction(
              Effect.andThen(
                sql`DELETE FROM identity_recovery_codes WHERE user_id = ${id}`,
                sql`UPDATE identity_users SET totp_secret = NULL WHERE id = ${id}`
              )
            )
          )
          cache.forgetUser(id)
        })

        const renewRecoveryCodes: Mfa["Service"]["renewRecoveryCodes"] = Effect.fn("Mfa.renewRecoveryCodes")(
          function* (id, code) {
            yield* verify(id, code)
            return yield* stored(sql.withTransaction(makeRecoveryCodes(id)))
          }
        )

        return Mfa.of({ enroll, confirm, verify, disable, renewRecoveryCodes })
      })
    )
}
