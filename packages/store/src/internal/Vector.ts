import { Effect, Option, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import { StoreError, VectorMissing } from "../StoreError.ts"

/** Filtered vector search needs the iterative scans of this version. */
export const needed = "0.8"

const Extension = Schema.Struct({
  installed: Schema.NullOr(Schema.String),
  available: Schema.NullOr(Schema.String)
})

const isEnough = (version: string) => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > 0 || minor >= 8
}

/** Adds pgvector to the database, and fails when it is missing there or too old. */
export const ensure = Effect.fnUntraced(
  function* (sql: SqlClient.SqlClient, server: string) {
    const missing = (found: string | null, detail?: string) =>
      new StoreError({
        reason: new VectorMissing({
          server,
          needed,
          ...(found === null ? {} : { found }),
          ...(detail === undefined ? {} : { detail })
        })
      })
    // Two that add it at once would clash.
    yield* sql`SELECT pg_advisory_xact_lock(hashtext('resync:vector'))`
    const [row] = yield* sql`
      SELECT (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS installed,
        (SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS available
    `
    const { available, installed } = yield* Effect.orDie(Schema.decodeUnknownEffect(Extension)(row))
    if (installed !== null) {
      if (!isEnough(installed)) return yield* missing(installed, "ALTER EXTENSION vector UPDATE brings a newer one")
      return
    }
    if (available === null) return yield* missing(null, "it is not installed on the machine of the server")
    if (!isEnough(available)) return yield* missing(available)
    yield* sql`CREATE EXTENSION IF NOT EXISTS vector`.pipe(
      Effect.catchTag("SqlError", (error) => missing(null, detailOf(error)))
    )
  },
  (effect, sql) => sql.withTransaction(effect)
)

/** What PostgreSQL said, rather than what the client calls it. */
export const detailOf = (error: SqlError): string => {
  const { cause, message } = error.reason
  return Option.match(Schema.decodeUnknownOption(Schema.Struct({ message: Schema.String }))(cause), {
    onNone: () => message ?? error.message,
    onSome: (said) => said.message
  })
}
