import { Effect, Option } from "effect"
import { SqlClient } from "effect/sql"
import type { Fitted, Given } from "./Embedder.ts"
import type { PreparedPassages } from "./PreparedPassages.ts"
import { cachedVectors, foldIn } from "./spaces/embedPassages.ts"
import type { QueryVectors } from "./spaces/QueryVectors.ts"
import { liveSpace } from "./spaces/Space.ts"
import type { SpaceKeeper } from "./spaces/SpaceKeeper.ts"
import { insertVectors, removeVectors } from "./spaces/spaceTable.ts"
import { type AddedPassage, addPassages, lockIndex, movePassages, passagesOf, removePassages } from "./writePassages.ts"

/** Places new passages in the space that is searched. What cannot be placed here and now, the keeper places later. */
const place = Effect.fnUntraced(function* (
  added: ReadonlyArray<AddedPassage>,
  embedder: Fitted | Given,
  vectors: QueryVectors,
  keeper: SpaceKeeper
) {
  const live = yield* liveSpace()
  const found = Option.isNone(live) ? Option.none() : yield* vectors.spaceInTransaction(live.value)
  if (Option.isNone(found)) return
  const space = found.value
  if (space.model !== undefined) {
    const { embedded, known } = yield* foldIn(space.model, added)
    yield* insertVectors(space.id, embedded)
    yield* keeper.folded(space.id, added.length, known)
  } else if (space.embedder === embedder.name) {
    const cached = yield* cachedVectors(
      embedder.name,
      added.map(({ contentHash }) => contentHash)
    )
    yield* insertVectors(
      space.id,
      added.flatMap(({ contentHash, key }) => {
        const vector = cached.get(contentHash)
        return vector === undefined ? [] : [{ key, vector }]
      })
    )
  }
})

/**
 * Puts passages in place of those that their document has. One that is the same words under the same titles keeps its
 * postings and its vectors, wherever it stands now.
 */
export const replacePassages = Effect.fnUntraced(function* (
  { documentId, passages }: PreparedPassages,
  embedder: Fitted | Given,
  vectors: QueryVectors,
  keeper: SpaceKeeper
) {
  const sql = yield* SqlClient.SqlClient
  yield* lockIndex()
  const before = yield* passagesOf(documentId)
  const known = new Map(before.map((passage) => [passage.id, passage]))
  // A document that was given another title has the same ids, and other words to be found by.
  const same = passages.filter(({ contentHash, id }) => known.get(id)?.contentHash === contentHash)
  const kept = new Set(same.map(({ id }) => id))
  const gone = before.filter(({ id }) => !kept.has(id)).map(({ key }) => key)
  yield* removeVectors(gone)
  yield* removePassages(gone)
  const added = yield* addPassages(
    documentId,
    passages.filter(({ id }) => !kept.has(id))
  )
  yield* movePassages(same)
  yield* place(added, embedder, vectors, keeper)
  yield* sql`UPDATE rag_index SET version = version + 1`
  yield* sql`UPDATE rag_document SET passages = ${passages.length} WHERE id = ${documentId}`
})
