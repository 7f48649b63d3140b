/** What is compared: the three kinds of search as they are, and the fused one with one ingredient less or another. */
import { allIngredients } from "@resync/rag-engine/index/query/Ingredients"
import type { RankOptions } from "@resync/rag-engine/index/search/rankPassages"

export interface Variant {
  readonly name: string
  readonly options: RankOptions
}

const without = (ingredient: keyof typeof allIngredients): RankOptions => ({
  ingredients: { ...allIngredients, [ingredient]: false }
})

/** The configuration that is delivered. */
export const main: ReadonlyArray<Variant> = [
  { name: "lexical", options: { mode: "lexical" } },
  { name: "vector", options: { mode: "vector" } },
  { name: "fused", options: { mode: "hybrid" } }
]

/** The same without one of its ingredients, or with another way of doing it. */
export const ablations: ReadonlyArray<Variant> = [
  { name: "lexical, no titles", options: { mode: "lexical", ...without("titles") } },
  { name: "lexical, no feedback", options: { mode: "lexical", ...without("feedback") } },
  { name: "lexical, no synonyms", options: { mode: "lexical", ...without("synonyms") } },
  { name: "lexical, no fields", options: { mode: "lexical", ...without("fields") } },
  { name: "fused, no titles", options: without("titles") },
  { name: "fused, no feedback", options: without("feedback") },
  { name: "fused, no synonyms", options: without("synonyms") },
  { name: "fused, no fields", options: without("fields") },
  { name: "fused, scores not completed", options: without("complete") },
  { name: "fused, weight 0.5 for all", options: { lexicalWeight: 0.5 } },
  { name: "fused, weight 0.65 for all", options: { lexicalWeight: 0.65 } },
  { name: "fused, weight 0.8 for all", options: { lexicalWeight: 0.8 } },
  { name: "fused by ranks, 1:1", options: { fusion: "ranks", lexicalWeight: 0.5 } },
  { name: "fused by ranks, 4:1", options: { fusion: "ranks", lexicalWeight: 0.8 } }
]
