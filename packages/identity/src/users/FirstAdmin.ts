import { Effect, type Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../audit/Audit.ts"
import { service } from "../audit/AuditEntry.ts"
import { recorded } from "../internal/recorded.ts"
import { stored } from "../internal/stored.ts"
import { UserId } from "../model/Ids.ts"
import { Users } from "./Users.ts"

/** What the first administrator is called. */
export const name = "admin"

/** How somebody can sign in for the first time. */
export interface FirstSignIn {
  readonly name: string
  readonly oneTimePassword: Redacted.Redacted
}

/**
 * Makes the first administrator when there are no users, with a one-time password to be printed once. One who has never
 * signed in gets a new one at each start, since the last may be lost or expired; nothing when there is somebody already. Nothing
 * is done that the audit trail does not have, in which it is the service itself that does it.
 */
export const ensure = Effect.fn("FirstAdmin.ensure")(function* () {
  const sql = yield* SqlClient.SqlClient
  const users = yield* Users
  const audit = yield* Audit
  const found = yield* stored(
    sql`SELECT id::text AS id, name, must_change_password AND last_sign_in_at IS NULL AS waiting
      FROM identity_users ORDER BY created_at LIMIT 2`
  )
  const [first, second] = found
  if (first === undefined) {
    const made = yield* recorded(
      audit.append,
      { action: "user.create", actor: service, target: { kind: "user", id: "", name } },
      users.create({ name, roles: ["admin"], scopes: [] }),
      {
        after: ({ user }) => ({ id: user.id, name, roles: user.roles, scopes: [] }),
        undo: ({ user }) => sql`DELETE FROM identity_users WHERE id = ${user.id}`
      }
    ).pipe(
      // Another process was faster, and has printed it.
      Effect.catchTag("UserNameTaken", () => Effect.void)
    )
    return made === undefined ? undefined : ({ name, oneTimePassword: made.oneTimePassword } satisfies FirstSignIn)
  }
  if (second !== undefined || first["name"] !== name || first["waiting"] !== true) return undefined
  const id = UserId.make(String(first["id"]))
  const { oneTimePassword } = yield* recorded(
    audit.append,
    { action: "user.reset-password", actor: service, target: { kind: "user", id, name } },
    users.resetPassword(id),
    // Nobody has been told the new one, and the next start gives another.
    { after: ({ user }) => ({ name, roles: user.roles }), undo: () => Effect.void }
  ).pipe(Effect.catchTags({ UserNotFound: Effect.die, ExternalUser: Effect.die, IdentityUnavailable: Effect.die }))
  return { name, oneTimePassword } satisfies FirstSignIn
})
