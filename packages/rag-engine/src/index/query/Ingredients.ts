/** What takes part in a search. Everything does, unless a benchmark wants to know what it is worth. */
export interface Ingredients {
  /** The title of the document and the headings above a passage count as its words. */
  readonly titles: boolean
  /** Ids and names count as fields, and passages that have them come first. */
  readonly fields: boolean
  readonly synonyms: boolean
  /** Terms of the best passages are looked for as well. */
  readonly feedback: boolean
  /** Scores of both kinds for each candidate, not only for those that its own kind found. */
  readonly complete: boolean
}

export const allIngredients: Ingredients = {
  titles: true,
  fields: true,
  synonyms: true,
  feedback: true,
  complete: true
}
