import { Context, Effect, Layer, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { SqlClient } from "effect/sql"
import { isSqlError } from "effect/sql/SqlError"
import { ExternalUser, type IdentityUnavailable, LastAdmin, UserNameTaken, UserNotFound } from "../IdentityError.ts"
import { IdentityOptions } from "../IdentityOptions.ts"
import * as accountsOf from "../internal/accounts.ts"
import { Account, accountColumns, decodeAll, userOf } from "../internal/rows.ts"
import * as Secrets from "../internal/Secrets.ts"
import { later, now, stored } from "../internal/stored.ts"
import { UserId } from "../model/Ids.ts"
import type { Role } from "../model/Role.ts"
import type { Scope } from "../model/Scope.ts"
import type { User } from "../model/User.ts"
import { keyOf, type UserName } from "../model/UserName.ts"
import { Passwords } from "../passwords/Passwords.ts"
import { PrincipalCache } from "../sessions/PrincipalCache.ts"
import { Sessions } from "../sessions/Sessions.ts"

/** What a user is to be. */
export interface NewUser {
  readonly name: UserName
  readonly roles: ReadonlyArray<Role>
  readonly scopes: ReadonlyArray<Scope>
}

/** A user and the password to sign in with once. */
export interface WithOneTimePassword {
  readonly user: User
  readonly oneTimePassword: Redacted.Redacted
}

/** A page of users, by name. */
export interface UserPage {
  readonly items: ReadonlyArray<User>
  /** The name after which the next page begins. */
  readonly next: string | undefined
}

const decode = decodeAll(Account)

/** Whether the store refused a name that is there already. */
const isTaken = (error: unknown) => isSqlError(error) && error.reason._tag === "UniqueViolation"

/** Those who sign in. A change holds for sessions that are under way, too. */
export class Users extends Context.Service<
  Users,
  {
    readonly list: (options: {
      readonly after?: string | undefined
      readonly limit: number
    }) => Effect.Effect<UserPage, IdentityUnavailable>
    readonly get: (id: UserId) => Effect.Effect<User, UserNotFound | IdentityUnavailable>
    /** A user with a one-time password, which has to be changed at the first sign-in. */
    readonly create: (user: NewUser) => Effect.Effect<WithOneTimePassword, UserNameTaken | IdentityUnavailable>
    readonly update: (
      id: UserId,
      changes: Partial<NewUser>
    ) => Effect.Effect<User, UserNotFound | UserNameTaken | LastAdmin | IdentityUnavailable>
    /** Ends all sessions; keys hold no more. */
    readonly disable: (id: UserId) => Effect.Effect<User, UserNotFound | LastAdmin | IdentityUnavailable>
    readonly enable: (id: UserId) => Effect.Effect<User, UserNotFound | IdentityUnavailable>
    readonly remove: (id: UserId) => Effect.Effect<void, UserNotFound | LastAdmin | IdentityUnavailable>
    /** A new one-time password. Ends all sessions. */
    readonly resetPassword: (
      id: UserId
    ) => Effect.Effect<WithOneTimePassword, UserNotFound | ExternalUser | IdentityUnavailable>
    /** Takes the second factor away, for somebody who lost it. Ends all sessions. */
    readonly resetMfa: (id: UserId) => Effect.Effect<User, UserNotFound | IdentityUnavailable>
  }
>()("@resync/identity/Users") {
  static readonly layer: Layer.Layer<
    Users,
    never,
    SqlClient.SqlClient | IdentityOptions | Passwords | Sessions | PrincipalCache
  > = Layer.effect(
    Users,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const accounts = accountsOf.make(sql)
      const options = yield* IdentityOptions
      const passwords = yield* Passwords
      const sessions = yield* Sessions
      const cache = yield* PrincipalCache
      const random = yield* SecureRandom.SecureRandom
      const columns = sql.literal(accountColumns)

      const found = (id: UserId, account: Account | undefined) =>
        account === undefined ? Effect.fail(new UserNotFound({ id })) : Effect.succeed(account)

      const byId = (id: UserId) => Effect.flatMap(accounts.byId(id), (account) => found(id, account))

      /** Fails when nobody else could administer. Holds the other administrators until the end of the transaction. */
      const keepAnAdmin = Effect.fnUntraced(function* (account: Account) {
        if (!account.roles.includes("admin") || account.disabledAt !== null) return
        const others = yield* sql`SELECT id FROM identity_users
          WHERE 'admin' = ANY(roles) AND disabled_at IS NULL ORDER BY id FOR UPDATE`
        if (others.length < 2) return yield* new LastAdmin({ id: account.id })
      })

      /** A change in one transaction, after which nobody goes by what was known of the user before. */
      const change = <E, R>(id: UserId, make: (account: Account) => Effect.Effect<unknown, E, R>) =>
        sql
          .withTransaction(
            Effect.gen(function* () {
              yield* make(yield* Effect.flatMap(accounts.lock(id), (account) => found(id, account)))
              return userOf(yield* byId(id))
            })
          )
          .pipe(Effect.ensuring(Effect.sync(() => cache.forgetUser(id))), stored)

      const oneTimePassword = Effect.gen(function* () {
        const password = Redacted.make(yield* Secrets.readable(4))
        const hash = yield* passwords.hash(password)
        return { password, hash, expiresAt: later(yield* now, options.oneTimePasswordLifetime) }
      })

      const list: Users["Service"]["list"] = ({ after, limit }) =>
        decode(sql`SELECT ${columns} FROM identity_users u WHERE u.name_key > ${after === undefined ? "" : keyOf(after)}
          ORDER BY u.name_key LIMIT ${limit + 1}`).pipe(
          Effect.map((rows) => {
            const items = rows.slice(0, limit).map(userOf)
            return { items, next: rows.length > limit ? items.at(-1)?.name : undefined }
          }),
          stored
        )

      const create: Users["Service"]["create"] = Effect.fn("Users.create")(function* ({ name, roles, scopes }) {
        const { expiresAt, hash, password } = yield* oneTimePassword
        const id = UserId.make(yield* random.uuidV7())
        const at = yield* now
        yield* sql`INSERT INTO identity_users
          (id, name, name_key, roles, scopes, password_hash, must_change_password, password_expires_at, created_at)
          VALUES (${id}, ${name}, ${keyOf(name)}, ${roles}, ${JSON.stringify(scopes)}, ${hash}, true, ${expiresAt}, ${at})`.pipe(
          Effect.catchIf(isTaken, () => new UserNameTaken({ name }))
        )
        return { user: userOf(yield* Effect.orDie(byId(id))), oneTimePassword: password }
      }, stored)

      const update: Users["Service"]["update"] = Effect.fn("Users.update")((id, changes) =>
        change(id, (account) =>
          Effect.gen(function* () {
            if (changes.roles !== undefined && !changes.roles.includes("admin")) yield* keepAnAdmin(account)
            const name = changes.name ?? account.name
            yield* sql`UPDATE identity_users SET name = ${name}, name_key = ${keyOf(name)},
              roles = ${changes.roles ?? account.roles}, scopes = ${JSON.stringify(changes.scopes ?? account.scopes)}
              WHERE id = ${id}`.pipe(Effect.catchIf(isTaken, () => new UserNameTaken({ name })))
          })
        )
      )

      const disable: Users["Service"]["disable"] = Effect.fn("Users.disable")(function* (id) {
        const user = yield* change(id, (account) =>
          Effect.andThen(
            keepAnAdmin(account),
            Effect.flatMap(
              now,
              (at) => sql`UPDATE identity_users SET disabled_at = COALESCE(disabled_at, ${at})
              WHERE id = ${id}`
            )
          )
        )
        yield* sessions.revokeAll(id)
        return user
      })

      const enable: Users["Service"]["enable"] = Effect.fn("Users.enable")((id) =>
        change(id, () => sql`UPDATE identity_users SET disabled_at = NULL WHERE id = ${id}`)
      )

      const remove: Users["Service"]["remove"] = Effect.fn("Users.remove")((id) =>
        sql
          .withTransaction(
            Effect.gen(function* () {
              yield* keepAnAdmin(yield* Effect.flatMap(accounts.lock(id), (account) => found(id, account)))
              yield* sql`DELETE FROM identity_users WHERE id = ${id}`
            })
          )
          .pipe(Effect.ensuring(Effect.sync(() => cache.forgetUser(id))), stored)
      )

      const resetPassword: Users["Service"]["resetPassword"] = Effect.fn("Users.resetPassword")(function* (id) {
        const { expiresAt, hash, password } = yield* oneTimePassword
        const user = yield* change(id, (account) =>
          Effect.gen(function* () {
            if (account.oidcIssuer !== null) return yield* new ExternalUser({ id })
            yield* sql`UPDATE identity_users SET password_hash = ${hash}, must_change_password = true,
              password_expires_at = ${expiresAt} WHERE id = ${id}`
          })
        )
        yield* sessions.revokeAll(id)
        return { user, oneTimePassword: password }
      })

      const resetMfa: Users["Service"]["resetMfa"] = Effect.fn("Users.resetMfa")(function* (id) {
        const user = yield* change(id, () =>
          Effect.andThen(
            sql`DELETE FROM identity_recovery_codes WHERE user_id = ${id}`,
            sql`UPDATE identity_users SET totp_secret = NULL, totp_pending = NULL WHERE id = ${id}`
          )
        )
        yield* sessions.revokeAll(id)
        return user
      })

      const get: Users["Service"]["get"] = (id) => stored(Effect.map(byId(id), userOf))

      return Users.of({ list, get, create, update, disable, enable, remove, resetPassword, resetMfa })
    })
  ).pipe(Layer.provide(SecureRandom.layerWebCrypto))
}
