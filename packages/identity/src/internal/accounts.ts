import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { UserId } from "../model/Ids.ts"
import { keyOf } from "../model/UserName.ts"
import { Account, accountColumns, decodeAll } from "./rows.ts"

const decode = decodeAll(Account)

/** Finds accounts. */
export const make = (sql: SqlClient.SqlClient) => {
  const columns = sql.literal(accountColumns)
  const first = Effect.map((accounts: ReadonlyArray<Account>) => accounts[0])
  return {
    byId: (id: UserId) => first(decode(sql`SELECT ${columns} FROM identity_users u WHERE u.id = ${id}`)),
    /** Held until the end of the transaction. */
    lock: (id: UserId) => first(decode(sql`SELECT ${columns} FROM identity_users u WHERE u.id = ${id} FOR UPDATE`)),
    byName: (name: string) =>
      first(decode(sql`SELECT ${columns} FROM identity_users u WHERE u.name_key = ${keyOf(name)}`)),
    bySubject: (issuer: string, subject: string) =>
      first(
        decode(
          sql`SELECT ${columns} FROM identity_users u WHERE u.oidc_issuer = ${issuer} AND u.oidc_subject = ${subject}`
        )
      )
  }
}
