import type { SearchFilter } from "@resync/rag/model/Search"
import { Effect } from "effect"
import type { Evidence, Vocabulary } from "../../answers/Evidence.ts"
import { idf } from "../query/IndexedQuery.ts"
import { indexFacts, knownTerms } from "../query/IndexFacts.ts"
import type { QueryVectors } from "../spaces/QueryVectors.ts"
import { languageOfText, termsOf } from "../text/termsOf.ts"
import { searchPassages } from "./searchPassages.ts"

/** Passages for an answer, and how their words and those of the question are weighed. */
export const findEvidence = Effect.fn("PassageIndex.evidence")(function* (
  vectors: QueryVectors,
  question: string,
  options: { readonly filter?: SearchFilter | undefined; readonly limit?: number | undefined } = {}
) {
  const { hits } = yield* searchPassages(vectors, {
    query: question,
    limit: options.limit ?? 8,
    ...(options.filter === undefined ? {} : { filter: options.filter })
  })
  const evidence = hits.map(
    ({ documentId, end, headings, passageIds, start, text, title }): Evidence => ({
      passageId: passageIds[0],
      documentId,
      title,
      headings,
      text,
      start,
      end
    })
  )
  // Words of two languages are cut differently: all are read as those of the question.
  const language = languageOfText(question)
  const terms = (text: string) => termsOf(text, language).map(({ term }) => term)
  const said = new Set(
    [question, ...evidence.map(({ headings, text, title }) => [title, ...headings, text].join("\n"))].flatMap(terms)
  )
  const facts = yield* indexFacts()
  const known = yield* knownTerms(said)
  const vocabulary: Vocabulary = { terms, weight: (term) => idf(facts.passages, known.get(term)?.passages ?? 0) }
  return { evidence, vocabulary }
})
