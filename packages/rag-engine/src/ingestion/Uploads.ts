import { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import type { Accepted, Upload } from "@resync/rag/Rag"
import { DocumentNotFound, type RagUnavailable, UploadRejected } from "@resync/rag/RagError"
import { Context, DateTime, Effect, FileSystem, Layer, Option } from "effect"
import { SecureRandom } from "effect/crypto"
import { SqlClient } from "effect/sql"
import { Acceptance } from "./Acceptance.ts"
import type { Candidate } from "./Decision.ts"
import { Documents } from "./Documents.ts"
import { cleanMetadata, fileNameOf } from "./fileNameOf.ts"
import type { JobRow } from "./JobRow.ts"
import { Jobs } from "./Jobs.ts"
import type { Original } from "./Original.ts"
import { Originals } from "./Originals.ts"
import type { Received } from "./receive.ts"
import { storeFailure } from "./storeFailure.ts"
import { currentTraceparent } from "./TraceLink.ts"

/** Takes uploads in: file first, then the row and the place in the queue. */
export class Uploads extends Context.Service<
  Uploads,
  {
    readonly upload: (upload: Upload) => Effect.Effect<Accepted, RagUnavailable | UploadRejected | DocumentNotFound>
  }
>()("@resync/rag-engine/Uploads") {
  static readonly layer = Layer.effect(
    Uploads,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const fs = yield* FileSystem.FileSystem
      const acceptance = yield* Acceptance
      const documents = yield* Documents
      const jobs = yield* Jobs
      const originals = yield* Originals
      const random = yield* SecureRandom.SecureRandom

      const originalOf = (row: JobRow): Original => ({
        jobId: row.id,
        documentId: row.document_id,
        revision: row.revision,
        fileName: row.file_name,
        metadata: row.metadata,
        bytes: row.bytes,
        contentHash: row.content_hash,
        createdAt: DateTime.fromDateUnsafe(row.created_at)
      })

      /** Tries a failed job again, with the file that came now if its own is gone. */
      const revive = Effect.fnUntraced(function* (row: JobRow, received: Received) {
        if (!(yield* fs.exists(originals.pathOf(row.id)))) yield* originals.keep(received, originalOf(row))
        yield* jobs
          .apply(row, { _tag: "Retry" })
          .pipe(
            Effect.flatMap(Option.match({ onNone: () => Effect.void, onSome: acceptance.enqueue })),
            sql.withTransaction
          )
      })

      /** The row is there or it is not; where that cannot be known the file stays, and the next start finds out. */
      const withdraw = (received: Received, { jobId }: Original) =>
        jobs.get(jobId).pipe(
          Effect.flatMap((row) => (Option.isNone(row) ? originals.withdraw(received, jobId) : Effect.void)),
          Effect.ignore
        )

      const takeNew = Effect.fnUntraced(function* (
        candidate: Candidate,
        received: Received,
        known: DocumentId | undefined,
        traceparent: string | null
      ) {
        const documentId = known ?? DocumentId.make(yield* random.uuidV7())
        const original: Original = {
          jobId: IngestionJobId.make(yield* random.uuidV7()),
          documentId,
          revision: known === undefined ? 1 : yield* acceptance.nextRevision(documentId),
          fileName: candidate.fileName,
          metadata: candidate.metadata,
          bytes: received.bytes,
          contentHash: received.contentHash,
          createdAt: yield* DateTime.now
        }
        yield* originals.keep(received, original)
        return yield* acceptance.accept(candidate, original, traceparent).pipe(
          Effect.onError(() => withdraw(received, original)),
          Effect.tap((accepted) =>
            Option.isNone(accepted) ? originals.withdraw(received, original.jobId) : Effect.void
          )
        )
      }, Effect.uninterruptible)

      const settle = Effect.fnUntraced(function* (
        candidate: Candidate,
        received: Received,
        traceparent: string | null
      ) {
        const { idempotencyKey, replaces } = candidate
        if (replaces !== undefined && Option.isNone(yield* documents.get(replaces))) {
          return yield* new DocumentNotFound({ id: replaces })
        }
        const decision = yield* acceptance.decide(candidate)
        switch (decision._tag) {
          case "Rejected":
            return yield* new UploadRejected({
              reason: "idempotency-key-reused",
              detail: "the idempotency key was used for another content"
            })
          case "Repeated": {
            if (decision.revive !== undefined) yield* revive(decision.revive, received)
            const accepted = { jobId: decision.jobId, documentId: decision.documentId, repeated: true }
            if (idempotencyKey !== undefined) yield* acceptance.noteKey(idempotencyKey, accepted, received.contentHash)
            return Option.some(accepted)
          }
          case "New":
            return yield* takeNew(candidate, received, decision.documentId, traceparent)
        }
      })

      const upload = Effect.fn("Uploads.upload", { kind: "producer" })(
        function* (upload: Upload) {
          const fileName = yield* fileNameOf(upload.fileName)
          const { replaces } = upload
          // Before the bytes come, that they need not.
          if (replaces !== undefined && Option.isNone(yield* documents.get(replaces))) {
            return yield* new DocumentNotFound({ id: replaces })
          }
          const traceparent = yield* currentTraceparent
          const received = yield* originals.receive(upload.content)
          const candidate: Candidate = {
            fileName,
            metadata: cleanMetadata(upload.metadata),
            bytes: received.bytes,
            contentHash: received.contentHash,
            replaces,
            idempotencyKey: upload.idempotencyKey
          }
          // Another upload of the same may be faster: what is true then has to be asked again.
          const accepted = yield* settle(candidate, received, traceparent).pipe(Effect.repeat({ until: Option.isSome }))
          const value = yield* Effect.orDie(Effect.fromOption(accepted))
          yield* Effect.annotateCurrentSpan({
            "rag.job.id": value.jobId,
            "rag.document.id": value.documentId,
            "rag.upload.repeated": value.repeated,
            "rag.upload.bytes": received.bytes
          })
          return value
        },
        Effect.scoped,
        Effect.catchTags({ SqlError: storeFailure("upload"), PlatformError: storeFailure("upload") })
      )

      return Uploads.of({ upload })
    })
  )
}
