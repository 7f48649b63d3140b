import { DocumentMetadata } from "@resync/rag/model/Document"
import { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import { IngestionFailure, type IngestionJob, IngestionState } from "@resync/rag/model/IngestionJob"
import { DateTime, Schema } from "effect"
import type { JobProgress } from "./JobProgress.ts"

/** A row of `rag_job`. */
export const JobRow = Schema.Struct({
  id: IngestionJobId,
  document_id: DocumentId,
  revision: Schema.Int,
  file_name: Schema.String,
  metadata: DocumentMetadata,
  bytes: Schema.Int,
  content_hash: Schema.String,
  state: IngestionState,
  done: Schema.Int,
  total: Schema.NullOr(Schema.Int),
  attempts: Schema.Int,
  failures: Schema.Int,
  crashes: Schema.Int,
  cycle: Schema.Int,
  failure_reason: Schema.NullOr(IngestionFailure),
  failure_detail: Schema.NullOr(Schema.String),
  /** Counts the changes of the row: who writes says which one it has read. */
  change: Schema.Int,
  traceparent: Schema.NullOr(Schema.String),
  created_at: Schema.Date,
  updated_at: Schema.Date,
  finished_at: Schema.NullOr(Schema.Date)
})
export type JobRow = typeof JobRow.Type

const failureOf = ({ failure_detail, failure_reason }: JobRow) =>
  failure_reason === null ? null : { reason: failure_reason, detail: failure_detail ?? "" }

/** What the machine of states sees of a row. */
export const progressOf = (row: JobRow): JobProgress => ({
  state: row.state,
  done: row.done,
  total: row.total,
  attempts: row.attempts,
  failures: row.failures,
  crashes: row.crashes,
  cycle: row.cycle,
  failure: failureOf(row)
})

/** What others see of it. */
export const jobOf = (row: JobRow): IngestionJob => ({
  id: row.id,
  documentId: row.document_id,
  fileName: row.file_name,
  state: row.state,
  progress: { done: row.done, total: row.total },
  attempts: row.attempts,
  failure: failureOf(row),
  createdAt: DateTime.fromDateUnsafe(row.created_at),
  updatedAt: DateTime.fromDateUnsafe(row.updated_at),
  finishedAt: row.finished_at === null ? null : DateTime.fromDateUnsafe(row.finished_at)
})
