import { assert, describe, it } from "@effect/vitest"
import * as Migrations from "@resync/store/Migrations"
import * as TestStores from "@resync/store/testing/TestStores"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const statement = (text: string) => SqlClient.SqlClient.use((sql) => sql.unsafe(text))

const first = { "0001_a": statement("CREATE TABLE a (id int)") }
const both = { ...first, "0002_b": statement("INSERT INTO a VALUES (1)") }

for (const { engine, layer, skip } of await TestStores.all()) {
  describe.skipIf(skip)(`Migrations on ${engine}`, () => {
    it.effect("run once, in order, and only what is new", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* Migrations.run({ owner: "one", migrations: first })
        yield* Migrations.run({ owner: "one", migrations: both })
        yield* Migrations.run({ owner: "one", migrations: both })
        assert.deepStrictEqual(yield* sql`SELECT id FROM a`, [{ id: 1 }])
      }).pipe(Effect.provide(layer))
    )

    it.effect("of several owners do not know each other", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* Migrations.run({ owner: "one", migrations: both })
        yield* Migrations.run({ owner: "two", migrations: { "0001_c": statement("CREATE TABLE c (id int)") } })
        assert.deepStrictEqual(yield* sql`SELECT count(*)::int AS n FROM c`, [{ n: 0 }])
      }).pipe(Effect.provide(layer))
    )

    it.effect("that start together happen once", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const start = Migrations.run({ owner: "one", migrations: both })
        yield* Effect.all([start, start, start, start], { concurrency: "unbounded" })
        assert.deepStrictEqual(yield* sql`SELECT id FROM a`, [{ id: 1 }])
      }).pipe(Effect.provide(layer))
    )

    it.effect("that fail leave nothing and say which", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const migrations = { ...first, "0002_broken": statement("CREATE TABLE b (id nonsense)") }
        const { reason } = yield* Effect.flip(Migrations.run({ owner: "one", migrations }))
        assert.strictEqual(reason._tag, "MigrationFailed")
        assert.match(reason.message, /of one failed: .*2_broken.*"nonsense" does not exist/)
        const [row] = yield* sql`SELECT to_regclass('a')::text AS a`
        assert.isNull(row?.["a"])
        yield* Migrations.run({ owner: "one", migrations: both })
        assert.deepStrictEqual(yield* sql`SELECT id FROM a`, [{ id: 1 }])
      }).pipe(Effect.provide(layer))
    )
  })
}
