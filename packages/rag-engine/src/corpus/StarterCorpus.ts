import { createHash } from "node:crypto"
import { fileURLToPath } from "node:url"
import { DocumentId } from "@resync/rag/model/Ids"
import { Effect, FileSystem, Option, Path, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { Ingestion } from "../ingestion/Ingestion.ts"
import { Uploads } from "../ingestion/Uploads.ts"

/** The folder of the documents that ship with the engine. */
export const shipped = fileURLToPath(new URL("../../corpus", import.meta.url))

const Loaded = Schema.Array(
  Schema.Struct({ name: Schema.String, content_hash: Schema.String, document_id: DocumentId })
)

/** They speak of the product and not of a site, so their word has the weight of the vendor's. */
const metadata = { source: "resync:starter-corpus", tags: ["starter"], authority: "vendor" } as const

/**
 * Takes in the Markdown files of a folder as documents: each once, again when its content has changed, in place of the old
 * version. One whose document was deleted stays away; one that is no longer in the folder goes.
 */
export const load = Effect.fn("StarterCorpus.load")(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const sql = yield* SqlClient.SqlClient
  const ingestion = yield* Ingestion
  const uploads = yield* Uploads

  const rows = yield* sql`SELECT * FROM rag_corpus`
  const loaded = new Map(
    (yield* Effect.orDie(Schema.decodeUnknownEffect(Loaded)(rows))).map((row) => [row.name, row] as const)
  )
  const names = (yield* fs.readDirectory(directory)).filter((name) => name.endsWith(".md")).toSorted()

  const note = (name: string, hash: string, document: DocumentId) => sql`
    INSERT INTO rag_corpus (name, content_hash, document_id) VALUES (${name}, ${hash}, ${document})
    ON CONFLICT (name) DO UPDATE SET content_hash = excluded.content_hash, document_id = excluded.document_id
  `

  const loadOne = Effect.fnUntraced(function* (name: string) {
    const bytes = yield* fs.readFile(path.join(directory, name))
    const hash = createHash("sha256").update(bytes).digest("hex")
    const before = loaded.get(name)
    if (before?.content_hash === hash) return false
    const accepted = yield* uploads
      .upload({
        fileName: name,
        content: Stream.succeed(bytes),
        metadata,
        ...(before === undefined ? {} : { replaces: before.document_id })
      })
      .pipe(
        Effect.asSome,
        // Somebody has deleted it.
        Effect.catchTag("DocumentNotFound", () => Effect.succeedNone)
      )
    const document = Option.match(accepted, {
      onNone: () => before?.document_id,
      onSome: ({ documentId }) => documentId
    })
    if (document !== undefined) yield* note(name, hash, document)
    return Option.isSome(accepted)
  })

  const remove = ({ document_id, name }: (typeof Loaded.Type)[number]) =>
    ingestion.deleteDocument(document_id).pipe(
      Effect.catchTag("DocumentNotFound", () => Effect.void),
      Effect.andThen(sql`DELETE FROM rag_corpus WHERE name = ${name}`)
    )

  const gone = [...loaded.values()].filter(({ name }) => !names.includes(name))
  yield* Effect.forEach(gone, remove, { discard: true })
  const taken = (yield* Effect.forEach(names, loadOne)).filter((taken) => taken).length
  if (taken + gone.length > 0) {
    yield* Effect.logInfo("The starter corpus was brought up to date").pipe(
      Effect.annotateLogs({ taken, removed: gone.length })
    )
  }
})
