import { Embedder } from "@resync/rag-engine/index/Embedder"
import { PassageIndex } from "@resync/rag-engine/index/PassageIndex"
import { type RankOptions, rankPassages } from "@resync/rag-engine/index/search/rankPassages"
import { makeQueryVectors } from "@resync/rag-engine/index/spaces/QueryVectors"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { Collection } from "./Collection.ts"
import { takeIn } from "./Library.ts"
import { average, type Measures } from "./Measures.ts"
import { ablations, main } from "./Variants.ts"

/** How a collection is searched by one variant. */
export interface Figures extends Measures {
  /** Milliseconds that a query took, the half and all but one of a hundred. */
  readonly p50: number
  readonly p99: number
}

export interface Quality {
  readonly name: string
  readonly documents: number
  readonly passages: number
  readonly queries: number
  /** Passages indexed in a second, and seconds until the vectors were there. */
  readonly perSecond: number
  readonly fitSeconds: number
  readonly variants: ReadonlyMap<string, Figures>
}

const percentile = (times: ReadonlyArray<number>, share: number) =>
  Math.round(
    (times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0) * 10
  ) / 10

/** Takes a collection in and measures the variants of search on it. A document is as good as its best passage. */
export const quality = Effect.fnUntraced(function* (
  collection: Collection,
  { all, tell }: { readonly all: boolean; readonly tell: boolean }
) {
  const sql = yield* SqlClient.SqlClient
  const index = yield* PassageIndex
  const vectors = yield* makeQueryVectors(yield* Embedder)
  if (tell) process.stderr.write(`${collection.name}: taking in ${collection.docs.length} documents\n`)
  const started = performance.now()
  const { names, passages } = yield* takeIn(collection.docs)
  const taken = performance.now()
  yield* index.maintain
  const fitted = performance.now()
  const owners = new Map(
    (yield* sql<{ readonly key: number; readonly document: string }>`
      SELECT key, document_id::text AS document FROM rag_passage`).map(({ document, key }) => [
      key,
      names.get(document) ?? ""
    ])
  )
  const run = Effect.fnUntraced(function* (options: RankOptions) {
    const times: Array<number> = []
    const judged = []
    for (const { id, text } of collection.queries) {
      const begun = performance.now()
      const { ranked } = yield* rankPassages(vectors, text, { candidates: 1000, ...options })
      times.push(performance.now() - begun)
      const documents = [...new Set(ranked.map(({ passage }) => owners.get(passage) ?? ""))]
      judged.push({ ranked: documents, relevant: collection.relevant.get(id) ?? new Map<string, number>() })
    }
    return { ...average(judged), p50: percentile(times, 0.5), p99: percentile(times, 0.99) } satisfies Figures
  })
  const variants = new Map<string, Figures>()
  for (const { name, options } of all ? [...main, ...ablations] : main) variants.set(name, yield* run(options))
  return {
    name: collection.name,
    documents: collection.docs.length,
    passages,
    queries: collection.queries.length,
    perSecond: Math.round((passages / (taken - started)) * 1000),
    fitSeconds: Math.round((fitted - taken) / 100) / 10,
    variants
  } satisfies Quality
})
