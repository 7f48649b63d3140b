import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * The ingestions of uploads, and the keys under which uploads may be repeated. A job outlives its document, as the record of
 * what was done; the queue of `effect/persistence` has a table of its own and makes it by itself.
 */
export const ingestionTables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE rag_job (
      id uuid PRIMARY KEY,
      document_id uuid NOT NULL,
      revision integer NOT NULL,
      file_name text NOT NULL,
      metadata jsonb NOT NULL,
      bytes integer NOT NULL,
      content_hash text NOT NULL,
      state text NOT NULL,
      done integer NOT NULL,
      total integer,
      attempts integer NOT NULL,
      failures integer NOT NULL,
      crashes integer NOT NULL,
      cycle integer NOT NULL,
      failure_reason text,
      failure_detail text,
      change integer NOT NULL,
      traceparent text,
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      finished_at timestamptz,
      UNIQUE (document_id, revision)
    )
  `
  yield* sql`CREATE INDEX rag_job_state ON rag_job (state, id)`
  yield* sql`CREATE INDEX rag_job_content ON rag_job (content_hash)`
  yield* sql`
    CREATE TABLE rag_idempotency_key (
      key text PRIMARY KEY,
      content_hash text NOT NULL,
      job_id uuid NOT NULL,
      document_id uuid NOT NULL REFERENCES rag_document ON DELETE CASCADE,
      created_at timestamptz NOT NULL
    )
  `
  yield* sql`CREATE INDEX rag_idempotency_key_document ON rag_idempotency_key (document_id)`
  // Which documents of the starter corpus were loaded; one whose document is gone was deleted, and is not loaded again.
  yield* sql`
    CREATE TABLE rag_corpus (
      name text PRIMARY KEY,
      content_hash text NOT NULL,
      document_id uuid NOT NULL
    )
  `
})
