import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { Given } from "../Embedder.ts"
import { EmbedderUnavailable } from "../EmbedderUnavailable.ts"
import { type LsaModel, project } from "../lsa/LsaModel.ts"
import type { Embedded } from "./spaceTable.ts"

/** What a space is to hold: a passage's key, its terms, and the hash and the words that a given model embeds. */
export interface Unembedded {
  readonly key: number
  readonly terms: ReadonlyArray<number>
  readonly counts: ReadonlyArray<number>
  readonly contentHash: string
}

/** Folded in between two breaths of the event loop: about two milliseconds' worth. */
const slice = 64

/**
 * Folds passages into a fitted space. Passages of which it knows nothing have no place in it. `known` is the share of their
 * words that the space knows.
 */
export const foldIn = Effect.fnUntraced(function* (model: LsaModel, passages: ReadonlyArray<Unembedded>) {
  const embedded: Array<Embedded> = []
  let known = 0
  for (let from = 0; from < passages.length; from += slice) {
    for (const { counts, key, terms } of passages.slice(from, from + slice)) {
      const found = project(model, terms, counts)
      if (found === undefined) continue
      embedded.push({ key, vector: found.vector })
      known += found.known
    }
    yield* Effect.yieldNow
  }
  return { embedded, known: passages.length === 0 ? 1 : known / passages.length }
})

const Cached = Schema.Array(Schema.Struct({ hash: Schema.String, vector: Schema.Array(Schema.Finite) }))

/** Vectors that were made before, by the hash of their words. */
export const cachedVectors = Effect.fnUntraced(function* (embedder: string, hashes: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`
    SELECT content_hash AS hash, vector FROM rag_embedding_cache
    WHERE embedder = ${embedder} AND content_hash = ANY(${[...hashes]}::text[])
  `
  const cached = yield* Effect.orDie(Schema.decodeUnknownEffect(Cached)(rows))
  return new Map(cached.map(({ hash, vector }) => [hash, vector]))
})

/** Has texts embedded that were not embedded before, and keeps their vectors. Told after each batch how many are done. */
export const embedTexts = Effect.fnUntraced(function* (
  embedder: Given,
  texts: ReadonlyMap<string, string>,
  onProgress: (done: number) => Effect.Effect<void>
) {
  const sql = yield* SqlClient.SqlClient
  const cached = yield* cachedVectors(embedder.name, [...texts.keys()])
  const missing = [...texts].filter(([hash]) => !cached.has(hash))
  let done = texts.size - missing.length
  yield* onProgress(done)
  for (let from = 0; from < missing.length; from += embedder.batchSize) {
    const batch = missing.slice(from, from + embedder.batchSize)
    const vectors = yield* embedder.embed(batch.map(([, text]) => text))
    if (vectors.length !== batch.length) {
      return yield* new EmbedderUnavailable({
        embedder: embedder.name,
        detail: `it gave ${vectors.length} vectors for ${batch.length} texts`,
        transient: true
      })
    }
    // As text, since an array of numbers of which some are whole has no type that the driver would know.
    yield* sql`
      INSERT INTO rag_embedding_cache (embedder, content_hash, vector)
      SELECT ${embedder.name}, e.hash, e.vector::real[]
      FROM unnest(${batch.map(([hash]) => hash)}::text[], ${vectors.map((vector) => `{${vector.join(",")}}`)}::text[])
        AS e(hash, vector)
      ON CONFLICT DO NOTHING
    `
    done += batch.length
    yield* onProgress(done)
  }
})
