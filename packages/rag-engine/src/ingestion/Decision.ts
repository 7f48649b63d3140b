import type { DocumentMetadata } from "@resync/rag/model/Document"
import type { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import type { IngestionFailure } from "@resync/rag/model/IngestionJob"
import { Equal } from "effect"
import type { JobRow } from "./JobRow.ts"

/** An upload whose bytes are here. */
export interface Candidate {
  readonly fileName: string
  readonly metadata: DocumentMetadata
  readonly bytes: number
  readonly contentHash: string
  readonly replaces: DocumentId | undefined
  readonly idempotencyKey: string | undefined
}

/** The upload that a key was used for. */
export interface KeyUse {
  readonly contentHash: string
  readonly jobId: IngestionJobId
  readonly documentId: DocumentId
}

/** What is known of an upload's key and content. */
export interface Known {
  readonly key: KeyUse | undefined
  /** The job of a document that has this content, as its visible version or as its latest upload. */
  readonly twin: JobRow | undefined
}

/** What is to become of an upload. */
export type Decision =
  /** Its key was used for another content. */
  | { readonly _tag: "Rejected" }
  /** It was taken in before, by this job. `revive` when that failed in a way that may pass: it is tried again. */
  | {
      readonly _tag: "Repeated"
      readonly jobId: IngestionJobId
      readonly documentId: DocumentId
      readonly revive: JobRow | undefined
    }
  /** A new version of a document, or a new document. */
  | { readonly _tag: "New"; readonly documentId: DocumentId | undefined }

/** Failures that are no fault of the document: the same bytes may do better another time. */
const mayPass: ReadonlySet<IngestionFailure> = new Set([
  "timed-out",
  "out-of-memory",
  "upload-missing",
  "embedder-unavailable",
  "internal"
])

const sayTheSame = (a: DocumentMetadata, b: DocumentMetadata) =>
  Equal.equals({ ...a, tags: [...(a.tags ?? [])] }, { ...b, tags: [...(b.tags ?? [])] })

/**
 * The same key or the same content is the same job, and never a second document. A version that says something else of the same
 * content is a new one, and so is content that was cancelled, or that failed under another name.
 */
export const decide = ({ contentHash, fileName, metadata, replaces }: Candidate, { key, twin }: Known): Decision => {
  if (key !== undefined) {
    return key.contentHash === contentHash
      ? { _tag: "Repeated", jobId: key.jobId, documentId: key.documentId, revive: undefined }
      : { _tag: "Rejected" }
  }
  if (twin === undefined) return { _tag: "New", documentId: replaces }
  const again: Decision = { _tag: "New", documentId: replaces ?? twin.document_id }
  if (replaces !== undefined) {
    const same = twin.document_id === replaces && twin.file_name === fileName && sayTheSame(twin.metadata, metadata)
    if (!same) return again
  }
  if (twin.state === "cancelled") return again
  if (twin.state === "failed" && twin.file_name !== fileName) return again
  const revive =
    twin.state === "failed" && twin.failure_reason !== null && mayPass.has(twin.failure_reason) ? twin : undefined
  return { _tag: "Repeated", jobId: twin.id, documentId: twin.document_id, revive }
}
