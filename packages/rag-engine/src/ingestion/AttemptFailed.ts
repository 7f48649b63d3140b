import { Data } from "effect"
import type { EmbedderUnavailable } from "../index/EmbedderUnavailable.ts"
import type { DocumentUnreadable } from "../parsing/DocumentUnreadable.ts"
import type { JobFailure } from "./JobProgress.ts"

/** An attempt that came to nothing, and whether another one may do better. */
export class AttemptFailed extends Data.TaggedError("AttemptFailed")<{
  readonly failure: JobFailure
  readonly passing: boolean
}> {}

/** Somebody else has changed the job: it was cancelled, its document deleted, or another worker has it. Nothing is to be written. */
export class JobLost extends Data.TaggedError("JobLost") {}

export const unreadable = ({ detail, reason }: DocumentUnreadable) =>
  new AttemptFailed({ failure: { reason, detail }, passing: false })

export const noVectors = ({ detail, transient }: EmbedderUnavailable) =>
  new AttemptFailed({ failure: { reason: "embedder-unavailable", detail }, passing: transient })

export const missing = new AttemptFailed({
  failure: { reason: "upload-missing", detail: "The uploaded file is no longer there: upload it again" },
  passing: false
})

/** What it was is in the log; it is nobody's business outside. */
export const internal = new AttemptFailed({
  failure: { reason: "internal", detail: "The service failed to work on the document; its log says how" },
  passing: true
})
