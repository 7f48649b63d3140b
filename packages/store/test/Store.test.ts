import { assert, describe, it } from "@effect/vitest"
import { Store } from "@resync/store/Store"
import * as TestStores from "@resync/store/testing/TestStores"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"

for (const { engine, layer, skip } of await TestStores.all()) {
  describe.skipIf(skip)(`Store on ${engine}`, () => {
    it.effect("tells what it is and how it is", () =>
      Effect.gen(function* () {
        const health = yield* (yield* Store).health
        assert.strictEqual(health.engine, engine)
        assert.match(health.version, /^\d+/)
        assert.match(health.vectorVersion, /^0\.([89]|\d\d)|^[1-9]/)
        assert.isAbove(health.sizeBytes, 1_000_000)
      }).pipe(Effect.provide(layer))
    )

    it.effect("takes vectors, arrays and documents, and orders by distance", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TABLE item (id int PRIMARY KEY, tags text[], meta jsonb, place vector(3))`
        yield* sql`INSERT INTO item ${sql.insert([
          { id: 1, tags: ["a", "b"], meta: JSON.stringify({ page: 1 }), place: "[1,0,0]" },
          { id: 2, tags: [], meta: JSON.stringify({ page: 2 }), place: "[0,1,0]" }
        ])}`
        yield* sql`CREATE INDEX ON item USING hnsw (place vector_cosine_ops)`
        const nearest = yield* sql`SELECT id, tags, meta, place::text FROM item ORDER BY place <=> ${"[0,2,0]"} LIMIT 1`
        assert.deepStrictEqual(nearest, [{ id: 2, tags: [], meta: { page: 2 }, place: "[0,1,0]" }])
        assert.deepStrictEqual(yield* sql`SELECT id FROM item WHERE ${"b"} = ANY(tags)`, [{ id: 1 }])
      }).pipe(Effect.provide(layer))
    )

    it.effect("is empty for each that builds it", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const [row] = yield* sql`SELECT to_regclass('item')::text AS item, current_schema() AS schema`
        assert.isNull(row?.["item"])
        assert.match(String(row?.["schema"]), /^test_/)
      }).pipe(Effect.provide(layer))
    )

    it.effect("fails a statement with what PostgreSQL says, and goes on", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TABLE one (id int PRIMARY KEY)`
        yield* sql`INSERT INTO one VALUES (1)`
        const clash = yield* Effect.flip(sql`INSERT INTO one VALUES (1)`)
        assert.strictEqual(clash.reason._tag, "UniqueViolation")
        const unknown = yield* Effect.flip(sql`SELECT * FROM nowhere`)
        assert.strictEqual(unknown.reason._tag, "SqlSyntaxError")
        assert.deepStrictEqual(yield* sql`SELECT id FROM one`, [{ id: 1 }])
      }).pipe(Effect.provide(layer))
    )

    it.effect("shows nothing of a transaction before it ends, and queries beside it end too", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TABLE entry (id int)`
        const written = yield* Deferred.make<void>()
        const go = yield* Deferred.make<void>()
        const transaction = yield* Effect.gen(function* () {
          yield* sql`INSERT INTO entry VALUES (1)`
          yield* Deferred.succeed(written, undefined)
          yield* Deferred.await(go)
          yield* sql`INSERT INTO entry VALUES (2)`
        }).pipe(sql.withTransaction, Effect.forkChild)
        yield* Deferred.await(written)
        // On the embedded store these wait for the transaction, on a server they run beside it.
        const beside = yield* Effect.forkChild(sql`SELECT count(*)::int AS n FROM entry`)
        yield* Deferred.succeed(go, undefined)
        yield* Fiber.join(transaction)
        const seen = (yield* Fiber.join(beside))[0]?.["n"]
        assert.notStrictEqual(seen, 1)
        assert.deepStrictEqual(yield* sql`SELECT count(*)::int AS n FROM entry`, [{ n: 2 }])
      }).pipe(Effect.provide(layer))
    )

    it.effect("rolls back a transaction that fails, and one that is interrupted", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TABLE entry (id int)`
        yield* sql`INSERT INTO entry VALUES (1)`.pipe(
          Effect.andThen(Effect.fail("no")),
          sql.withTransaction,
          Effect.flip
        )
        const written = yield* Deferred.make<void>()
        const fiber = yield* sql`INSERT INTO entry VALUES (2)`.pipe(
          Effect.andThen(Deferred.succeed(written, undefined)),
          Effect.andThen(Effect.never),
          sql.withTransaction,
          Effect.forkChild
        )
        yield* Deferred.await(written)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* sql`SELECT count(*)::int AS n FROM entry`, [{ n: 0 }])
      }).pipe(Effect.provide(layer))
    )

    it.effect("keeps a transaction whole while another store is opened", () =>
      Effect.gen(function* () {
        const other = yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* sql`CREATE TABLE entry (id int)`
          const opening = yield* Effect.gen(function* () {
            yield* sql`INSERT INTO entry VALUES (1)`
            const opening = yield* Effect.forkDetach(
              Effect.provide(
                SqlClient.SqlClient.use((other) => other`SELECT to_regclass('entry')::text AS entry`),
                Layer.fresh(layer)
              ),
              { startImmediately: true }
            )
            // Long enough for it to be there, were it not made to wait.
            for (let i = 0; i < 50; i++) yield* sql`SELECT ${i}::int`
            yield* sql`INSERT INTO entry VALUES (2)`
            return opening
          }).pipe(sql.withTransaction)
          assert.deepStrictEqual(yield* sql`SELECT id FROM entry ORDER BY id`, [{ id: 1 }, { id: 2 }])
          return opening
        }).pipe(Effect.provide(layer))
        assert.deepStrictEqual(yield* Fiber.join(other), [{ entry: null }])
      })
    )

    it.effect("answers fifty at once, whatever the number of connections", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const answers = yield* Effect.forEach(
          Array.from({ length: 50 }, (_, i) => i),
          (i) => sql.withTransaction(sql<{ readonly i: number }>`SELECT ${i}::int AS i`),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          answers.map(([row]) => row?.i),
          Array.from({ length: 50 }, (_, i) => i)
        )
      }).pipe(Effect.provide(layer))
    )

    it.effect("carries a megabyte both ways", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const text = "ação ".repeat(200_000)
        const [row] = yield* sql`SELECT ${text}::text AS text, length(${text}::text) AS length`
        assert.strictEqual(row?.["length"], text.length)
        assert.strictEqual(row?.["text"], text)
      }).pipe(Effect.provide(layer))
    )

    it.effect("analyzes named tables and all", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const store = yield* Store
        yield* sql`CREATE TABLE entry AS SELECT g FROM generate_series(1, 500) g`
        yield* store.analyze("entry")
        const [row] = yield* sql`SELECT reltuples::int AS n FROM pg_class WHERE oid = to_regclass('entry')`
        assert.strictEqual(row?.["n"], 500)
      }).pipe(Effect.provide(layer))
    )
  })
}
