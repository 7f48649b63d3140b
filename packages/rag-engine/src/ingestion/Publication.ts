import { DateTime, Effect, Option } from "effect"
import { SqlClient } from "effect/sql"
import { PassageIndex } from "../index/PassageIndex.ts"
import type { PreparedPassages } from "../index/PreparedPassages.ts"
import type { ParsedDocument } from "../parsing/ParsedDocument.ts"
import { JobLost } from "./AttemptFailed.ts"
import { columnsOf } from "./DocumentRow.ts"
import { Documents } from "./Documents.ts"
import type { JobRow } from "./JobRow.ts"
import { Jobs } from "./Jobs.ts"

/** A version of a document, ready to be seen. */
export interface Version {
  readonly job: JobRow
  readonly parsed: Pick<ParsedDocument, "mediaType" | "text">
  readonly prepared: PreparedPassages
}

/**
 * Makes a version visible: passages, text, the document's row and the end of its job change in one transaction, so that
 * nobody ever sees a part of it, whenever the process ends. A job that somebody else has changed makes nothing visible, and
 * a version that is older than the visible one neither.
 */
export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const jobs = yield* Jobs
  const documents = yield* Documents
  const index = yield* PassageIndex

  return Effect.fn("Ingestion.publish")(
    function* ({ job, parsed, prepared }: Version) {
      const document = yield* documents.lock(job.document_id)
      if (Option.isNone(document)) return yield* new JobLost()
      const newer = document.value.media_type !== null && document.value.revision > job.revision
      const ended = yield* jobs.apply(job, { _tag: newer ? "Supersede" : "Complete" })
      if (Option.isNone(ended)) return yield* new JobLost()
      if (newer) return ended.value
      const columns = {
        title: prepared.title,
        ...columnsOf(job.metadata),
        media_type: parsed.mediaType,
        file_name: job.file_name,
        bytes: job.bytes,
        content_hash: job.content_hash,
        revision: job.revision,
        updated_at: DateTime.toDateUtc(yield* DateTime.now)
      }
      yield* sql`UPDATE rag_document SET ${sql.update(columns)} WHERE id = ${job.document_id}`
      yield* sql`
        INSERT INTO rag_document_text (document_id, text) VALUES (${job.document_id}, ${parsed.text})
        ON CONFLICT (document_id) DO UPDATE SET text = excluded.text
      `
      yield* index.replace(prepared)
      return ended.value
    },
    (effect) => sql.withTransaction(effect)
  )
})
