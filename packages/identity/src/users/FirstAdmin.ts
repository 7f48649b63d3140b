import { Effect, type Redacted } from "effect"
import { SqlClient } from "effect/sql"
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
 * signed in gets a new one at each start, since the last may be lost or expired; nothing when there is somebody already.
 */
export const ensure = Effect.fn("FirstAdmin.ensure")(function* () {
  const sql = yield* SqlClient.SqlClient
  const users = yield* Users
  const found = yield* stored(
    sql`SELECT id::text AS id, name, must_change_password AND last_sign_in_at IS NULL AS waiting
      FROM identity_users ORDER BY created_at LIMIT 2`
  )
  const [first, second] = found
  if (first === undefined) {
    const made = yield* users.create({ name, roles: ["admin"], scopes: [] }).pipe(
      // Another process was faster, and has printed it.
      Effect.catchTag("UserNameTaken", () => Effect.void)
    )
    return made === undefined ? undefined : ({ name, oneTimePassword: made.oneTimePassword } satisfies FirstSignIn)
  }
  if (second !== undefined || first["name"] !== name || first["waiting"] !== true) return undefined
  const { oneTimePassword } = yield* Effect.orDie(users.resetPassword(UserId.make(String(first["id"]))))
  return { name, oneTimePassword } satisfies FirstSignIn
})
