import type { QueryClass } from "../query/IndexedQuery.ts"

/** By how much the best of some scores stands out from the ten after it, 0 to 1. */
export const margin = (scores: ReadonlyArray<number>): number => {
  const [best = 0, ...rest] = scores.toSorted((a, b) => b - a).slice(0, 11)
  if (best <= 0 || rest.length === 0) return 0
  return 1 - Math.max(0, rest.reduce((sum, score) => sum + score, 0) / rest.length) / best
}

/** What is known of a question once it has been looked up. */
export interface QuerySignals {
  readonly queryClass: QueryClass
  /** The share of the question's words, by weight, that the best passages have. */
  readonly coverage: number
  readonly lexicalMargin: number
  readonly vectorMargin: number
}

/** Questions of which no passage has all words are put in other words than the collection: meaning counts for more. */
const coverageSlope = 0.3
/** Of the two rankings, that which singles out a passage knows better than that which finds many alike. */
const marginSlope = 0.5
/** For a question whose words are all there, and which singles out nothing. */
const base: Readonly<Record<QueryClass, number>> = { semantic: 0.65, mixed: 0.75, exact: 0.85 }

/** The lexical share of scores for a question. */
export const lexicalWeight = ({ coverage, lexicalMargin, queryClass, vectorMargin }: QuerySignals): number =>
  Math.min(
    0.95,
    Math.max(0.3, base[queryClass] - coverageSlope * (1 - coverage) + marginSlope * (lexicalMargin - vectorMargin))
  )
