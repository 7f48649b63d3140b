/** A passage that may be shown, with its scores of both kinds; those that it has not are 0. */
export interface Candidate {
  readonly passage: number
  /** BM25. */
  readonly lexical: number
  /** Cosine of passage and question. */
  readonly vector: number
  /** How many ids and names of the question stand in it. */
  readonly exact: number
}

/** A candidate with what it is ranked by. */
export interface Ranked extends Candidate {
  readonly normalized: { readonly lexical: number; readonly vector: number }
  /** 0 to 1. */
  readonly score: number
}

export interface Fusion {
  /** The lexical share of a score, 0 to 1. */
  readonly lexicalWeight: number
  /** How many ids and names of the question the index knows. */
  readonly identifiers: number
}

/** Scores on one scale: 0 stays 0, the best is 1. Neither kind has scores below 0 that would say anything. */
const scale = (candidates: ReadonlyArray<Candidate>, score: (candidate: Candidate) => number) => {
  const best = candidates.reduce((most, candidate) => Math.max(most, score(candidate)), 0)
  return (candidate: Candidate) => (best > 0 ? Math.max(0, score(candidate)) / best : 0)
}

/**
 * Brings the scores of both kinds together: each on a scale of 0 to 1, and of the two a weighted mean. Passages with ids
 * and names of the question come before all others.
 */
export const fuse = (candidates: ReadonlyArray<Candidate>, fusion: Fusion): ReadonlyArray<Ranked> => {
  const lexical = scale(candidates, (candidate) => candidate.lexical)
  const vector = scale(candidates, (candidate) => candidate.vector)
  return candidates
    .map((candidate) => {
      const normalized = { lexical: lexical(candidate), vector: vector(candidate) }
      const mean = fusion.lexicalWeight * normalized.lexical + (1 - fusion.lexicalWeight) * normalized.vector
      return { ...candidate, normalized, score: (candidate.exact + mean) / (fusion.identifiers + 1) }
    })
    .toSorted((a, b) => b.score - a.score || a.passage - b.passage)
}

/** Reciprocal rank fusion: by places alone. Lowers quality with most embedders; here for those who know theirs. */
export const fuseByRank = (candidates: ReadonlyArray<Candidate>, fusion: Fusion, k = 60): ReadonlyArray<Ranked> => {
  const places = (score: (candidate: Candidate) => number) =>
    new Map(
      candidates
        .filter((candidate) => score(candidate) > 0)
        .toSorted((a, b) => score(b) - score(a) || a.passage - b.passage)
        .map(({ passage }, place) => [passage, (k + 1) / (k + 1 + place)])
    )
  const lexical = places((candidate) => candidate.lexical)
  const vector = places((candidate) => candidate.vector)
  return candidates
    .map((candidate) => {
      const normalized = {
        lexical: lexical.get(candidate.passage) ?? 0,
        vector: vector.get(candidate.passage) ?? 0
      }
      const mean = fusion.lexicalWeight * normalized.lexical + (1 - fusion.lexicalWeight) * normalized.vector
      return { ...candidate, normalized, score: (candidate.exact + mean) / (fusion.identifiers + 1) }
    })
    .toSorted((a, b) => b.score - a.score || a.passage - b.passage)
}
