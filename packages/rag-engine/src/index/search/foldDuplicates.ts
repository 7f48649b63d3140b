import type { DocumentId } from "@resync/rag/model/Ids"
import type { FoundPassage } from "./FoundPassage.ts"
import type { Ranked } from "./fuse.ts"

/** A passage that was found, and the documents that say the same. */
export interface Found {
  readonly passage: FoundPassage
  readonly rank: Ranked
  readonly duplicates: ReadonlyArray<DocumentId>
}

/** The share of the words of two passages that both have, from which on they say the same. */
const alike = 0.9

/** Whether two passages say the same: their words, however often each, are nearly the same ones. `has` are those of `a`. */
const sayTheSame = (a: FoundPassage, has: ReadonlySet<number>, b: FoundPassage): boolean => {
  if (a.text === b.text) return true
  // Few words are soon the same: a heading, a row of a table.
  if (
    a.terms.length < 12 ||
    Math.min(a.terms.length, b.terms.length) < alike * Math.max(a.terms.length, b.terms.length)
  ) {
    return false
  }
  const shared = b.terms.reduce((sum, term) => (has.has(term) ? sum + 1 : sum), 0)
  return shared / (a.terms.length + b.terms.length - shared) >= alike
}

const authority = { vendor: 2, approved: 1, working: 0 } as const

/**
 * Folds passages that say the same into one: the one of the highest authority, at the place of the best of them. Passages of
 * one document that repeat themselves are folded without a word.
 */
export const foldDuplicates = (ranked: ReadonlyArray<readonly [FoundPassage, Ranked]>): ReadonlyArray<Found> => {
  const kept: Array<{ passage: FoundPassage; has: Set<number>; rank: Ranked; documents: Set<DocumentId> }> = []
  for (const [passage, rank] of ranked) {
    const same = kept.find((other) => sayTheSame(other.passage, other.has, passage))
    if (same === undefined) {
      kept.push({ passage, has: new Set(passage.terms), rank, documents: new Set([passage.documentId]) })
      continue
    }
    same.documents.add(passage.documentId)
    if (authority[passage.authority] <= authority[same.passage.authority]) continue
    same.passage = passage
    same.has = new Set(passage.terms)
  }
  return kept.map(({ documents, passage, rank }) => ({
    passage,
    rank,
    duplicates: [...documents].filter((id) => id !== passage.documentId)
  }))
}
