import { Array as Arr } from "effect"
import { type Answer, notFoundText } from "../model/Answer.ts"
import { PassageId } from "../model/Ids.ts"
import type { SearchHit, SearchRequest } from "../model/Search.ts"
import type { Contents, Version } from "./Memory.ts"

/** Paragraphs, and where they begin. */
export const passagesOf = (text: string): ReadonlyArray<{ readonly text: string; readonly start: number }> =>
  Array.from(text.matchAll(/\S[\s\S]*?(?=\n\s*\n|\s*$)/g), (match) => ({ text: match[0], start: match.index }))

const wordsOf = (text: string) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu))

const passageId = ({ document }: Version, number: number) =>
  PassageId.make(document.id.replaceAll("-", "").slice(-24) + number.toString(16).padStart(8, "0"))

const allowed = <A>(wanted: ReadonlyArray<A> | undefined, ...values: ReadonlyArray<A | null>) =>
  wanted === undefined || values.some((value) => value !== null && wanted.includes(value))

const matches = ({ document }: Version, filter: SearchRequest["filter"] = {}) =>
  allowed(filter.tags, ...document.tags) &&
  allowed(filter.sources, document.source) &&
  allowed(filter.versions, document.version) &&
  allowed(filter.platforms, document.platform) &&
  allowed(filter.mediaTypes, document.mediaType) &&
  allowed(filter.authorities, document.authority) &&
  allowed(filter.documentIds, document.id)

/** Passages that hold words of the query, by the share of them that they hold. */
export const search = (contents: Contents, { filter, limit = 10, query }: Omit<SearchRequest, "mode">) => {
  const words = wordsOf(query)
  const hits = [...contents.documents.values()]
    .filter((version) => matches(version, filter))
    .flatMap((version) =>
      passagesOf(version.text).map(({ start, text }, number): SearchHit => {
        const found = wordsOf(text)
        return {
          passageIds: [passageId(version, number)],
          documentId: version.document.id,
          title: version.document.title,
          source: version.document.source,
          headings: [],
          page: null,
          text,
          start,
          end: start + text.length,
          highlights: Array.from(text.matchAll(/[\p{L}\p{N}]{3,}/gu))
            .filter(([word]) => words.has(word.toLowerCase()))
            .map(({ 0: word, index }) => ({ start: index, end: index + word.length })),
          score: [...words].filter((word) => found.has(word)).length / Math.max(1, words.size),
          duplicates: []
        }
      })
    )
    .filter(({ score }) => score > 0)
  return hits.toSorted((a, b) => b.score - a.score).slice(0, limit)
}

/** The best passage as the answer, when it holds half of the question's words. */
export const answer = (hits: ReadonlyArray<SearchHit>): Answer => {
  const [best] = hits
  if (best === undefined || best.score < 0.5) {
    return {
      _tag: "NotFound",
      text: notFoundText,
      reason: best === undefined ? "no-passages" : "weak-evidence",
      nearest: hits.map(({ documentId, headings, passageIds, text, title }) => ({
        passageId: passageIds[0],
        documentId,
        title,
        headings,
        text
      }))
    }
  }
  const { documentId, end, headings, passageIds, start, text, title } = best
  const [passageId] = passageIds
  return {
    _tag: "Answered",
    by: "extraction",
    text: `${text} [1]`,
    claims: Arr.of({ text, grounds: Arr.of({ number: 1, quote: text, start, end }) }),
    citations: Arr.of({ number: 1, passageId, documentId, title, headings, start, end })
  }
}
