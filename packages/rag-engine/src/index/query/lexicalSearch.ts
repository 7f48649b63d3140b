import type { SearchFilter } from "@resync/rag/model/Search"
import { Effect } from "effect"
import { makeScores, type Wanted } from "../postings/makeScores.ts"
import { readPostings } from "../postings/postingTable.ts"
import type { Bm25 } from "./Bm25.ts"
import { allowedPassages } from "./filterPassages.ts"
import type { QueryTerm } from "./IndexedQuery.ts"

export interface LexicalSearch extends Omit<Wanted, "allowed"> {
  readonly terms: ReadonlyArray<QueryTerm>
  readonly bm25: Bm25
  /** The average length of passages. */
  readonly averageLength: number
}

/** What a search may take of memory and of the event loop. */
export interface LexicalLimits {
  /** Postings that are read in one statement, unless one term has more. */
  readonly read: number
  /** Bytes of postings that are kept for the next look. */
  readonly kept: number
  /** Bytes of postings that are gone through between two breaths of the event loop. */
  readonly slice: number
}

/** Four megabytes read at once, sixteen kept, and a millisecond or two without a breath. */
const lexicalLimits: LexicalLimits = { read: 400_000, kept: 1 << 24, slice: 1 << 20 }

/** Terms that are read together, in order. */
export const batchesOf = (terms: ReadonlyArray<QueryTerm>, most: number): ReadonlyArray<ReadonlyArray<QueryTerm>> => {
  const batches: Array<Array<QueryTerm>> = []
  let left = 0
  for (const term of terms) {
    const batch = term.passages <= left ? batches.at(-1) : undefined
    if (batch === undefined) batches.push([term])
    else batch.push(term)
    left = (batch === undefined ? most : left) - term.passages
  }
  return batches
}

/**
 * Looks passages up by the words of one question, best first: those with its ids and names before the others, then by BM25
 * over the fields. Postings that were read for one look are there for the next.
 */
export const lexicalSearch = Effect.fnUntraced(function* (
  filter: SearchFilter | undefined,
  { kept, read, slice }: LexicalLimits = lexicalLimits
) {
  const allowed = yield* allowedPassages(filter)
  const known = new Map<number, ReadonlyArray<Uint8Array>>()
  let room = kept

  const postingsOf = Effect.fnUntraced(function* (terms: ReadonlyArray<QueryTerm>) {
    const missing = terms.map(({ id }) => id).filter((id) => !known.has(id))
    const found = missing.length === 0 ? new Map<number, ReadonlyArray<Uint8Array>>() : yield* readPostings(missing)
    for (const [id, blocks] of found) {
      const bytes = blocks.reduce((sum, block) => sum + block.length, 0)
      if (bytes > room) continue
      room -= bytes
      known.set(id, blocks)
    }
    return (id: number) => known.get(id) ?? found.get(id) ?? []
  })

  return Effect.fnUntraced(function* ({ averageLength, bm25, terms, ...wanted }: LexicalSearch) {
    const scores = makeScores(bm25, averageLength)
    let passed = 0
    for (const batch of batchesOf(terms, read)) {
      const postings = yield* postingsOf(batch)
      for (const term of batch) {
        for (const block of postings(term.id)) {
          scores.add(term, block)
          passed += block.length
          if (passed < slice) continue
          passed = 0
          yield* Effect.yieldNow
        }
      }
    }
    return scores.best({ ...wanted, allowed })
  })
})
