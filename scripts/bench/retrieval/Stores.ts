import { engineMigrations } from "@resync/rag-engine/store/EngineMigrations"
import * as Embedded from "@resync/store/Embedded"
import * as Migrations from "@resync/store/Migrations"
import * as Postgres from "@resync/store/Postgres"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"

const url = Redacted.make(process.env["DATABASE_URL"] ?? "postgresql://postgres@127.0.0.1:5432/postgres")

/** A schema of its own on the server, dropped at the end. */
const ofServer = Layer.unwrap(
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const name = `bench_${process.pid}`
    yield* Effect.acquireRelease(sql`CREATE SCHEMA ${sql(name)}`, () =>
      Effect.orDie(sql`DROP SCHEMA ${sql(name)} CASCADE`)
    )
    return Postgres.layer({ url, searchPath: `${name}, public` })
  })
).pipe(Layer.provide(Postgres.layer({ url, maxConnections: 1 })))

/** An empty store: the embedded one in memory, or one on a server. */
export const store = (postgres: boolean) => (postgres ? ofServer : Layer.fresh(Embedded.layerMemory))

/** The tables of the engine. */
export const layerTables = Layer.effectDiscard(Migrations.run(engineMigrations))
