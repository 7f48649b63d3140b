import { assert, describe, it } from "@effect/vitest"
import { Embedder, type Given } from "@resync/rag-engine/index/Embedder"
import { EmbedderUnavailable } from "@resync/rag-engine/index/EmbedderUnavailable"
import { PassageIndex } from "@resync/rag-engine/index/PassageIndex"
import { makeQueryVectors } from "@resync/rag-engine/index/spaces/QueryVectors"
import { refitDue } from "@resync/rag-engine/index/spaces/refitDue"
import { engineMigrations } from "@resync/rag-engine/store/EngineMigrations"
import * as Migrations from "@resync/store/Migrations"
import * as TestStores from "@resync/store/testing/TestStores"
import { Effect, Fiber, Layer, Option } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { put } from "./Library.ts"

/** A model that counts letters, and the texts it was asked for. */
const letters = (name: string, asked: Array<string> = []): Given => ({
  _tag: "Given",
  name,
  batchSize: 2,
  embed: (texts) =>
    Effect.sync(() => {
      asked.push(...texts)
      return texts.map((text) =>
        Array.from("abcdefghijklmnopqrstuvwxyz", (letter) => 1 + text.toLowerCase().split(letter).length)
      )
    })
})

const down: Given = {
  _tag: "Given",
  name: "model:down",
  batchSize: 2,
  embed: () => Effect.fail(new EmbedderUnavailable({ embedder: "model:down", detail: "refused", transient: true }))
}

/** An index over the tables that are there. */
const indexWith = (embedder: Layer.Layer<Embedder>, refit = {}) =>
  Layer.fresh(PassageIndex.layer({ refit })).pipe(Layer.provide(embedder))
const given = (embedder: Given) => indexWith(Layer.succeed(Embedder, embedder))

const text = (n: number) =>
  `# Note ${n}\n\nGauge number ${n} of hall ${n % 7} is ${["cobalt", "crimson", "amber"][n % 3]}.`
const fill = (from: number, to: number) =>
  Effect.forEach(
    Array.from({ length: to - from }, (_, i) => from + i),
    (n) => put(n, text(n)),
    { discard: true }
  )

describe("refitDue", () => {
  const since = { fittedPassages: 100, passages: 120, folded: 20, known: 1 }
  it("is due on growth, on shrinking and on drift, and not before", () => {
    assert.isFalse(refitDue(since))
    assert.isTrue(refitDue({ ...since, passages: 151 }))
    assert.isTrue(refitDue({ ...since, passages: 40 }))
    assert.isFalse(refitDue({ ...since, fittedPassages: 10, passages: 40 }), "few passages make no difference")
    assert.isTrue(refitDue({ ...since, folded: 60, known: 0.5 }))
    assert.isFalse(refitDue({ ...since, folded: 30, known: 0 }))
  })
})

