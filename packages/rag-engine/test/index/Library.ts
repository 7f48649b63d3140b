import { readdirSync, readFileSync } from "node:fs"
import { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import { chunkDocument } from "@resync/rag-engine/chunking/chunkDocument"
import { Embedder } from "@resync/rag-engine/index/Embedder"
import { PassageIndex } from "@resync/rag-engine/index/PassageIndex"
import { parseMarkdown } from "@resync/rag-engine/parsing/formats/markdown"
import { engineMigrations } from "@resync/rag-engine/store/EngineMigrations"
import * as Migrations from "@resync/store/Migrations"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"

/** A document's id by a number. */
export const documentId = (n: number) => DocumentId.make(`01900000-0000-7000-8000-${String(n).padStart(12, "0")}`)

/** What a document is, besides its text. */
export interface Facts {
  readonly title?: string
  readonly source?: string | null
  readonly tags?: ReadonlyArray<string>
  readonly authority?: string
  readonly platform?: string | null
  readonly version?: string | null
  readonly mediaType?: string
}

/** Takes a Markdown text in, as ingestion does: as a new document, or in place of what the document was. */
export const put = Effect.fnUntraced(function* (n: number, text: string, facts: Facts = {}) {
  const sql = yield* SqlClient.SqlClient
  const index = yield* PassageIndex
  const id = documentId(n)
  const parsed = parseMarkdown(text)
  const title = facts.title ?? parsed.title ?? `document ${n}`
  const prepared = yield* index.prepare({ documentId: id, title, passages: chunkDocument(id, parsed) })
  const row = {
    id,
    title,
    source: facts.source ?? null,
    tags: [...(facts.tags ?? [])],
    authority: facts.authority ?? "working",
    platform: facts.platform ?? null,
    version: facts.version ?? null,
    media_type: facts.mediaType ?? "text/markdown",
    file_name: `${n}.md`,
    bytes: text.length,
    content_hash: String(n),
    revision: 1,
    latest_job_id: IngestionJobId.make(id),
    created_at: new Date(0),
    updated_at: new Date(0)
  }
  yield* sql.withTransaction(
    sql`INSERT INTO rag_document ${sql.insert(row)} ON CONFLICT (id) DO UPDATE SET title = excluded.title`.pipe(
      Effect.andThen(index.replace(prepared))
    )
  )
  return prepared.passages
})

const corpus = new URL("../../corpus/", import.meta.url)

/** Takes the starter corpus in, and answers the ids of its documents by their file names. */
export const putCorpus = Effect.gen(function* () {
  const files = readdirSync(corpus)
    .filter((file) => file.endsWith(".md"))
    .toSorted()
  yield* Effect.forEach(files, (file, n) => put(n + 1, readFileSync(new URL(file, corpus), "utf8")))
  return new Map(files.map((file, n) => [file, documentId(n + 1)]))
})

/** The index over an empty store. */
export const layerIndex = PassageIndex.layer().pipe(
  Layer.provide(Layer.effectDiscard(Migrations.run(engineMigrations)))
)

export const layerLsa = layerIndex.pipe(Layer.provide(Embedder.layerLsa()))
