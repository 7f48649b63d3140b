import { DateTime, Effect, Option, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { AuditRow } from "../AuditChain.ts"
import { AuditEntry } from "../AuditEntry.ts"
import { AuditUnavailable } from "../AuditError.ts"
import type { AuditFilter } from "../AuditQuery.ts"
import type { SignedHead } from "../AuditSigner.ts"

export const unavailable = (error: SqlError) => new AuditUnavailable({ detail: error.message })

const like = (pattern: string) => pattern.replaceAll(/[\\%_]/g, "\\$&").replaceAll("*", "%")

const decodeEntry = Schema.decodeUnknownEffect(AuditEntry)

/** An entry as it was written, together with its place in the chain. */
export const toEntry = ({ entry, hash, previousHash }: AuditRow): Effect.Effect<AuditEntry, AuditUnavailable> =>
  Effect.suspend(() => {
    const text: unknown = Option.getOrUndefined(Option.liftThrowable(() => JSON.parse(entry))())
    return decodeEntry({ ...(typeof text === "object" ? text : {}), previousHash, hash })
  }).pipe(Effect.mapError(({ message }) => new AuditUnavailable({ detail: `an entry cannot be read: ${message}` })))

/** The statements of the trail. */
export const make = (sql: SqlClient.SqlClient) => {
  const where = (filter: AuditFilter) => [
    ...(filter.actor === undefined ? [] : [sql`(actor_id = ${filter.actor} OR actor_name = ${filter.actor})`]),
    ...(filter.action === undefined ? [] : [sql`action LIKE ${like(filter.action)}`]),
    ...(filter.targetKind === undefined ? [] : [sql`target_kind = ${filter.targetKind}`]),
    ...(filter.targetId === undefined ? [] : [sql`target_id = ${filter.targetId}`]),
    ...(filter.outcome === undefined ? [] : [sql`outcome = ${filter.outcome}`]),
    ...(filter.commandId === undefined ? [] : [sql`command_id = ${filter.commandId}`]),
    ...(filter.correlationId === undefined ? [] : [sql`correlation_id = ${filter.correlationId}`]),
    ...(filter.from === undefined ? [] : [sql`at >= ${DateTime.formatIso(filter.from)}`]),
    ...(filter.to === undefined ? [] : [sql`at < ${DateTime.formatIso(filter.to)}`])
  ]
  const columns = sql`seq::float8 AS seq, entry, previous_hash AS "previousHash", hash`

  return {
    head: Effect.map(
      sql<SignedHead>`SELECT seq::float8 AS seq, hash, key_id AS "keyId", signature FROM audit_head WHERE id = 1`,
      // The migration that makes the table puts the row there, and a trigger keeps it.
      ([head]) => head as SignedHead
    ),

    /** The rows and the new head in one statement, unless the head has moved on since it was read. */
    append: (head: SignedHead, rows: ReadonlyArray<AuditRow>, next: SignedHead) =>
      Effect.map(
        sql`
          WITH moved AS (
            UPDATE audit_head
            SET seq = ${next.seq}::bigint, hash = ${next.hash}, key_id = ${next.keyId}, signature = ${next.signature}
            WHERE id = 1 AND seq = ${head.seq}::bigint AND hash = ${head.hash}
            RETURNING id
          )
          INSERT INTO audit_entries (seq, entry, previous_hash, hash)
          SELECT rows.seq, rows.entry, rows."previousHash", rows.hash
          FROM moved, jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
            AS rows(seq bigint, entry text, "previousHash" text, hash text)
          RETURNING seq
        `,
        (written) => written.length > 0
      ),

    /** Signs the head as it is. */
    sign: ({ hash, keyId, seq, signature }: SignedHead) =>
      sql`
        UPDATE audit_head SET key_id = ${keyId}, signature = ${signature}
        WHERE id = 1 AND seq = ${seq}::bigint AND hash = ${hash}
      `,

    /** Signs the head when nobody has yet. */
    claim: ({ keyId, signature }: SignedHead) =>
      sql`UPDATE audit_head SET key_id = ${keyId}, signature = ${signature} WHERE id = 1 AND seq = 0 AND key_id = ''`,

    newest: (filter: AuditFilter, before: number | undefined, limit: number) =>
      sql<AuditRow>`
        SELECT ${columns} FROM audit_entries
        WHERE ${sql.and([sql`seq < ${before ?? Number.MAX_SAFE_INTEGER}::bigint`, ...where(filter)])}
        ORDER BY audit_entries.seq DESC LIMIT ${limit}
      `,

    oldest: (filter: AuditFilter, after: number, limit: number) =>
      sql<AuditRow>`
        SELECT ${columns} FROM audit_entries
        WHERE ${sql.and([sql`seq > ${after}::bigint`, ...where(filter)])}
        ORDER BY audit_entries.seq LIMIT ${limit}
      `
  }
}
export type AuditStore = ReturnType<typeof make>
