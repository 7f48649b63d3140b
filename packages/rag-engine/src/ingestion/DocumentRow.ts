import { AuthorityTier, type Document, type DocumentMetadata } from "@resync/rag/model/Document"
import { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import { MediaType } from "@resync/rag/model/MediaType"
import { DateTime, Schema } from "effect"

/** A row of `rag_document`. */
export const DocumentRow = Schema.Struct({
  id: DocumentId,
  title: Schema.String,
  source: Schema.NullOr(Schema.String),
  tags: Schema.Array(Schema.String),
  authority: AuthorityTier,
  platform: Schema.NullOr(Schema.String),
  version: Schema.NullOr(Schema.String),
  media_type: Schema.NullOr(MediaType),
  file_name: Schema.String,
  bytes: Schema.Int,
  content_hash: Schema.String,
  revision: Schema.Int,
  passages: Schema.Int,
  latest_job_id: IngestionJobId,
  created_at: Schema.Date,
  updated_at: Schema.Date
})
export type DocumentRow = typeof DocumentRow.Type

/** What others see of it. */
export const documentOf = (row: DocumentRow): Document => ({
  id: row.id,
  fileName: row.file_name,
  title: row.title,
  source: row.source,
  tags: row.tags,
  authority: row.authority,
  platform: row.platform,
  version: row.version,
  mediaType: row.media_type,
  bytes: row.bytes,
  contentHash: row.content_hash,
  revision: row.revision,
  passages: row.passages,
  latestJobId: row.latest_job_id,
  createdAt: DateTime.fromDateUnsafe(row.created_at),
  updatedAt: DateTime.fromDateUnsafe(row.updated_at)
})

/** What the uploader said of a document, as columns. */
export const columnsOf = ({ authority, platform, source, tags, version }: DocumentMetadata) => ({
  source: source ?? null,
  tags: [...new Set(tags ?? [])],
  authority: authority ?? ("working" as const),
  platform: platform ?? null,
  version: version ?? null
})
