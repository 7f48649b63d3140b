import type { DocumentId } from "@resync/rag/model/Ids"
import { Array as Arr, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { PreparedPassage } from "./PreparedPassages.ts"

/** Passages in one row of postings: as many as fit without being put aside by PostgreSQL. */
export const blockSize = 128

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
  yield* sql`
    WITH touched AS (
      SELECT DISTINCT t.term, p.key / ${blockSize}::int AS block
      FROM rag_passage p, unnest(p.terms) AS t(term) WHERE p.key = ANY(${gone}::int[])
    )
    UPDATE rag_posting p SET (passages, body, title, heading, length) = (
      SELECT coalesce(array_agg(e.passage), '{}'), coalesce(array_agg(e.body), '{}'), coalesce(array_agg(e.title), '{}'),
        coalesce(array_agg(e.heading), '{}'), coalesce(array_agg(e.length), '{}')
      FROM unnest(p.passages, p.body, p.title, p.heading, p.length) AS e(passage, body, title, heading, length)
      WHERE e.passage <> ALL(${gone}::int[])
    )
    FROM touched t WHERE p.term = t.term AND p.block = t.block
  `
  yield* sql`
    WITH touched AS (
      SELECT DISTINCT t.term, p.key / ${blockSize}::int AS block
      FROM rag_passage p, unnest(p.terms) AS t(term) WHERE p.key = ANY(${gone}::int[])
    )
    DELETE FROM rag_posting p USING touched t WHERE p.term = t.term AND p.block = t.block AND p.passages = '{}'
  `
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

const postings = Effect.fnUntraced(function* (
  passages: ReadonlyArray<PreparedPassage>,
  ids: ReadonlyMap<string, number>,
  keys: ReadonlyMap<string, number>
) {
  const sql = yield* SqlClient.SqlClient
  const columns = { term: [], passage: [], body: [], title: [], heading: [], length: [] } as Record<
    "term" | "passage" | "body" | "title" | "heading" | "length",
    Array<number>
  >
  for (const { counts, id, length } of passages) {
    for (const [term, { body, heading, title }] of counts) {
      columns.term.push(ids.get(term) ?? 0)
      columns.passage.push(keys.get(id) ?? 0)
      columns.body.push(small(body))
      columns.title.push(small(title))
      columns.heading.push(small(heading))
      columns.length.push(small(length))
    }
  }
  yield* sql`
    INSERT INTO rag_posting (term, block, passages, body, title, heading, length)
    SELECT term, passage / ${blockSize}::int, array_agg(passage), array_agg(body), array_agg(title), array_agg(heading),
      array_agg(length)
    FROM unnest(
      ${columns.term}::int[], ${columns.passage}::int[], ${columns.body}::smallint[], ${columns.title}::smallint[],
      ${columns.heading}::smallint[], ${columns.length}::smallint[]
    ) AS e(term, passage, body, title, heading, length)
    GROUP BY 1, 2
    ON CONFLICT (term, block) DO UPDATE SET
      passages = rag_posting.passages || excluded.passages, body = rag_posting.body || excluded.body,
      title = rag_posting.title || excluded.title, heading = rag_posting.heading || excluded.heading,
      length = rag_posting.length || excluded.length
  `
})

/** Passages written in one statement. */
const batch = 256

/** A passage that was added, as a space reads it. */
export interface AddedPassage {
  readonly key: number
  readonly contentHash: string
  readonly terms: ReadonlyArray<number>
  readonly counts: ReadonlyArray<number>
}

/** Adds passages of a document. */
export const addPassages = Effect.fnUntraced(function* (documentId: DocumentId, all: ReadonlyArray<PreparedPassage>) {
  const sql = yield* SqlClient.SqlClient
  const added: Array<AddedPassage> = []
  for (let from = 0; from < all.length; from += batch) {
    const passages = all.slice(from, from + batch)
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
    yield* postings(passages, ids, keyOf)
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
