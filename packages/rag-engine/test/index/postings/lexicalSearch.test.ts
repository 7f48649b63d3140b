import { assert, describe, it } from "@effect/vitest"
import { fieldTerm } from "@resync/rag-engine/index/fields/fieldTerm"
import { PassageIndex } from "@resync/rag-engine/index/PassageIndex"
import type { PreparedPassage } from "@resync/rag-engine/index/PreparedPassages"
import { bm25 } from "@resync/rag-engine/index/query/Bm25"
import type { QueryTerm } from "@resync/rag-engine/index/query/IndexedQuery"
import { knownTerms } from "@resync/rag-engine/index/query/IndexFacts"
import { batchesOf, lexicalSearch } from "@resync/rag-engine/index/query/lexicalSearch"
import * as TestStores from "@resync/store/testing/TestStores"
import { Effect, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { documentId, layerLsa, put } from "../Library.ts"

/** The same numbers each time. */
const numbers = (seed: number) => {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const vocabulary = [..."bcdfgklmnprtvz"].flatMap((a) => ["ab", "ok", "um"].map((b) => `${a}${b}x`))

/** A word, the first ones more often than those after them. */
const word = (random: (below: number) => number) => vocabulary[random(random(vocabulary.length) + 1)] ?? ""

const words = (random: (below: number) => number, count: number) =>
  Array.from({ length: count }, () => word(random)).join(" ")

/** A document of many short passages, each with an id under its heading. */
const text = (random: (below: number) => number, sections: number) =>
  `# ${words(random, 2)}\n\n${Array.from(
    { length: sections },
    (_, i) => `## ${words(random, 1)} AWSABC${String(i % 7).padStart(3, "0")}E ${i}\n\n${words(random, 4)} ${i}.`
  ).join("\n\n")}`

/** BM25 passage by passage, as the formula has it. */
const reference = (
  passages: ReadonlyMap<number, PreparedPassage>,
  terms: ReadonlyArray<QueryTerm>,
  averageLength: number
) =>
  [...passages]
    .flatMap(([passage, { counts, length }]) => {
      const having = terms.filter((term) => counts.has(term.text))
      if (having.length === 0) return []
      const score = having.reduce((sum, { inTitles, text, weight }) => {
        const { body, heading, title } = counts.get(text) ?? { body: 0, heading: 0, title: 0 }
        const often =
          body / (1 - bm25.b + (bm25.b * length) / averageLength) +
          inTitles * (bm25.title * title + bm25.heading * heading)
        return sum + (weight * (bm25.k1 + 1) * often) / (often + bm25.k1)
      }, 0)
      return [{ passage, score, exact: having.filter(({ exact }) => exact).length }]
    })
    .toSorted((a, b) => b.exact - a.exact || b.score - a.score || a.passage - b.passage)

const term = (id: number, passages: number): QueryTerm => ({
  id,
  text: String(id),
  passages,
  weight: 1,
  inTitles: 1,
  exact: false
})

describe("lexicalSearch", () => {
  it("reads terms together as long as they have no more postings than are read at once", () => {
    const terms = [term(1, 60), term(2, 40), term(3, 1), term(4, 500), term(5, 100)]
    assert.deepStrictEqual(
      batchesOf(terms, 100).map((batch) => batch.map(({ id }) => id)),
      [[1, 2], [3], [4], [5]]
    )
    assert.deepStrictEqual(batchesOf([], 100), [])
  })
})

for (const { engine, layer: store, skip } of await TestStores.all()) {
  const layer = Layer.provideMerge(layerLsa, store)
  describe.skipIf(skip)(`lexicalSearch on ${engine}`, () => {
    it.effect(
      "finds what going through all passages finds, whatever was added, changed and removed",
      () =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const index = yield* PassageIndex
          const random = numbers(7)
          const documents = new Map<number, ReadonlyArray<PreparedPassage>>()
          const averageLength = 5
          for (let step = 0; step < 24; step++) {
            const n = 1 + random(5)
            if (documents.has(n) && random(4) === 0) {
              yield* sql.withTransaction(
                Effect.andThen(index.remove(documentId(n)), sql`DELETE FROM rag_document WHERE id = ${documentId(n)}`)
              )
              documents.delete(n)
            } else {
              documents.set(n, yield* put(n, text(random, 20 + random(150)), { tags: [n % 2 === 0 ? "even" : "odd"] }))
            }

            const ids = yield* sql<{ readonly key: number; readonly id: string }>`SELECT key, id FROM rag_passage`
            const keys = new Map(ids.map(({ id, key }) => [id, key]))
            const passages = (filter: (n: number) => boolean) =>
              new Map(
                [...documents].flatMap(([n, prepared]) =>
                  filter(n)
                    ? prepared.map((passage): readonly [number, PreparedPassage] => [
                        keys.get(passage.id) ?? 0,
                        passage
                      ])
                    : []
                )
              )
            const texts = Array.from({ length: 6 }, () => word(random))
            const known = yield* knownTerms([...texts, fieldTerm("message", "AWSABC001E")])
            const terms = [...known.values()].map(
              (one): QueryTerm => ({
                ...one,
                weight: 1 + random(5),
                inTitles: 1 + random(3),
                exact: one.text.includes("=")
              })
            )
            for (const one of terms) {
              const having = [...passages(() => true).values()].filter(({ counts }) => counts.has(one.text))
              assert.strictEqual(one.passages, having.length, one.text)
            }
            for (const [filter, allows] of [
              [undefined, () => true],
              [{ tags: ["odd"] }, (n: number) => n % 2 === 1]
            ] as const) {
              const expected = reference(passages(allows), terms, averageLength)
              for (const limits of [undefined, { read: 300, kept: 2000, slice: 500 }]) {
                const search = yield* lexicalSearch(filter, limits)
                // Asked twice, as with feedback: first for a part of the terms.
                const half = terms.slice(0, 3)
                const look = { bm25, averageLength, also: [] }
                const first = yield* search({ ...look, terms: half, limit: 1000 })
                assert.deepStrictEqual(
                  first.map(({ passage }) => passage),
                  reference(passages(allows), half, averageLength).map(({ passage }) => passage)
                )
                const also = expected.slice(-2).map(({ passage }) => passage)
                const limit = 1 + random(40)
                const hits = yield* search({ ...look, terms, limit, also })
                const wanted = expected.filter(({ passage }, place) => place < limit || also.includes(passage))
                assert.deepStrictEqual(
                  hits.map(({ exact, passage }) => [passage, exact]),
                  wanted.map(({ exact, passage }) => [passage, exact])
                )
                hits.forEach(({ score }, i) => assert.approximately(score, wanted[i]?.score ?? -1, 1e-9))
              }
            }
          }
          const [kept] = yield* sql`
            SELECT max(octet_length(postings)) / 10 AS most, min(octet_length(postings)) / 10 AS least,
              sum(octet_length(postings))::int / 10 AS postings,
              count(*)::int - count(DISTINCT term)::int AS more,
              (SELECT sum(cardinality(terms))::int FROM rag_passage) AS terms
            FROM rag_posting_block
          `
          assert.isAtMost(Number(kept?.["most"]), 256)
          assert.isAbove(Number(kept?.["more"]), 0, "a common term has several rows")
          assert.strictEqual(kept?.["least"], 1)
          assert.strictEqual(kept?.["postings"], kept?.["terms"])
        }).pipe(Effect.provide(layer)),
      120_000
    )

    it.effect("keeps what it has read for the next look, as far as there is room", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* put(1, text(numbers(3), 40))
        const known = yield* knownTerms(["babx", "bokx"])
        const terms = [...known.values()].map((one): QueryTerm => ({ ...one, weight: 1, inTitles: 1, exact: false }))
        const look = { terms, bm25, averageLength: 5, limit: 100, also: [] }
        const all = yield* lexicalSearch(undefined)
        const some = yield* lexicalSearch(undefined, { read: 1, kept: (terms[0]?.passages ?? 0) * 10, slice: 1 })
        const hits = yield* all(look)
        assert.deepStrictEqual(yield* some(look), hits)
        yield* sql`DELETE FROM rag_posting_block`
        assert.deepStrictEqual(yield* all(look), hits)
        const first = yield* some(look)
        assert.deepStrictEqual(first, yield* all({ ...look, terms: terms.slice(0, 1) }))
        assert.isBelow(first.length, hits.length)
      }).pipe(Effect.provide(layer))
    )

    it.effect("lets others run after each slice of postings", () =>
      Effect.gen(function* () {
        yield* put(1, text(numbers(3), 40))
        const known = yield* knownTerms(vocabulary)
        const terms = [...known.values()].map((one): QueryTerm => ({ ...one, weight: 1, inTitles: 1, exact: false }))
        const look = { terms, bm25, averageLength: 5, limit: 100, also: [] }
        const turns = Effect.fnUntraced(function* (slice: number) {
          const search = yield* lexicalSearch(undefined, { read: 1000, kept: 1_000_000, slice })
          yield* search(look)
          let taken = 0
          const other = yield* Effect.sync(() => taken++).pipe(
            Effect.andThen(Effect.yieldNow),
            Effect.forever,
            Effect.forkChild
          )
          yield* Effect.yieldNow
          const before = taken
          yield* search(look)
          yield* Fiber.interrupt(other)
          return taken - before
        })
        assert.isAtLeast(yield* turns(1), 10)
        assert.isAtMost(yield* turns(1_000_000), 2)
      }).pipe(Effect.provide(layer))
    )
  })
}
