import { Schema } from "effect"
import { DocumentId, IngestionJobId } from "./Ids.ts"
import { Cursor, PageLimit } from "./Page.ts"

/** Where a job is. The last three are final, but a failed job can be tried again by hand. */
export const IngestionState = Schema.Literals([
  "queued",
  "parsing",
  "chunking",
  "embedding",
  "indexing",
  "completed",
  "failed",
  "cancelled"
])
export type IngestionState = typeof IngestionState.Type

/** Whether nothing happens to the job any more. */
export const isFinal = (state: IngestionState): boolean =>
  state === "completed" || state === "failed" || state === "cancelled"

/**
 * Why a job failed.
 *
 * - `empty`: no bytes, or nothing but white space.
 * - `unsupported-type`: a kind of file that is not read here; `detail` names it.
 * - `type-mismatch`: the name promises one kind of file, the content is another.
 * - `corrupt`: the file breaks the rules of its kind.
 * - `encrypted`: it wants a password.
 * - `too-large`: unpacked it would exceed the bounds (an archive that swells).
 * - `too-many-pages`: more pages than the bound.
 * - `no-text`: pictures only, as a scan without a text layer.
 * - `timed-out`, `out-of-memory`: reading it took more than a document may take.
 * - `upload-missing`: the uploaded file is no longer there.
 * - `embedder-unavailable`: no vectors could be had, after all attempts.
 * - `internal`: a fault of the service; the log has it under the job's id.
 */
export const IngestionFailure = Schema.Literals([
  "empty",
  "unsupported-type",
  "type-mismatch",
  "corrupt",
  "encrypted",
  "too-large",
  "too-many-pages",
  "no-text",
  "timed-out",
  "out-of-memory",
  "upload-missing",
  "embedder-unavailable",
  "internal"
])
export type IngestionFailure = typeof IngestionFailure.Type

/** The ingestion of one upload. */
export const IngestionJob = Schema.Struct({
  id: IngestionJobId,
  documentId: DocumentId,
  fileName: Schema.String,
  state: IngestionState,
  /** Passages done in the present state, of all; `total` is null until the document has been cut. */
  progress: Schema.Struct({ done: Schema.Int, total: Schema.NullOr(Schema.Int) }),
  /** Attempts begun, the present one included. */
  attempts: Schema.Int,
  /** Set when `failed`; also while an attempt that failed waits to be repeated. */
  failure: Schema.NullOr(Schema.Struct({ reason: IngestionFailure, detail: Schema.String })),
  createdAt: Schema.DateTimeUtcFromString,
  updatedAt: Schema.DateTimeUtcFromString,
  finishedAt: Schema.NullOr(Schema.DateTimeUtcFromString)
}).annotate({ identifier: "IngestionJob" })
export interface IngestionJob extends Schema.Schema.Type<typeof IngestionJob> {}

/** Which jobs. Everything given must hold. Newest first. */
export const IngestionJobQuery = Schema.Struct({
  state: Schema.optionalKey(Schema.Array(IngestionState)),
  documentId: Schema.optionalKey(DocumentId),
  limit: Schema.optionalKey(PageLimit),
  cursor: Schema.optionalKey(Cursor)
}).annotate({ identifier: "IngestionJobQuery" })
export interface IngestionJobQuery extends Schema.Schema.Type<typeof IngestionJobQuery> {}
