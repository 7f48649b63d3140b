import { Context, DateTime, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"

export const StoreEngine = Schema.Literals(["embedded", "postgres"])
export type StoreEngine = typeof StoreEngine.Type

/** How the store was when it was asked. */
export class StoreHealth extends Schema.Class<StoreHealth>("@resync/store/StoreHealth")({
  engine: StoreEngine,
  /** The data directory, or host, port and database of the server. */
  location: Schema.String,
  /** PostgreSQL's version and that of pgvector. */
  version: Schema.String,
  vectorVersion: Schema.String,
  /** What the database takes on the disk, in bytes. */
  sizeBytes: Schema.Int,
  /** How long the question took, waiting for a connection included. */
  latency: Schema.DurationFromMillis,
  checkedAt: Schema.DateTimeUtcFromString
}) {}

/**
 * What is known about the store beside its `SqlClient`, which every layer of a store provides with it.
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const sql = yield* SqlClient.SqlClient
 *   return yield* sql`SELECT 1 AS one`
 * }).pipe(Effect.provide(Embedded.layer({ dataDir: ".resync" })))
 * ```
 */
export class Store extends Context.Service<
  Store,
  {
    readonly engine: StoreEngine
    readonly location: string
    /** Asks the database. Waits its turn among the queries: give it a time limit. */
    readonly health: Effect.Effect<StoreHealth, SqlError>
    /**
     * Brings the planner's statistics up to date, of the named tables or of all. To be called after much was written,
     * since the embedded database has no process that would do it by itself.
     */
    analyze(...tables: ReadonlyArray<string>): Effect.Effect<void, SqlError>
  }
>()("@resync/store/Store") {}

/** What the service needs to be told. */
export interface StoreFacts {
  readonly engine: StoreEngine
  readonly location: string
}

const Row = Schema.Struct({ version: Schema.String, vector: Schema.String, size: Schema.Number })

/** The service over any client of PostgreSQL that has pgvector. */
export const make = (facts: StoreFacts, sql: SqlClient.SqlClient): Store["Service"] => ({
  ...facts,
  health: sql`
    SELECT current_setting('server_version') AS version,
      (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS vector,
      pg_database_size(current_database())::float8 AS size
  `.pipe(
    Effect.flatMap(([row]) => Effect.orDie(Schema.decodeUnknownEffect(Row)(row))),
    Effect.timed,
    Effect.flatMap(([latency, { size, vector, version }]) =>
      Effect.map(
        DateTime.now,
        (checkedAt) =>
          new StoreHealth({ ...facts, version, vectorVersion: vector, sizeBytes: size, latency, checkedAt })
      )
    )
  ),
  analyze: Effect.fn("Store.analyze")((...tables: ReadonlyArray<string>) =>
    Effect.asVoid(
      tables.length === 0 ? sql`ANALYZE` : sql`ANALYZE ${sql.csv(tables.map((table) => sql`${sql(table)}`))}`
    )
  )
})

/** What a layer of a store provides. */
export const context = (facts: StoreFacts, sql: SqlClient.SqlClient) =>
  Context.make(SqlClient.SqlClient, sql).pipe(Context.add(Store, make(facts, sql)))