for (const { engine, layer: store, skip } of await TestStores.all()) {
  const tables = Layer.effectDiscard(Migrations.run(engineMigrations)).pipe(Layer.provideMerge(store))
  describe.skipIf(skip)(`spaces on ${engine}`, () => {
    it.effect("are read in a transaction without waiting for who waits for its connection", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* fill(1, 9)
        yield* (yield* PassageIndex).maintain
        const [live] = yield* sql<{ readonly id: number }>`SELECT id FROM rag_space WHERE state = 'live'`
        const id = live?.id ?? 0
        const vectors = yield* makeQueryVectors(yield* Embedder)
        const outside = yield* Effect.context<never>()
        const [within, reader] = yield* sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`SELECT 1`
            // A search that comes in meanwhile. The embedded database has one connection, which is this transaction's.
            const reader = Effect.runForkWith(outside)(vectors.space(id))
            yield* Effect.yieldNow
            return [yield* vectors.spaceInTransaction(id), reader] as const
          })
        )
        const read = yield* Fiber.join(reader)
        assert.deepStrictEqual(
          Option.map(within, (space) => space.id),
          Option.some(id)
        )
        assert.deepStrictEqual(
          Option.map(read, (space) => space.id),
          Option.some(id)
        )
        assert.isTrue(Option.isSome(yield* sql.withTransaction(vectors.spaceInTransaction(id))), "and once it is kept")
      }).pipe(
        Effect.provide(
          Layer.provideMerge(
            given(letters("model:letters")),
            Layer.merge(tables, Layer.succeed(Embedder, letters("model:letters")))
          )
        )
      )
    )

    it.effect("are fitted anew when the collection has grown, and the old one is dropped in time", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const index = yield* PassageIndex
        yield* fill(1, 9)
        assert.isFalse((yield* index.search({ query: "cobalt" })).vectors)
        yield* index.maintain
        const first = (yield* index.status).space
        assert.deepInclude(first, { passages: 8, fittedPassages: 8 })
        yield* fill(9, 12)
        yield* index.maintain
        const same = (yield* index.status).space
        assert.deepInclude(same, { passages: 11, fittedPassages: 8 })
        assert.strictEqual(same?.id, first?.id)
        yield* fill(12, 20)
        yield* index.maintain
        const second = (yield* index.status).space
        assert.notStrictEqual(second?.id, first?.id)
        assert.deepInclude(second, { passages: 19, fittedPassages: 19 })
        const tables = sql<{ readonly n: number }>`
          SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'rag_vectors_%'`
        assert.strictEqual((yield* tables)[0]?.n, 2, "a search may still read the old one")
        yield* TestClock.adjust("2 minutes")
        yield* index.maintain
        assert.strictEqual((yield* tables)[0]?.n, 1)
        assert.isTrue((yield* index.search({ query: "cobalt" })).vectors)
      }).pipe(Effect.provide(indexWith(Embedder.layerLsa(), { atLeast: 5 }).pipe(Layer.provideMerge(tables))))
    )

    it.effect("change with the embedder: the new one is built beside the old one, which is searched until then", () =>
      Effect.gen(function* () {
        yield* Effect.gen(function* () {
          yield* fill(1, 7)
          yield* (yield* PassageIndex).maintain
        }).pipe(Effect.provide(indexWith(Embedder.layerLsa())))
        yield* Effect.gen(function* () {
          const index = yield* PassageIndex
          const before = yield* index.search({ query: "cobalt gauge", mode: "vector" })
          assert.isTrue(before.vectors, "the fitted space needs no embedder to be searched")
          yield* put(7, text(7))
          yield* index.maintain
          const { building, embedder, space } = yield* index.status
          assert.deepInclude(space, { embedder: "model:a", dimensions: 26, passages: 7 })
          assert.strictEqual(embedder, "model:a")
          assert.isNull(building)
          assert.isTrue((yield* index.search({ query: "cobalt gauge", mode: "vector" })).vectors)
        }).pipe(Effect.provide(given(letters("model:a"))))
        yield* Effect.gen(function* () {
          const index = yield* PassageIndex
          const between = yield* index.search({ query: "cobalt gauge" })
          assert.isFalse(between.vectors, "questions to the vectors of another model would be nonsense")
          assert.isAbove(between.hits.length, 0)
          yield* index.maintain
          assert.strictEqual((yield* index.status).space?.embedder, "model:b")
        }).pipe(Effect.provide(given(letters("model:b"))))
      }).pipe(Effect.provide(tables))
    )

    it.effect("have words embedded once, whatever documents they stand in", () => {
      const asked: Array<string> = []
      return Effect.gen(function* () {
        const index = yield* PassageIndex
        yield* fill(1, 6)
        yield* index.maintain
        const first = asked.length
        // One is the sample that tells how long vectors are.
        assert.strictEqual(first, 6)
        yield* put(1, text(1))
        yield* put(9, text(1))
        yield* index.maintain
        assert.strictEqual(asked.length, first)
        yield* put(2, text(30))
        assert.strictEqual(asked.length, first + 1)
        assert.deepInclude((yield* index.status).space, { passages: 6 })
        yield* index.search({ query: "cobalt" })
        yield* index.search({ query: "cobalt" })
        assert.strictEqual(asked.length, first + 2)
      }).pipe(Effect.provide(given(letters("model:a", asked)).pipe(Layer.provideMerge(tables))))
    })

    it.effect("say what is wrong when the embedder is away, and search goes on by words", () =>
      Effect.gen(function* () {
        yield* Effect.gen(function* () {
          yield* fill(1, 5)
          yield* (yield* PassageIndex).maintain
        }).pipe(Effect.provide(given(letters("model:down"))))
        yield* Effect.gen(function* () {
          const index = yield* PassageIndex
          const error = yield* Effect.flip(put(6, text(6)))
          assert.strictEqual(error._tag, "EmbedderUnavailable")
          const { hits, vectors } = yield* index.search({ query: "crimson gauge" })
          assert.isFalse(vectors)
          assert.isAbove(hits.length, 0)
        }).pipe(Effect.provide(given(down)))
        yield* Effect.gen(function* () {
          const index = yield* PassageIndex
          assert.strictEqual((yield* Effect.flip(index.maintain))._tag, "EmbedderUnavailable")
          const { building, failure, space } = yield* index.status
          assert.match(failure ?? "", /model:away/)
          assert.isNull(building)
          assert.strictEqual(space?.embedder, "model:down", "the vectors that are there stay")
        }).pipe(
          Effect.provide(
            given({
              ...down,
              name: "model:away",
              embed: () =>
                Effect.fail(new EmbedderUnavailable({ embedder: "model:away", detail: "refused", transient: true }))
            })
          )
        )
      }).pipe(Effect.provide(tables))
    )

    it.effect("take over a building that was abandoned, and leave one that is under way", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const index = yield* PassageIndex
        yield* fill(1, 4)
        yield* sql`
          INSERT INTO rag_space (embedder, dimensions, state, fitted_passages, builder, created_at, touched_at)
          VALUES ('lsa:160', 0, 'building', 0, 'another process', ${new Date(0)}, ${new Date(0)})
        `
        yield* index.maintain
        assert.isNull((yield* index.status).space)
        yield* TestClock.adjust("3 minutes")
        yield* index.maintain
        assert.deepInclude((yield* index.status).space, { passages: 3 })
      }).pipe(Effect.provide(indexWith(Embedder.layerLsa()).pipe(Layer.provideMerge(tables))))
    )
  })
}
