import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { Fitted, Given } from "../Embedder.ts"
import { embeddedText } from "../preparePassages.ts"
import { cachedVectors, embedTexts, foldIn } from "./embedPassages.ts"
import type { Space } from "./Space.ts"
import { type Embedded, insertVectors, tableOf } from "./spaceTable.ts"

const Rows = Schema.Array(
  Schema.Struct({
    key: Schema.Int,
    terms: Schema.Array(Schema.Int),
    counts: Schema.Array(Schema.Int),
    contentHash: Schema.String,
    title: Schema.String,
    headings: Schema.Array(Schema.String),
    text: Schema.String
  })
)
export type Unplaced = (typeof Rows.Type)[number]

/** Passages placed in one transaction: the embedded database serves nobody else meanwhile. */
const batch = 200

const Ends = Schema.Tuple([Schema.Struct({ last: Schema.NullOr(Schema.Int) })])

/** The key of the last passage of a batch that begins after `after`; null when there are no more. */
const endOfBatch = Effect.fnUntraced(function* (after: number) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`
    SELECT max(key) AS last FROM (SELECT key FROM rag_passage WHERE key > ${after} ORDER BY key LIMIT ${batch}) batch
  `
  const [{ last }] = yield* Effect.orDie(Schema.decodeUnknownEffect(Ends)(rows))
  return last
})

/**
 * Passages of a batch that a space has no vector of. The batch is bounded before it is asked for: looking for the next ones
 * that have none, the database would go through all passages each time.
 */
const unplaced = Effect.fnUntraced(function* (space: number, after: number, last: number) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`
    SELECT p.key, p.terms, p.counts, p.content_hash AS "contentHash", d.title, p.headings, p.text
    FROM rag_passage p JOIN rag_document d ON d.id = p.document_id
    WHERE p.key > ${after} AND p.key <= ${last}
      AND NOT EXISTS (SELECT FROM ${sql(tableOf(space))} v WHERE v.passage = p.key)
    ORDER BY p.key
  `
  return yield* Effect.orDie(Schema.decodeUnknownEffect(Rows)(rows))
})

/** The vectors of passages in a space; of those that it cannot place, none. */
export const vectorsIn = Effect.fnUntraced(function* (
  space: Space,
  embedder: Fitted | Given,
  passages: ReadonlyArray<Unplaced>
) {
  if (space.model !== undefined) return (yield* foldIn(space.model, passages)).embedded
  if (embedder._tag !== "Given" || embedder.name !== space.embedder) return []
  const texts = new Map(passages.map((passage) => [passage.contentHash, embeddedText(passage.title, passage)]))
  yield* embedTexts(embedder, texts, () => Effect.void)
  const cached = yield* cachedVectors(embedder.name, [...texts.keys()])
  return passages.flatMap(({ contentHash, key }): ReadonlyArray<Embedded> => {
    const vector = cached.get(contentHash)
    return vector === undefined ? [] : [{ key, vector }]
  })
})

/** Gives every passage that a space lacks its vector. Told after each batch how many were placed. */
export const fillSpace = Effect.fnUntraced(function* (
  space: Space,
  embedder: Fitted | Given,
  onProgress: (placed: number) => Effect.Effect<void>
) {
  let after = 0
  while (true) {
    const last = yield* endOfBatch(after)
    if (last === null) return
    const passages = yield* unplaced(space.id, after, last)
    if (passages.length > 0) {
      yield* insertVectors(space.id, yield* vectorsIn(space, embedder, passages))
      yield* onProgress(passages.length)
    }
    after = last
  }
})
