import type { SearchFilter } from "@resync/rag/model/Search"
import { Effect, Option } from "effect"
import type { LexicalHit } from "../postings/makeScores.ts"
import { type Bm25, bm25 } from "../query/Bm25.ts"
import { idf, indexQuery, type QueryClass, type QueryTerm } from "../query/IndexedQuery.ts"
import { indexFacts, knownTerms } from "../query/IndexFacts.ts"
import { allIngredients, type Ingredients } from "../query/Ingredients.ts"
import { lexicalSearch } from "../query/lexicalSearch.ts"
import { type ParsedQuery, parseQuery } from "../query/parseQuery.ts"
import { cosines, nearest } from "../spaces/nearest.ts"
import type { QueryVectors } from "../spaces/QueryVectors.ts"
import { expand, feedback } from "./feedback.ts"
import { type Candidate, fuse, fuseByRank, type Ranked } from "./fuse.ts"
import { passageCounts, passagesHaving } from "./passageCounts.ts"
import { lexicalWeight, margin } from "./weigh.ts"

export type SearchMode = "hybrid" | "lexical" | "vector"

export interface RankOptions {
  readonly mode?: SearchMode | undefined
  readonly filter?: SearchFilter | undefined
  /** Passages that each kind of search brings, 1000 at most. Default: 200. */
  readonly candidates?: number | undefined
  readonly ingredients?: Ingredients | undefined
  readonly bm25?: Bm25 | undefined
  /** `weighted`: a mean of scores, by default weighed question by question. `ranks`: reciprocal ranks. */
  readonly fusion?: "weighted" | "ranks" | undefined
  /** The lexical share of scores for every question, in place of one that is weighed for each. */
  readonly lexicalWeight?: number | undefined
}

/** Passages in the order of their scores, and how those came about. */
export interface Ranking {
  readonly parsed: ParsedQuery
  readonly terms: ReadonlyArray<QueryTerm>
  readonly queryClass: QueryClass
  /** Whether vectors took part. */
  readonly vectors: boolean
  readonly lexicalWeight: number
  readonly averageLength: number
  readonly ranked: ReadonlyArray<Ranked>
}

/** The best passages, whose words say how well the collection knows those of the question. */
const covering = 5

/** The share of the question's words, by weight, that one of some passages has. */
const coverageOf = (
  parsed: ParsedQuery,
  known: ReadonlyMap<string, { readonly id: number; readonly passages: number }>,
  passages: number,
  best: ReadonlyArray<{ readonly terms: ReadonlyArray<number> }>
): number => {
  const asked = [...parsed.terms.keys()].map((text) => {
    const term = known.get(text)
    return { id: term?.id, weight: idf(passages, term?.passages ?? 0) }
  })
  const all = asked.reduce((sum, { weight }) => sum + weight, 0)
  if (all === 0) return 1
  return Math.max(
    0,
    ...best.map(({ terms }) => {
      const has = new Set(terms)
      return asked.reduce((sum, { id, weight }) => (id !== undefined && has.has(id) ? sum + weight : sum), 0) / all
    })
  )
}

/** Ranks the passages of the index for a question. */
export const rankPassages = Effect.fn("PassageIndex.rank")(function* (
  vectors: QueryVectors,
  query: string,
  options: RankOptions = {}
) {
  const { candidates: limit = 200, filter, ingredients = allIngredients, mode = "hybrid" } = options
  const weights = { ...(options.bm25 ?? bm25), ...(ingredients.titles ? {} : { title: 0, heading: 0 }) }
  const parsed = parseQuery(query)
  const facts = yield* indexFacts()
  const known = yield* knownTerms([...parsed.terms.keys(), ...parsed.related.keys(), ...parsed.fields, ...parsed.names])
  const indexed = indexQuery(parsed, known, facts.passages, ingredients)
  const averageLength = Math.max(1, facts.length / Math.max(1, facts.passages))

  const place =
    mode === "lexical" || facts.space === null ? Option.none() : yield* vectors.of(facts.space, parsed, known)
  const near = Option.isNone(place)
    ? []
    : yield* nearest({ space: place.value.space, vector: place.value.vector, filter, limit })
  const cosine = new Map(near.map((hit) => [hit.passage, hit.cosine]))

  const search = mode === "vector" ? undefined : yield* lexicalSearch(filter)
  const lookUp = (terms: ReadonlyArray<QueryTerm>, also: ReadonlyArray<number>) =>
    search === undefined
      ? Effect.succeed<ReadonlyArray<LexicalHit>>([])
      : search({ terms, bm25: weights, averageLength, limit, also })

  let hits = yield* lookUp(indexed.terms, ingredients.complete ? [...cosine.keys()] : [])
  const addCosines = Effect.fnUntraced(function* () {
    if (Option.isNone(place) || !ingredients.complete) return
    const missing = hits.map(({ passage }) => passage).filter((passage) => !cosine.has(passage))
    const found = yield* cosines(place.value.space, place.value.vector, missing)
    for (const hit of found) cosine.set(hit.passage, hit.cosine)
  })
  yield* addCosines()

  const candidatesOf = (): ReadonlyArray<Candidate> => {
    const lexical = new Map(hits.map((hit) => [hit.passage, hit]))
    return [...new Set([...lexical.keys(), ...cosine.keys()])].map((passage) => ({
      passage,
      lexical: lexical.get(passage)?.score ?? 0,
      vector: cosine.get(passage) ?? 0,
      exact: lexical.get(passage)?.exact ?? 0
    }))
  }
  const best = hits.slice(0, covering).map(({ passage }) => passage)
  const counts = yield* passageCounts(best)
  const coverage = coverageOf(parsed, known, facts.passages, [...counts.values()])
  const weight =
    options.lexicalWeight ??
    (mode === "lexical" || Option.isNone(place)
      ? 1
      : mode === "vector"
        ? 0
        : lexicalWeight({
            queryClass: indexed.queryClass,
            coverage,
            lexicalMargin: margin(hits.map(({ score }) => score)),
            vectorMargin: margin([...cosine.values()])
          }))
  const fusion = { lexicalWeight: weight, identifiers: indexed.terms.filter(({ exact }) => exact).length }
  const bring = options.fusion === "ranks" ? fuseByRank : fuse
  let ranked = bring(candidatesOf(), fusion)

  if (ingredients.feedback && mode !== "vector" && coverage < feedback.maxCoverage && hits.length > 0) {
    const top = ranked.slice(0, feedback.passages)
    const said = yield* passageCounts(top.map(({ passage }) => passage))
    const scored = top.flatMap(({ passage, score }) => {
      const found = said.get(passage)
      return found === undefined ? [] : [{ ...found, score }]
    })
    const having = yield* passagesHaving(new Set(scored.flatMap(({ terms }) => terms)))
    const terms = expand(indexed.terms, scored, having, facts.passages)
    hits = yield* lookUp(terms, [...new Set([...cosine.keys(), ...hits.map(({ passage }) => passage)])])
    yield* addCosines()
    ranked = bring(candidatesOf(), fusion)
  }
  const ranking: Ranking = {
    parsed,
    terms: indexed.terms,
    queryClass: indexed.queryClass,
    vectors: Option.isSome(place),
    lexicalWeight: weight,
    averageLength,
    ranked
  }
  return ranking
})
