import { AuthorityTier } from "@resync/rag/model/Document"
import { DocumentId, PassageId } from "@resync/rag/model/Ids"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"

/** A passage as it is shown. */
export const FoundPassage = Schema.Struct({
  key: Schema.Int,
  id: PassageId,
  documentId: DocumentId,
  title: Schema.String,
  source: Schema.NullOr(Schema.String),
  authority: AuthorityTier,
  ordinal: Schema.Int,
  headings: Schema.Array(Schema.String),
  page: Schema.NullOr(Schema.Int),
  text: Schema.String,
  lead: Schema.Int,
  start: Schema.Int,
  end: Schema.Int,
  contentHash: Schema.String,
  length: Schema.Int,
  terms: Schema.Array(Schema.Int)
})
export interface FoundPassage extends Schema.Schema.Type<typeof FoundPassage> {}

const Rows = Schema.Array(FoundPassage)

/** Reads passages, by key. */
export const readFound = Effect.fnUntraced(function* (keys: Iterable<number>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`
    SELECT p.key, p.id, d.id::text AS "documentId", d.title, d.source, d.authority, p.ordinal, p.headings, p.page, p.text,
      p.lead, p.start_at AS start, p.end_at AS "end", p.content_hash AS "contentHash", p.length, p.terms
    FROM rag_passage p JOIN rag_document d ON d.id = p.document_id
    WHERE p.key = ANY(${[...keys]}::int[])
  `
  const found = yield* Effect.orDie(Schema.decodeUnknownEffect(Rows)(rows))
  return new Map(found.map((passage) => [passage.key, passage]))
})
