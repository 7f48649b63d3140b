import type { Document } from "@resync/rag/model/Document"
import type { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import type { IngestionJob } from "@resync/rag/model/IngestionJob"
import { Rag } from "@resync/rag/Rag"
import { DateTime, Effect, type Schema } from "effect"
import type { Seen } from "../dispatch/Command.ts"
import { Commands } from "./pipeline/Commands.ts"
import * as Kinds from "./RagCommandKinds.ts"
import * as RagFate from "./RagFate.ts"
import * as Uploading from "./Uploading.ts"

/** What of a document the audit trail tells. */
const ofDocument = (document: Document): Seen => ({
  target: { kind: "document", id: document.id, name: document.title },
  before: {
    fileName: document.fileName,
    title: document.title,
    revision: document.revision,
    contentHash: document.contentHash,
    authority: document.authority
  }
})

/** What of a job the audit trail tells. */
const ofJob = ({ attempts, documentId, state, updatedAt }: IngestionJob): Schema.Json => ({
  state,
  attempts,
  documentId,
  updatedAt: DateTime.formatIso(updatedAt)
})

/** Puts the handlers of all changes of the knowledge base in place. */
export const register = Effect.gen(function* () {
  const rag = yield* Rag
  const { handle } = yield* Commands

  const lookAtDocument = (id: DocumentId) =>
    Effect.mapBoth(rag.document(id), { onSuccess: ofDocument, onFailure: RagFate.ofLook })
  const lookAtJob = ({ id }: { readonly id: IngestionJobId }) =>
    Effect.mapBoth(rag.job(id), {
      onSuccess: (job): Seen => ({ target: { kind: "ingestionJob", id, name: job.fileName }, before: ofJob(job) }),
      onFailure: RagFate.ofLook
    })
  /** The job, if something became of it. */
  const seekJob = (id: IngestionJobId, isDone: (job: IngestionJob) => boolean) =>
    Effect.mapBoth(rag.job(id), {
      onSuccess: (job) => (isDone(job) ? job : undefined),
      onFailure: RagFate.ofLook
    })

  handle(Kinds.Upload, {
    look: ({ replaces }) => (replaces === undefined ? Effect.undefined : lookAtDocument(replaces)),
    act: yield* Uploading.make
  })
  handle(Kinds.DeleteDocument, {
    look: ({ id }) => lookAtDocument(id),
    act: ({ id }, { seen }) =>
      rag.deleteDocument(id).pipe(
        // It was there a moment ago: a first attempt whose answer was lost has deleted it.
        Effect.catchTag("DocumentNotFound", (error) => (seen === undefined ? Effect.fail(error) : Effect.void)),
        Effect.mapBoth({ onSuccess: () => null, onFailure: RagFate.of })
      ),
    // What is gone was deleted.
    seek: ({ id }) =>
      rag.document(id).pipe(
        Effect.as(undefined),
        Effect.catchTag("DocumentNotFound", () => Effect.succeed(null)),
        Effect.mapError(RagFate.ofLook)
      )
  })
  handle(Kinds.CancelIngestion, {
    look: lookAtJob,
    act: ({ id }) => Effect.mapError(rag.cancelJob(id), RagFate.of),
    seek: ({ id }) => seekJob(id, ({ state }) => state === "cancelled"),
    after: ofJob
  })
  handle(Kinds.RetryIngestion, {
    look: lookAtJob,
    act: ({ id }) => Effect.mapError(rag.retryJob(id), RagFate.of),
    // A failed job stays as it is until it is tried again.
    seek: ({ id }, before) => {
      const { updatedAt } = (before ?? {}) as { readonly updatedAt?: string }
      return seekJob(id, (job) => updatedAt !== undefined && DateTime.formatIso(job.updatedAt) !== updatedAt)
    },
    after: ofJob
  })
})
