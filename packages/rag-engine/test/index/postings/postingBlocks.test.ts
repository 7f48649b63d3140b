import { assert, describe, it } from "@effect/vitest"
import { encodePostings } from "@resync/rag-engine/index/postings/Posting"
import { engineMigrations } from "@resync/rag-engine/store/EngineMigrations"
import * as Migrations from "@resync/store/Migrations"
import * as TestStores from "@resync/store/testing/TestStores"
import { Deferred, Effect, Fiber } from "effect"
import { SqlClient } from "effect/sql"

const before = Object.fromEntries(
  Object.entries(engineMigrations.migrations).filter(([name]) => name < "0004_posting_blocks")
)

for (const { engine, layer, skip } of await TestStores.all()) {
  describe.skipIf(skip)(`The postings of an older version on ${engine}`, () => {
    it.effect("are taken over, 256 in a row", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* Migrations.run({ ...engineMigrations, migrations: before })
        const posting = (passage: number) => ({
          passage,
          body: passage % 5,
          title: passage === 7 ? 300 : 0,
          heading: passage % 2,
          length: 100 + passage
        })
        const terms = new Map([
          [1, Array.from({ length: 600 }, (_, i) => posting(i + 1))],
          [2, [posting(3), posting(599)]]
        ])
        for (const [term, postings] of terms) {
          const lists = new Map<number, typeof postings>()
          for (const one of postings) {
            const block = Math.floor(one.passage / 128)
            lists.set(block, [...(lists.get(block) ?? []), one])
          }
          for (const [block, list] of lists) {
            yield* sql`
              INSERT INTO rag_posting (term, block, passages, body, title, heading, length) VALUES (
                ${term}, ${block}, ${list.map(({ passage }) => passage)}::int[], ${list.map(({ body }) => body)}::int[],
                ${list.map(({ title }) => title)}::int[], ${list.map(({ heading }) => heading)}::int[],
                ${list.map(({ length }) => length)}::int[]
              )
            `
          }
        }
        yield* Migrations.run(engineMigrations)
        const rows = yield* sql<{ term: number; first_passage: number; postings: Uint8Array }>`
          SELECT term, first_passage, postings FROM rag_posting_block ORDER BY term, first_passage
        `
        const expected = (term: number, from: number, to: number) => ({
          term,
          first_passage: terms.get(term)?.[from]?.passage,
          postings: encodePostings((terms.get(term) ?? []).slice(from, to))
        })
        assert.deepStrictEqual<ReadonlyArray<unknown>>(rows, [
          expected(1, 0, 256),
          expected(1, 256, 512),
          expected(1, 512, 600),
          expected(2, 0, 2)
        ])
      }).pipe(Effect.provide(layer))
    )

    it.effect.skipIf(engine === "embedded")("are all taken over, while a process of before still writes", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* Migrations.run({ ...engineMigrations, migrations: before })
        const written = yield* Deferred.make<void>()
        const end = yield* Deferred.make<void>()
        const writing = yield* sql`
          INSERT INTO rag_posting (term, block, passages, body, title, heading, length)
          VALUES (1, 0, '{1}', '{1}', '{0}', '{0}', '{10}')
        `.pipe(
          Effect.andThen(Deferred.succeed(written, undefined)),
          Effect.andThen(Deferred.await(end)),
          sql.withTransaction,
          Effect.forkChild
        )
        yield* Deferred.await(written)
        const migrating = yield* Effect.forkChild(Migrations.run(engineMigrations))
        const waits = sql`
          SELECT FROM pg_locks WHERE NOT granted AND relation = to_regclass('rag_posting')
        `
        yield* Effect.repeat(waits, { until: (rows) => rows.length > 0 })
        yield* Deferred.succeed(end, undefined)
        yield* Fiber.join(writing)
        yield* Fiber.join(migrating)
        const rows = yield* sql`SELECT term, first_passage FROM rag_posting_block`
        assert.deepStrictEqual<ReadonlyArray<unknown>>(rows, [{ term: 1, first_passage: 1 }])
      }).pipe(Effect.provide(layer))
    )
  })
}
