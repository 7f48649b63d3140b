import { DocumentMetadata } from "@resync/rag/model/Document"
import { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import { Schema } from "effect"

/** What lies beside an uploaded file: all that is needed to take it in again, should the database be lost. */
export const Original = Schema.Struct({
  jobId: IngestionJobId,
  documentId: DocumentId,
  revision: Schema.Int,
  fileName: Schema.String,
  metadata: DocumentMetadata,
  bytes: Schema.Int,
  /** SHA-256 in hexadecimal digits. */
  contentHash: Schema.String,
  createdAt: Schema.DateTimeUtcFromString
})
export type Original = typeof Original.Type
