import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * What search reads: passages with their terms, postings from terms to passages, and the spaces that vectors lie in. The
 * vectors of a space are in a table of its own, made and dropped with it.
 */
export const indexTables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  // No cascade from the document: postings and counts go with a passage, so it leaves only by `PassageIndex`.
  yield* sql`
    CREATE TABLE rag_passage (
      key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id text NOT NULL UNIQUE,
      document_id uuid NOT NULL REFERENCES rag_document,
      ordinal integer NOT NULL,
      headings text[] NOT NULL,
      text text NOT NULL,
      lead integer NOT NULL,
      start_at integer NOT NULL,
      end_at integer NOT NULL,
      page integer,
      content_hash text NOT NULL,
      length integer NOT NULL,
      terms integer[] NOT NULL,
      counts smallint[] NOT NULL
    )
  `
  yield* sql`CREATE INDEX rag_passage_content ON rag_passage (content_hash)`
  yield* sql`CREATE INDEX rag_passage_document ON rag_passage (document_id, ordinal)`
  yield* sql`
    CREATE TABLE rag_term (
      id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      text text NOT NULL UNIQUE,
      passages integer NOT NULL
    ) WITH (fillfactor = 70)
  `
  // How often a term stands in each part of a passage, and how long the passage is: all that BM25 asks for. A row holds 128
  // passages next to each other in arrays, so that a common term is read in few rows.
  yield* sql`
    CREATE TABLE rag_posting (
      term integer NOT NULL,
      block integer NOT NULL,
      passages integer[] NOT NULL,
      body smallint[] NOT NULL,
      title smallint[] NOT NULL,
      heading smallint[] NOT NULL,
      length smallint[] NOT NULL,
      PRIMARY KEY (term, block)
    ) WITH (fillfactor = 70)
  `
  yield* sql`
    CREATE TABLE rag_index (
      one boolean PRIMARY KEY DEFAULT true CHECK (one),
      version integer NOT NULL,
      passages integer NOT NULL,
      length bigint NOT NULL
    )
  `
  yield* sql`INSERT INTO rag_index (version, passages, length) VALUES (0, 0, 0)`
  // One space is searched, another may be being built, and those before them are kept while a search may still read them.
  yield* sql`
    CREATE TABLE rag_space (
      id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      embedder text NOT NULL,
      dimensions integer NOT NULL,
      state text NOT NULL CHECK (state IN ('building', 'live', 'retired')),
      fitted_passages integer NOT NULL,
      builder text NOT NULL,
      created_at timestamptz NOT NULL,
      touched_at timestamptz NOT NULL
    )
  `
  yield* sql`CREATE UNIQUE INDEX rag_space_state ON rag_space (state) WHERE state <> 'retired'`
  yield* sql`
    CREATE TABLE rag_space_part (
      space integer NOT NULL REFERENCES rag_space ON DELETE CASCADE,
      part integer NOT NULL,
      content bytea NOT NULL,
      PRIMARY KEY (space, part)
    )
  `
  yield* sql`
    CREATE TABLE rag_embedding_cache (
      embedder text NOT NULL,
      content_hash text NOT NULL,
      vector real[] NOT NULL,
      PRIMARY KEY (embedder, content_hash)
    )
  `
})
