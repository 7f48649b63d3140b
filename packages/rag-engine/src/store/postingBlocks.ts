import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * Postings as bytes, which are handed over as they are and scored where they are read: four for the passage, two for the
 * body, one for the title, one for the headings and two for its length. A row holds 256 of a term at most, named after the
 * first, so that a rare term is one row however many passages there are. Takes over the arrays that were there before.
 */
export const postingBlocks = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  // A process of before may be writing: what it commits after they were copied would be lost with the table.
  yield* sql`LOCK TABLE rag_posting IN ACCESS EXCLUSIVE MODE`
  yield* sql`
    CREATE TABLE rag_posting_block (
      term integer NOT NULL,
      first_passage integer NOT NULL,
      postings bytea NOT NULL,
      PRIMARY KEY (term, first_passage)
    ) WITH (fillfactor = 70)
  `
  // Neither compressed nor put aside: a row is a third of a page.
  yield* sql`ALTER TABLE rag_posting_block ALTER COLUMN postings SET STORAGE PLAIN`
  yield* sql`
    INSERT INTO rag_posting_block (term, first_passage, postings)
    SELECT term, min(passage), string_agg(
      int4send(passage) || int2send(body) || substr(int2send(least(title, 255::smallint)), 2)
        || substr(int2send(least(heading, 255::smallint)), 2) || int2send(length), ''::bytea ORDER BY passage
    )
    FROM (
      SELECT p.term, e.*, (row_number() OVER (PARTITION BY p.term ORDER BY e.passage) - 1) / 256 AS block
      FROM rag_posting p
      CROSS JOIN LATERAL unnest(p.passages, p.body, p.title, p.heading, p.length)
        AS e(passage, body, title, heading, length)
    ) e
    GROUP BY term, block
  `
  yield* sql`DROP TABLE rag_posting`
})
