/** A passage that retrieval found for a question. */
export interface Evidence {
  readonly passageId: string
  readonly documentId: string
  readonly title: string
  /** The titles above the passage, outermost first. */
  readonly headings: ReadonlyArray<string>
  readonly text: string
  /** Where the passage lies in its document's text. */
  readonly start: number
  readonly end: number
}

/** How the words of a collection are read and weighed, as its index does. */
export interface Vocabulary {
  /** The terms of a text: stemmed, stop words left out. */
  readonly terms: (text: string) => ReadonlyArray<string>
  /** How much a term tells apart: its inverse document frequency; that of an unknown term is the highest. */
  readonly weight: (term: string) => number
}
