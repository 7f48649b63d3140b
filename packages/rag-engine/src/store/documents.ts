import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * Documents as their latest complete version is, and the texts that their passages point into. A document without a
 * complete version has a row, no text and no passages.
 */
export const documents = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE rag_document (
      id uuid PRIMARY KEY,
      title text NOT NULL,
      source text,
      tags text[] NOT NULL DEFAULT '{}',
      authority text NOT NULL,
      platform text,
      version text,
      media_type text,
      file_name text NOT NULL,
      bytes integer NOT NULL,
      content_hash text NOT NULL,
      revision integer NOT NULL,
      passages integer NOT NULL DEFAULT 0,
      latest_job_id uuid NOT NULL,
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL
    )
  `
  yield* sql`CREATE INDEX rag_document_tags ON rag_document USING gin (tags)`
  yield* sql`CREATE INDEX rag_document_content ON rag_document (content_hash)`
  yield* sql`
    CREATE TABLE rag_document_text (
      document_id uuid PRIMARY KEY REFERENCES rag_document ON DELETE CASCADE,
      text text NOT NULL
    )
  `
})
