import type { Document, DocumentQuery } from "@resync/rag/model/Document"
import type { DocumentId } from "@resync/rag/model/Ids"
import type { Page } from "@resync/rag/model/Page"
import { Context, DateTime, Effect, Layer, Option, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import { PassageIndex } from "../index/PassageIndex.ts"
import { storable } from "../store/storable.ts"
import { cursorAfter, idOfCursor } from "./Cursor.ts"
import { columnsOf, DocumentRow, documentOf } from "./DocumentRow.ts"
import type { JobRow } from "./JobRow.ts"

const decode = (rows: unknown) => Effect.orDie(Schema.decodeUnknownEffect(Schema.Array(DocumentRow))(rows))

/** The rows of `rag_document`. */
export class Documents extends Context.Service<
  Documents,
  {
    readonly get: (id: DocumentId) => Effect.Effect<Option.Option<Document>, SqlError>
    readonly list: (query: DocumentQuery) => Effect.Effect<Page<Document>, SqlError>
    /** Locks the row until the end of the caller's transaction. */
    readonly lock: (id: DocumentId) => Effect.Effect<Option.Option<DocumentRow>, SqlError>
    /** Notes a job as the latest of its document, which is made when it is the first. */
    readonly uploaded: (job: JobRow) => Effect.Effect<void, SqlError>
    /** Takes the document out, passages and all, within the caller's transaction. */
    readonly remove: (id: DocumentId) => Effect.Effect<void, SqlError>
  }
>()("@resync/rag-engine/Documents") {
  static readonly layer = Layer.effect(
    Documents,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const index = yield* PassageIndex

      const one = (rows: Effect.Effect<unknown, SqlError>) =>
        rows.pipe(
          Effect.flatMap(decode),
          Effect.map(([row]) => Option.fromUndefinedOr(row))
        )

      const list = Effect.fn("Documents.list")(function* (query: DocumentQuery) {
        const { authority, cursor, limit = 100, mediaType, source, tag } = query
        const after = idOfCursor(cursor)
        const rows = yield* sql`
          SELECT * FROM rag_document WHERE ${sql.and([
            sql`true`,
            ...(tag === undefined ? [] : [sql`tags @> ARRAY[${storable(tag)}]::text[]`]),
            ...(source === undefined ? [] : [sql`source = ${storable(source)}`]),
            ...(mediaType === undefined ? [] : [sql`media_type = ${mediaType}`]),
            ...(authority === undefined ? [] : [sql`authority = ${authority}`]),
            ...(Option.isNone(after) ? [] : [sql`id < ${after.value}`])
          ])} ORDER BY id DESC LIMIT ${limit + 1}
        `.pipe(Effect.flatMap(decode))
        const items = rows.slice(0, limit).map(documentOf)
        const last = items.at(-1)
        return rows.length > limit && last !== undefined ? { items, nextCursor: cursorAfter(last.id) } : { items }
      })

      return Documents.of({
        list,
        get: (id) => Effect.map(one(sql`SELECT * FROM rag_document WHERE id = ${id}`), Option.map(documentOf)),
        lock: (id) => one(sql`SELECT * FROM rag_document WHERE id = ${id} FOR UPDATE`),
        uploaded: Effect.fnUntraced(function* (job: JobRow) {
          const now = DateTime.toDateUtc(yield* DateTime.now)
          const row = {
            id: job.document_id,
            title: job.metadata.title ?? job.file_name,
            ...columnsOf(job.metadata),
            file_name: job.file_name,
            bytes: job.bytes,
            content_hash: job.content_hash,
            revision: job.revision,
            latest_job_id: job.id,
            created_at: now,
            updated_at: now
          }
          yield* sql`
            INSERT INTO rag_document ${sql.insert(row)}
            ON CONFLICT (id) DO UPDATE SET latest_job_id = ${job.id}
          `
        }),
        remove: (id) => Effect.andThen(index.remove(id), sql`DELETE FROM rag_document WHERE id = ${id}`)
      })
    })
  )
}
