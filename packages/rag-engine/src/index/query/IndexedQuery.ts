import { fieldOfTerm } from "../fields/fieldTerm.ts"
import type { FieldKind } from "../fields/recognize.ts"
import type { Ingredients } from "./Ingredients.ts"
import type { ParsedQuery } from "./parseQuery.ts"

/** A term of a question that the index knows. */
export interface QueryTerm {
  readonly id: number
  readonly text: string
  /** How many passages have it. */
  readonly passages: number
  /** What a passage gets that is about nothing else: how much the term tells apart, times how much it is asked for. */
  readonly weight: number
  /** How much more an occurrence in a title counts than that of a word: what a title names, the passage is about. */
  readonly inTitles: number
  /** Whether passages that have it come first. */
  readonly exact: boolean
}

/** What questions look for: ids and names, meaning, or both. */
export type QueryClass = "exact" | "semantic" | "mixed"

/** A question as the index sees it. */
export interface IndexedQuery {
  readonly terms: ReadonlyArray<QueryTerm>
  readonly queryClass: QueryClass
}

/** Inverse document frequency, as Robertson and Spärck Jones have it, kept above zero. */
export const idf = (passages: number, having: number): number =>
  Math.log(1 + (passages - Math.min(having, passages) + 0.5) / (having + 0.5))

/** How much a field counts beside a word. Ids and names tell more than the words that they are made of. */
const kindWeight: Readonly<Record<FieldKind, number>> = {
  message: 2,
  "return-code": 1.5,
  command: 1.5,
  job: 1.5,
  stream: 1.5,
  workstation: 1.2
}

/** A heading that names an id or a job opens the passage that explains it; elsewhere it is mentioned. */
const fieldInTitles = 4

/** Kinds that a question means when it names one. A return code alone says too little to come first. */
const leads = new Set<FieldKind>(["message", "job", "stream", "workstation", "command"])

/** Weighs the terms of a question by what the index knows of them: id, and how many passages have the term. */
export const indexQuery = (
  parsed: ParsedQuery,
  known: ReadonlyMap<string, { readonly id: number; readonly passages: number }>,
  passages: number,
  ingredients: Ingredients
): IndexedQuery => {
  const terms = new Map<string, QueryTerm>()
  const add = (text: string, weight: number, exact = false, inTitles = 1) => {
    const term = known.get(text)
    if (term !== undefined && term.passages > 0 && !terms.has(text)) {
      terms.set(text, { ...term, text, weight: weight * idf(passages, term.passages), inTitles, exact })
    }
  }
  for (const [term, count] of parsed.terms) add(term, count)
  if (ingredients.fields) {
    for (const term of new Set([...parsed.fields, ...parsed.names])) {
      const kind = fieldOfTerm(term)?.kind
      if (kind !== undefined) add(term, kindWeight[kind], leads.has(kind), fieldInTitles)
    }
  }
  if (ingredients.synonyms) for (const [term, weight] of parsed.related) add(term, weight)
  const exact = [...terms.values()].filter((term) => term.exact).length
  // An id or a name of two parts is one word or two of the question.
  const words = [...parsed.terms.values()].reduce((sum, count) => sum + count, 0)
  const queryClass = exact === 0 ? "semantic" : words <= exact * 3 ? "exact" : "mixed"
  return { terms: [...terms.values()], queryClass }
}
