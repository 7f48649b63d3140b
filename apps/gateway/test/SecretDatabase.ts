import * as Postgres from "@resync/store/Postgres"
import { Config, Context, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"

const server = Config.Redacted("TEST_DATABASE_URL").pipe(
  Config.withDefault(Redacted.make("postgresql://postgres@127.0.0.1:5432/postgres"))
)

/** A database of its own on the server of the tests, by a URL with a password in it. */
export const database = (password: string) =>
  Effect.gen(function* () {
    const url = new URL(Redacted.value(yield* server))
    const built = yield* Layer.build(Postgres.layer({ url: Redacted.make(url.href), maxConnections: 1 }))
    const sql = Context.get(built, SqlClient.SqlClient)
    const name = `resync_secrets_${process.pid}`
    yield* Effect.acquireRelease(sql`CREATE DATABASE ${sql(name)}`, () =>
      Effect.orDie(sql`DROP DATABASE ${sql(name)} WITH (FORCE)`)
    )
    url.pathname = `/${name}`
    // A server that trusts this machine takes any.
    if (url.password === "") url.password = password
    return { url: url.href, password: url.password }
  })
