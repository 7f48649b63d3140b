import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { encodePostings, type Posting, postingSize, withoutPassages } from "./Posting.ts"

/** Postings in one row: some kilobytes, of which three rows fill a page. */
export const blockSize = 256

/**
 * Appends postings, by term: to the last row of a term while there is room, else as a new row, which is named after its first
 * passage. Their passages have to be newer than all others, so that the rows of a term follow each other, and few enough for
 * a row. One writer at a time.
 */
export const appendPostings = Effect.fnUntraced(function* (postings: ReadonlyMap<number, ReadonlyArray<Posting>>) {
  const sql = yield* SqlClient.SqlClient
  const lists = [...postings.values()]
  yield* sql`
    INSERT INTO rag_posting_block (term, first_passage, postings)
    SELECT e.term, coalesce(last.first_passage, e.first_passage), e.postings
    FROM unnest(
      ${[...postings.keys()]}::int[], ${lists.map((list) => Math.min(...list.map(({ passage }) => passage)))}::int[],
      ${lists.map(encodePostings)}::bytea[]
    ) AS e(term, first_passage, postings)
    LEFT JOIN LATERAL (
      SELECT b.first_passage, b.postings FROM rag_posting_block b
      WHERE b.term = e.term ORDER BY b.first_passage DESC LIMIT 1
    ) last ON octet_length(last.postings) + octet_length(e.postings) <= ${blockSize * postingSize}::int
    ON CONFLICT (term, first_passage) DO UPDATE SET postings = rag_posting_block.postings || excluded.postings
  `
})

const Names = Schema.Array(Schema.Struct({ term: Schema.Int, first: Schema.Int }))
const Blocks = Schema.Array(Schema.Struct({ term: Schema.Int, first: Schema.Int, postings: Schema.Uint8Array }))

/** Rows that are rewritten in one statement: a megabyte or two. */
const rewritten = 500

/** Takes the postings of passages out, which are still in their table, and rows in which nothing is left. */
export const removePostings = Effect.fnUntraced(function* (passages: ReadonlyArray<number>) {
  const sql = yield* SqlClient.SqlClient
  const gone = new Set(passages)
  const touched = yield* sql`
    SELECT DISTINCT t.term, b.first_passage AS first
    FROM rag_passage p, unnest(p.terms) AS t(term), LATERAL (
      SELECT b.first_passage FROM rag_posting_block b
      WHERE b.term = t.term AND b.first_passage <= p.key ORDER BY b.first_passage DESC LIMIT 1
    ) b
    WHERE p.key = ANY(${[...passages]}::int[])
  `
  const names = yield* Effect.orDie(Schema.decodeUnknownEffect(Names)(touched))
  for (let from = 0; from < names.length; from += rewritten) {
    const some = names.slice(from, from + rewritten)
    const rows = yield* sql`
      SELECT b.term, b.first_passage AS first, b.postings
      FROM unnest(${some.map(({ term }) => term)}::int[], ${some.map(({ first }) => first)}::int[]) AS e(term, first)
      JOIN rag_posting_block b ON b.term = e.term AND b.first_passage = e.first
    `
    const blocks = yield* Effect.orDie(Schema.decodeUnknownEffect(Blocks)(rows))
    yield* sql`
      WITH e AS (
        SELECT * FROM unnest(
          ${blocks.map(({ term }) => term)}::int[], ${blocks.map(({ first }) => first)}::int[],
          ${blocks.map(({ postings }) => withoutPassages(postings, gone))}::bytea[]
        ) AS e(term, first, postings)
      ), emptied AS (
        DELETE FROM rag_posting_block b USING e WHERE b.term = e.term AND b.first_passage = e.first AND e.postings = ''
      )
      UPDATE rag_posting_block b SET postings = e.postings FROM e
      WHERE b.term = e.term AND b.first_passage = e.first AND e.postings <> ''
    `
  }
})

const Rows = Schema.Array(Schema.Struct({ term: Schema.Int, postings: Schema.Uint8Array }))

/** The postings of terms, by term, as they are encoded. */
export const readPostings = Effect.fnUntraced(function* (terms: ReadonlyArray<number>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`SELECT term, postings FROM rag_posting_block WHERE term = ANY(${[...terms]}::int[])`
  const read = yield* Effect.orDie(Schema.decodeUnknownEffect(Rows)(rows))
  const postings = new Map(terms.map((term): readonly [number, Array<Uint8Array>] => [term, []]))
  for (const row of read) postings.get(row.term)?.push(row.postings)
  return postings
})
