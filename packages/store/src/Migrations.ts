import { Effect, Layer } from "effect"
import { Migrator, SqlClient } from "effect/sql"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import * as Vector from "./internal/Vector.ts"
import { MigrationFailed, StoreError } from "./StoreError.ts"

/** The migrations of one package. They never change once released; new ones are added at the end. */
export interface MigrationSet {
  /** Whose they are: `rag_engine`. Names the table that remembers which of them have run. */
  readonly owner: string
  /** By number and name, `0001_documents`, each run once, in order, all of a start in one transaction. */
  readonly migrations: Readonly<Record<string, Effect.Effect<unknown, SqlError, SqlClient.SqlClient>>>
}

const failed = (owner: string, cause: unknown, detail: string) =>
  new StoreError({ reason: new MigrationFailed({ owner, detail, cause }) })

/**
 * Brings the tables of a package up to date. Processes that start at once wait for each other, and one that fails leaves
 * everything as it was.
 */
export const run = Effect.fn("Migrations.run")(function* ({ migrations, owner }: MigrationSet) {
  const sql = yield* SqlClient.SqlClient
  const migrate = Migrator.make({})({
    loader: Migrator.fromRecord(
      Object.fromEntries(Object.entries(migrations).map(([name, migration]) => [name, Effect.asVoid(migration)]))
    ),
    table: `${owner}_migrations`
  })
  yield* sql`SELECT pg_advisory_xact_lock(hashtext('resync:migrations:' || current_schema()))`.pipe(
    Effect.andThen(migrate),
    sql.withTransaction,
    Effect.catchTags({
      SqlError: (error) => failed(owner, error, Vector.detailOf(error)),
      MigrationError: (error) =>
        failed(
          owner,
          error.cause,
          isSqlError(error.cause) ? `${error.message}: ${Vector.detailOf(error.cause)}` : error.message
        )
    })
  )
})

/**
 * The tables of a package, there before whatever is built on this layer:
 *
 * ```ts
 * const migrated = Migrations.layer({ owner: "rag_engine", migrations: { "0001_documents": documents } })
 * ```
 */
export const layer = (set: MigrationSet): Layer.Layer<never, StoreError, SqlClient.SqlClient> =>
  Layer.effectDiscard(run(set))
