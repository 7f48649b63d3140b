import type { EmbedderUnavailable } from "@resync/rag-engine/index/EmbedderUnavailable"
import { PassageIndex } from "@resync/rag-engine/index/PassageIndex"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"

/** What a test may do to the embedding of passages. */
export interface StubOptions {
  /** Runs for each document before its passages are ready. */
  readonly embed?: (document: {
    readonly title: string
    readonly onProgress: (done: number) => Effect.Effect<void>
    readonly passages: number
  }) => Effect.Effect<void, EmbedderUnavailable>
}

/** An index that finds by plain words, in a table, so that its changes are a part of the caller's transaction. */
export const layer = ({ embed }: StubOptions = {}) =>
  Layer.effect(
    PassageIndex,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE IF NOT EXISTS stub_passage (id text, document_id uuid, title text, text text, start_at int, end_at int)`
      const found = (query: string) =>
        sql<{ id: string; document_id: string; title: string; text: string; start_at: number; end_at: number }>`
          SELECT * FROM stub_passage WHERE text ILIKE ${`%${query}%`} ORDER BY id LIMIT 10
        `
      return PassageIndex.of({
        prepare: Effect.fnUntraced(function* ({ documentId, passages, title }, options) {
          const onProgress = options?.onProgress ?? (() => Effect.void)
          if (embed !== undefined) yield* embed({ title, passages: passages.length, onProgress })
          yield* onProgress(passages.length)
          return {
            documentId,
            title,
            passages: passages.map((chunk) => ({ ...chunk, contentHash: chunk.id, counts: new Map(), length: 0 }))
          }
        }),
        replace: Effect.fnUntraced(function* ({ documentId, passages, title }) {
          yield* sql`DELETE FROM stub_passage WHERE document_id = ${documentId}`
          for (const { end, id, start, text } of passages) {
            yield* sql`INSERT INTO stub_passage VALUES (${id}, ${documentId}, ${title}, ${text}, ${start}, ${end})`
          }
          yield* sql`UPDATE rag_document SET passages = ${passages.length} WHERE id = ${documentId}`
        }),
        remove: (documentId) => Effect.asVoid(sql`DELETE FROM stub_passage WHERE document_id = ${documentId}`),
        search: ({ query }) =>
          Effect.map(found(query), (rows) => ({
            queryClass: "mixed" as const,
            vectors: false,
            hits: rows.map((row) => ({
              passageIds: [row.id as never] as const,
              documentId: row.document_id as never,
              title: row.title,
              source: null,
              headings: [],
              page: null,
              text: row.text,
              start: row.start_at,
              end: row.end_at,
              highlights: [],
              score: 1,
              duplicates: []
            }))
          })),
        evidence: (question) =>
          Effect.map(found(question), (rows) => ({
            evidence: rows.map((row) => ({
              passageId: row.id,
              documentId: row.document_id,
              title: row.title,
              headings: [],
              text: row.text,
              start: row.start_at,
              end: row.end_at
            })),
            vocabulary: { terms: (text: string) => text.toLowerCase().split(/\W+/), weight: () => 1 }
          })),
        status: Effect.succeed({
          version: 0,
          documents: 0,
          passages: 0,
          terms: 0,
          embedder: "stub",
          space: null,
          building: null,
          failure: null
        }),
        maintain: Effect.void
      })
    }).pipe(Effect.orDie)
  )
