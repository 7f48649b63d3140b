import type { DocumentId } from "@resync/rag/model/Ids"
import { Array as Arr, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { PreparedPassage } from "./PreparedPassages.ts"
import type { Posting } from "./postings/Posting.ts"
import { appendPostings, blockSize, removePostings } from "./postings/postingTable.ts"

/** A `smallint` at most; a passage is never that long, a table of numbers might be. */
const small = (count: number) => Math.min(count, 32_767)

const Known = Schema.Array(Schema.Struct({ key: Schema.Int, id: Schema.String, contentHash: Schema.String }))
const Keys = Schema.Array(Schema.Struct({ key: Schema.Int, id: Schema.String }))
const Terms = Schema.Array(Schema.Struct({ id: Schema.Int, text: Schema.String }))

const decode =
  <A>(schema: Schema.Decoder<A>) =>
  (rows: unknown) =>
    Effect.orDie(Schema.decodeUnknownEffect(schema)(rows))

/** The passages of a document that are in the index. */
export const passagesOf = Effect.fnUntraced(function* (documentId: DocumentId) {
  const sql = yield* SqlClient.SqlClient
  return yield* Effect.flatMap(
    sql`SELECT key, id, content_hash AS "contentHash" FROM rag_passage WHERE document_id = ${documentId}`,
    decode(Known)
  )
})

/**
 * One writer at a time, until the transaction ends: counts of terms would otherwise be locked by several in different
 * orders.
 */
export const lockIndex = Effect.fnUntraced(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`SELECT pg_advisory_xact_lock(hashtext('resync:rag-index:' || current_schema()))`
})

/** Takes passages out: from the postings, the counts of their terms, and the table. Vectors go by `removeVectors`. */
export const removePassages = Effect.fnUntraced(function* (keys: ReadonlyArray<number>) {
  if (keys.length === 0) return
  const sql = yield* SqlClient.SqlClient
  const gone = [...keys]
  yield* removePostings(gone)
  yield* sql`
    UPDATE rag_term SET passages = passages - gone.n
    FROM (
      SELECT t.term, count(*)::int AS n FROM rag_passage p, unnest(p.terms) AS t(term)
      WHERE p.key = ANY(${gone}::int[]) GROUP BY t.term
    ) gone
    WHERE rag_term.id = gone.term
  `
  yield* sql`
    DELETE FROM rag_embedding_cache c USING rag_passage p
    WHERE p.key = ANY(${gone}::int[]) AND c.content_hash = p.content_hash AND NOT EXISTS (
      SELECT FROM rag_passage o WHERE o.content_hash = c.content_hash AND o.key <> ALL(${gone}::int[])
    )
  `
  yield* sql`
    WITH gone AS (DELETE FROM rag_passage WHERE key = ANY(${gone}::int[]) RETURNING length)
    UPDATE rag_index SET passages = passages - (SELECT count(*) FROM gone)::int, length = length - (SELECT sum(length) FROM gone)
  `
})

/** The ids of terms, which are counted at the same time; new ones are added. */
const countTerms = Effect.fnUntraced(function* (counts: ReadonlyMap<string, number>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* Effect.flatMap(
    sql`
      INSERT INTO rag_term (text, passages)
      SELECT * FROM unnest(${[...counts.keys()]}::text[], ${[...counts.values()]}::int[])
      ON CONFLICT (text) DO UPDATE SET passages = rag_term.passages + excluded.passages
      RETURNING id, text
    `,
    decode(Terms)
  )
  return new Map(rows.map(({ id, text }) => [text, id]))
})

/** The postings of passages, by term. */
const postingsOf = (
  passages: ReadonlyArray<PreparedPassage>,
  ids: ReadonlyMap<string, number>,
  keys: ReadonlyMap<string, number>
) => {
  const postings = new Map<number, Array<Posting>>()
  for (const { counts, id, length } of passages) {
    const passage = keys.get(id) ?? 0
    for (const [text, { body, heading, title }] of counts) {
      const term = ids.get(text) ?? 0
      const posting = { passage, body, title, heading, length }
      const known = postings.get(term)
      if (known === undefined) postings.set(term, [posting])
      else known.push(posting)
    }
  }
  return postings
}

/** A passage that was added, as a space reads it. */
export interface AddedPassage {
  readonly key: number
  readonly contentHash: string
  readonly terms: ReadonlyArray<number>
  readonly counts: ReadonlyArray<number>
}

/** Adds passages of a document, in one statement as many as the postings of a term have room for in a row. */
export const addPassages = Effect.fnUntraced(function* (documentId: DocumentId, all: ReadonlyArray<PreparedPassage>) {
  const sql = yield* SqlClient.SqlClient
  const added: Array<AddedPassage> = []
  for (let from = 0; from < all.length; from += blockSize) {
    const passages = all.slice(from, from + blockSize)
    if (!Arr.isReadonlyArrayNonEmpty(passages)) break
    const seen = new Map<string, number>()
    for (const { counts } of passages) for (const term of counts.keys()) seen.set(term, (seen.get(term) ?? 0) + 1)
    const ids = yield* countTerms(seen)
    const rows = Arr.map(passages, (passage) => ({
      id: passage.id,
      document_id: documentId,
      ordinal: passage.ordinal,
      headings: [...passage.headings],
      text: passage.text,
      lead: passage.lead ?? 0,
      start_at: passage.start,
      end_at: passage.end,
      page: passage.page ?? null,
      content_hash: passage.contentHash,
      length: passage.length,
      terms: [...passage.counts.keys()].map((term) => ids.get(term) ?? 0),
      counts: [...passage.counts.values()].map(({ body, heading, title }) => small(body + title + heading))
    }))
    const keys = yield* Effect.flatMap(sql`INSERT INTO rag_passage ${sql.insert(rows)} RETURNING key, id`, decode(Keys))
    const keyOf = new Map(keys.map(({ id, key }) => [id, key]))
    yield* appendPostings(postingsOf(passages, ids, keyOf))
    for (const { content_hash, counts, id, terms } of rows) {
      added.push({ key: keyOf.get(id) ?? 0, contentHash: content_hash, terms, counts })
    }
  }
  const length = all.reduce((sum, passage) => sum + passage.length, 0)
  yield* sql`UPDATE rag_index SET passages = passages + ${all.length}, length = length + ${length}`
  return added
})

/** Passages that kept their words but not their place. */
export const movePassages = Effect.fnUntraced(function* (passages: ReadonlyArray<PreparedPassage>) {
  if (passages.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    UPDATE rag_passage p SET ordinal = e.ordinal, start_at = e.start_at, end_at = e.end_at, page = nullif(e.page, 0)
    FROM unnest(
      ${passages.map(({ id }) => id)}::text[], ${passages.map(({ ordinal }) => ordinal)}::int[],
      ${passages.map(({ start }) => start)}::int[], ${passages.map(({ end }) => end)}::int[],
      ${passages.map(({ page }) => page ?? 0)}::int[]
    ) AS e(id, ordinal, start_at, end_at, page)
    WHERE p.id = e.id
  `
})
