import type { SearchHit, SearchRequest, SearchResult } from "@resync/rag/model/Search"
import { Array as Arr, Effect } from "effect"
import type { QueryVectors } from "../spaces/QueryVectors.ts"
import { fold, wordsOf } from "../text/Word.ts"
import { explain } from "./explain.ts"
import { type FoundPassage, readFound } from "./FoundPassage.ts"
import { foldDuplicates } from "./foldDuplicates.ts"
import type { Ranked } from "./fuse.ts"
import { highlight } from "./highlight.ts"
import { type Merged, mergeNeighbours } from "./mergeNeighbours.ts"
import { type Ranking, rankPassages } from "./rankPassages.ts"

/** Passages read for each that is shown, since some are folded or merged. */
const spare = 3

/** Passages that are read through for words in quotation marks. */
const readThrough = 300

const saysAll = (phrases: ReadonlyArray<string>, { headings, text, title }: FoundPassage) => {
  const words = ` ${wordsOf([title, ...headings, text].join("\n"))
    .map((word) => fold(word.text))
    .join(" ")} `
  return phrases.every((phrase) => words.includes(` ${phrase} `))
}

/** The best passages as they are shown; those that say what stands in quotation marks come before the others. */
const best = Effect.fnUntraced(function* (ranking: Ranking, limit: number) {
  const { phrases } = ranking.parsed
  const ranked = ranking.ranked.slice(0, phrases.length > 0 ? Math.max(readThrough, limit * spare) : limit * spare)
  const passages = yield* readFound(ranked.map(({ passage }) => passage))
  const found = ranked.flatMap((rank): ReadonlyArray<readonly [FoundPassage, Ranked]> => {
    const passage = passages.get(rank.passage)
    return passage === undefined ? [] : [[passage, rank]]
  })
  if (phrases.length === 0) return found
  return found
    .map(([passage, rank]): readonly [FoundPassage, Ranked] => {
      const first = saysAll(phrases, passage) ? 1 : 0
      return [passage, { ...rank, score: (first + rank.score) / 2 }]
    })
    .toSorted(([, a], [, b]) => b.score - a.score)
})

/** What a passage is highlighted by: the terms of the question, and those that mean the same. */
const askedTerms = ({ parsed, terms }: Ranking) => new Set([...parsed.terms.keys(), ...terms.map(({ text }) => text)])

const hitOf = (merged: Merged, ranking: Ranking, asked: ReadonlySet<string>, explained: boolean): SearchHit => {
  const { passage, rank } = merged.best
  return {
    passageIds: Arr.map(merged.passages, ({ id }) => id),
    documentId: passage.documentId,
    title: passage.title,
    source: passage.source,
    headings: passage.headings,
    page: merged.passages[0].page,
    text: merged.text,
    start: merged.start,
    end: merged.end,
    highlights: highlight(merged.text, asked),
    score: Math.min(1, Math.max(0, rank.score)),
    ...(explained ? { explanation: explain(passage, rank, ranking) } : {}),
    duplicates: merged.duplicates
  }
}

/** Searches, and makes of the passages what a reader is shown. */
export const searchPassages = Effect.fn("PassageIndex.search")(function* (
  vectors: QueryVectors,
  request: SearchRequest
) {
  const limit = request.limit ?? 10
  const ranking = yield* rankPassages(vectors, request.query, {
    mode: request.mode,
    filter: request.filter,
    candidates: Math.min(1000, Math.max(200, limit * 10))
  })
  const merged = mergeNeighbours(foldDuplicates(yield* best(ranking, limit)), limit)
  const asked = askedTerms(ranking)
  const result: SearchResult = {
    hits: merged.map((one) => hitOf(one, ranking, asked, request.explain ?? false)),
    queryClass: ranking.queryClass,
    vectors: ranking.vectors
  }
  return result
})
