import { idf, type QueryTerm } from "../query/IndexedQuery.ts"

/** The terms of a passage and how often each stands there. */
export interface PassageCounts {
  readonly passage: number
  readonly terms: ReadonlyArray<number>
  readonly counts: ReadonlyArray<number>
}

/** How pseudo-relevance feedback is done. */
export interface Feedback {
  /** The best passages, whose terms are taken. */
  readonly passages: number
  /** Terms that are taken. */
  readonly terms: number
  /** Passages that have one of them, all terms together: each is scored once more. */
  readonly postings: number
  /** What is left to the question itself, 0 to 1. */
  readonly share: number
  /** Questions that the best passages cover by more than this, by weight, are left as they are. */
  readonly maxCoverage: number
}

/**
 * Where passages have the words of a question, their other words lead away from it; where they lack some, their words are
 * likely to be those that the question should have used.
 */
export const feedback: Feedback = { passages: 10, terms: 30, postings: 10_000, share: 0.75, maxCoverage: 0.75 }

/** The first terms whose postings together are no more than may be read; one that has too many makes room for the next. */
const affordable = <Term extends { readonly postings: number }>(
  sorted: ReadonlyArray<Term>,
  { postings, terms }: Feedback
): ReadonlyArray<Term> => {
  let left = postings
  return sorted
    .filter((term) => {
      if (term.postings > left) return false
      left -= term.postings
      return true
    })
    .slice(0, terms)
}

/**
 * The question with the terms that its best passages have in common (RM3): `scored` are those passages with their scores,
 * `having` says how many passages of the index have a term.
 */
export const expand = (
  query: ReadonlyArray<QueryTerm>,
  scored: ReadonlyArray<PassageCounts & { readonly score: number }>,
  having: ReadonlyMap<number, number>,
  passages: number,
  how: Feedback = feedback
): ReadonlyArray<QueryTerm> => {
  const total = scored.reduce((sum, { score }) => sum + score, 0)
  const asked = query.reduce((sum, { weight }) => sum + weight, 0)
  if (total <= 0 || asked <= 0) return query
  const said = new Map<number, number>()
  for (const passage of scored) {
    const length = passage.counts.reduce((sum, count) => sum + count, 0) || 1
    passage.terms.forEach((term, i) => {
      const often = passage.counts[i] ?? 0
      said.set(term, (said.get(term) ?? 0) + ((passage.score / total) * often) / length)
    })
  }
  const sorted = [...said]
    .map(([term, often]) => ({ term, postings: having.get(term) ?? 0, often }))
    .filter(({ postings }) => postings > 1)
    .map(({ often, ...term }) => ({ ...term, often: often * idf(passages, term.postings) }))
    .toSorted((a, b) => b.often - a.often || a.term - b.term)
  const best = affordable(sorted, how)
  // Weights of a question are counts times idf, so those that are added are too.
  const weights = best.map(({ often, ...term }) => ({ ...term, weight: often * idf(passages, term.postings) }))
  const added = weights.reduce((sum, { weight }) => sum + weight, 0)
  if (added <= 0) return query
  const expanded = new Map(query.map((term) => [term.id, { ...term, weight: (how.share * term.weight) / asked }]))
  for (const { postings, term, weight } of weights) {
    const more = ((1 - how.share) * weight) / added
    const known = expanded.get(term)
    expanded.set(
      term,
      known === undefined
        ? { id: term, text: "", passages: postings, weight: more, inTitles: 1, exact: false }
        : { ...known, weight: known.weight + more }
    )
  }
  return [...expanded.values()]
}
