import type { ScoreExplanation } from "@resync/rag/model/Search"
import { fieldOfTerm } from "../fields/fieldTerm.ts"
import { bm25 } from "../query/Bm25.ts"
import type { QueryTerm } from "../query/IndexedQuery.ts"
import { readPassage } from "../readPassage.ts"
import { languageOfText } from "../text/termsOf.ts"
import type { FoundPassage } from "./FoundPassage.ts"
import type { Ranked } from "./fuse.ts"
import type { Ranking } from "./rankPassages.ts"

/** What each term of the question added to the score of a passage, and in which of its parts it stands most. */
const termScores = (passage: FoundPassage, terms: ReadonlyArray<QueryTerm>, averageLength: number) => {
  const { counts, length } = readPassage(passage, languageOfText(passage.text))
  return terms
    .flatMap(({ inTitles, text, weight }) => {
      const found = counts.get(text)
      if (found === undefined) return []
      const parts = {
        body: found.body / (1 - bm25.b + (bm25.b * length) / averageLength),
        title: found.title * bm25.title * inTitles,
        heading: found.heading * bm25.heading * inTitles
      }
      const often = parts.body + parts.title + parts.heading
      const most =
        parts.body >= Math.max(parts.title, parts.heading) ? "body" : parts.heading >= parts.title ? "heading" : "title"
      const field = fieldOfTerm(text)
      return [
        {
          term: field?.value ?? text,
          field: field?.kind ?? most,
          score: (weight * (bm25.k1 + 1) * often) / (often + bm25.k1)
        }
      ]
    })
    .toSorted((a, b) => b.score - a.score)
}

/** How the score of a passage came about. */
export const explain = (passage: FoundPassage, rank: Ranked, ranking: Ranking): typeof ScoreExplanation.Type => ({
  lexical: rank.lexical > 0 ? rank.lexical : null,
  terms: termScores(passage, ranking.terms, ranking.averageLength),
  vector: ranking.vectors ? rank.vector : null,
  normalized: rank.normalized,
  lexicalWeight: ranking.lexicalWeight,
  exact: rank.exact > 0
})
