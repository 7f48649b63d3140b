import { assert, describe, it } from "@effect/vitest"
import { PassageIndex } from "@resync/rag-engine/index/PassageIndex"
import * as TestStores from "@resync/store/testing/TestStores"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { documentId, layerLsa, put, putCorpus } from "./Library.ts"

for (const { engine, layer: store, skip } of await TestStores.all()) {
  const layer = Layer.provideMerge(layerLsa, store)
  describe.skipIf(skip)(`PassageIndex on ${engine}`, () => {
    it.effect("finds the passages of a message id first, of all that speak of it", () =>
      Effect.gen(function* () {
        const documents = yield* putCorpus
        const index = yield* PassageIndex
        yield* index.maintain
        const { hits, queryClass, vectors } = yield* index.search({ query: "what does AWSBHT001E mean", explain: true })
        assert.strictEqual(queryClass, "exact")
        assert.isTrue(vectors)
        assert.strictEqual(hits[0]?.documentId, documents.get("message-ids.md"))
        assert.match(hits[0]?.headings.at(-1) ?? "", /^AWSBHT001E/)
        const holding = hits.map(({ headings, text }) => /AWSBHT001E/.test([...headings, text].join(" ")))
        assert.isTrue(holding[0])
        assert.isFalse(holding.slice(holding.indexOf(false)).includes(true), "no passage without the id stands between")
        assert.isTrue(hits[0]?.explanation?.exact)
      }).pipe(Effect.provide(layer))
    )

    it.effect("finds by words, by meaning and in Portuguese", () =>
      Effect.gen(function* () {
        const documents = yield* putCorpus
        const index = yield* PassageIndex
        yield* index.maintain
        const first = Effect.fnUntraced(function* (query: string) {
          const { hits } = yield* index.search({ query, limit: 3 })
          return hits.map(({ documentId, headings }) => [documentId, headings.at(-1)])
        })
        assert.deepStrictEqual((yield* first("why is a job in READY with limit 0"))[0], [
          documents.get("job-states.md"),
          "A job stays in READY and the limit is 0"
        ])
        assert.include(
          (yield* first("por que o trabalho não executa na estação com limite 0")).map(([, heading]) => heading),
          "A job stays in READY and the limit is 0"
        )
      }).pipe(Effect.provide(layer))
    )

    it.effect("shows a new version of a document in one step, and keeps what did not change", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const index = yield* PassageIndex
        const text = (second: string) => `# Runbook\n\n## First\n\nThe gauge is cobalt.\n\n## Second\n\n${second}\n`
        yield* put(1, text("The lever is crimson."))
        yield* put(2, "# Other\n\nNothing of the kind.")
        yield* index.maintain
        const keys = sql<{ readonly id: string; readonly key: number }>`SELECT id, key FROM rag_passage ORDER BY key`
        const before = yield* keys
        yield* put(1, text("The lever is scarlet."))
        const after = yield* keys
        assert.strictEqual(after.filter(({ key }) => before.some((old) => old.key === key)).length, 2)
        assert.strictEqual((yield* index.search({ query: "scarlet" })).hits.length > 0, true)
        const old = yield* index.search({ query: "crimson", mode: "lexical" })
        assert.deepStrictEqual(old.hits, [])
        const [counts] = yield* sql`SELECT
          (SELECT sum(octet_length(postings) / 10)::int FROM rag_posting_block) AS postings,
          (SELECT sum(cardinality(terms))::int FROM rag_passage) AS terms,
          (SELECT sum(passages)::int FROM rag_term) AS counted,
          (SELECT sum(length)::int FROM rag_passage) AS length,
          (SELECT length::int FROM rag_index) AS indexed,
          (SELECT passages FROM rag_index) AS passages`
        assert.strictEqual(counts?.["postings"], counts?.["terms"])
        assert.strictEqual(counts?.["counted"], counts?.["terms"])
        assert.strictEqual(counts?.["indexed"], counts?.["length"])
        assert.strictEqual(counts?.["passages"], 3)
      }).pipe(Effect.provide(layer))
    )

    it.effect("leaves nothing of a document that is removed", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const index = yield* PassageIndex
        yield* put(1, "# One\n\nThe gauge is cobalt.")
        yield* index.maintain
        yield* sql.withTransaction(
          Effect.andThen(index.remove(documentId(1)), sql`DELETE FROM rag_document WHERE id = ${documentId(1)}`)
        )
        assert.deepStrictEqual((yield* index.search({ query: "cobalt gauge" })).hits, [])
        const status = yield* index.status
        assert.deepInclude(status, { documents: 0, passages: 0, terms: 0 })
        assert.strictEqual(status.space?.passages, 0)
        assert.deepStrictEqual(yield* sql`SELECT * FROM rag_posting_block`, [])
      }).pipe(Effect.provide(layer))
    )
  })
}
