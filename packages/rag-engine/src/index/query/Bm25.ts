/** How BM25 weighs. The two first are the usual values, the others say what a word in a title is worth. */
export interface Bm25 {
  /** How soon more of the same word adds little. */
  readonly k1: number
  /** How much a long passage has to say a word more often, from 0 (not at all) to 1. */
  readonly b: number
  /** Occurrences in the body that one in the title of the document counts for. */
  readonly title: number
  /** The same for the headings above a passage. */
  readonly heading: number
}

export const bm25: Bm25 = { k1: 1.2, b: 0.75, title: 1, heading: 1 }
