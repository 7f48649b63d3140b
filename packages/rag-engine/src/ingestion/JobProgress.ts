import type { IngestionFailure, IngestionState } from "@resync/rag/model/IngestionJob"

/** Why an attempt failed, in words for the person who uploaded the document. */
export interface JobFailure {
  readonly reason: IngestionFailure
  readonly detail: string
}

/** How far an ingestion is. */
export interface JobProgress {
  readonly state: IngestionState
  /** Passages done in this state, of `total`, which is null until the document has been cut. */
  readonly done: number
  readonly total: number | null
  /** Attempts begun, since the upload. */
  readonly attempts: number
  /** Attempts that failed in a way that may pass, since the job was last queued by an upload or by hand. */
  readonly failures: number
  /** Attempts whose end nobody saw because their process ended, since then. */
  readonly crashes: number
  /** How often the job was queued by an upload, by hand or by a rebuilding of the index. */
  readonly cycle: number
  readonly failure: JobFailure | null
}

/** What a job is when its upload has been accepted. */
export const queued: JobProgress = {
  state: "queued",
  done: 0,
  total: null,
  attempts: 0,
  failures: 0,
  crashes: 0,
  cycle: 1,
  failure: null
}
