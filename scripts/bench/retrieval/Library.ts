/** Takes collections into an index, as ingestion would, and asks it. */
import { createHash } from "node:crypto"
import { DocumentId } from "@resync/rag/model/Ids"
import { chunkDocument } from "@resync/rag-engine/chunking/chunkDocument"
import { PassageIndex } from "@resync/rag-engine/index/PassageIndex"
import { defaultLimits } from "@resync/rag-engine/parsing/DocumentParserOptions"
import { parse } from "@resync/rag-engine/parsing/parse"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { Doc } from "./Collection.ts"

/** An id of the shape that documents have, the same for the same document. */
const idOf = (name: string): DocumentId => {
  const hash = createHash("sha256").update(name).digest("hex")
  return DocumentId.make(
    `${hash.slice(0, 8)}-${hash.slice(8, 12)}-7${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`
  )
}

/** Reads a document by its content, cuts it and indexes it. Answers how many passages it has. */
const take = Effect.fnUntraced(function* (doc: Doc) {
  const sql = yield* SqlClient.SqlClient
  const index = yield* PassageIndex
  const id = idOf(doc.id)
  const bytes = new TextEncoder().encode(doc.text)
  const document = yield* parse(bytes, doc.id, defaultLimits)
  const title = doc.title ?? document.title ?? doc.id
  const prepared = yield* index.prepare({ documentId: id, title, passages: chunkDocument(id, document) })
  const row = {
    id,
    title,
    authority: "working",
    file_name: doc.id,
    bytes: bytes.length,
    content_hash: "",
    revision: 1,
    latest_job_id: id,
    created_at: new Date(0),
    updated_at: new Date(0)
  }
  yield* sql.withTransaction(Effect.andThen(sql`INSERT INTO rag_document ${sql.insert(row)}`, index.replace(prepared)))
  return prepared.passages.length
})

/** Takes documents in; those without text are left out. Answers passages, and the documents by their ids in the index. */
export const takeIn = Effect.fnUntraced(function* (docs: ReadonlyArray<Doc>) {
  let passages = 0
  for (const doc of docs) {
    passages += yield* take(doc).pipe(Effect.catchTag("DocumentUnreadable", () => Effect.succeed(0)))
  }
  return { passages, names: new Map(docs.map(({ id }) => [idOf(id) as string, id])) }
})
