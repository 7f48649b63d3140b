import type { Bm25 } from "../query/Bm25.ts"
import type { QueryTerm } from "../query/IndexedQuery.ts"
import { postingSize } from "./Posting.ts"

/** A passage and how it scores for the words of a question; `exact` counts the ids and names of the question in it. */
export interface LexicalHit {
  readonly passage: number
  readonly score: number
  readonly exact: number
}

/** Which passages are wanted. */
export interface Wanted {
  readonly limit: number
  /** Passages that are wanted whatever their rank, if they have any of the terms. */
  readonly also: ReadonlyArray<number>
  /** The passages that may be found; all of them if undefined. */
  readonly allowed: ReadonlySet<number> | undefined
}

/** Passages with ids and names of the question before the others, then the better ones, then the older ones. */
const order = (a: LexicalHit, b: LexicalHit) => b.exact - a.exact || b.score - a.score || a.passage - b.passage

/** Passages whose scores lie next to each other. A power of two. */
const pageSize = 256

/** The score of a passage that has none of the terms. */
const absent = -1

/**
 * Scores of passages by BM25 over the fields, summed up term by term. They take the memory of the passages that are found,
 * however far apart those are: keys of passages are not used again.
 */
export const makeScores = ({ b, heading, k1, title }: Bm25, averageLength: number) => {
  const pages = new Map<number, Float64Array>()
  const exacts = new Map<number, number>()

  const pageOf = (passage: number): Float64Array => {
    const number = Math.floor(passage / pageSize)
    const known = pages.get(number)
    if (known !== undefined) return known
    const page = new Float64Array(pageSize).fill(absent)
    pages.set(number, page)
    return page
  }

  /** Adds what a term gives the passages of some of its postings. */
  const add = ({ exact, inTitles, weight }: QueryTerm, postings: Uint8Array) => {
    const view = new DataView(postings.buffer, postings.byteOffset, postings.byteLength)
    let page: Float64Array = new Float64Array(0)
    let start = Number.NEGATIVE_INFINITY
    for (let at = 0; at < postings.length; at += postingSize) {
      const passage = view.getInt32(at)
      if (passage < start || passage >= start + pageSize) {
        page = pageOf(passage)
        start = passage - (passage % pageSize)
      }
      const often =
        view.getInt16(at + 4) / (1 - b + (b / averageLength) * view.getInt16(at + 8)) +
        inTitles * (title * view.getUint8(at + 6) + heading * view.getUint8(at + 7))
      page[passage - start] = Math.max(0, page[passage - start] ?? 0) + (weight * (k1 + 1) * often) / (often + k1)
      if (exact) exacts.set(passage, (exacts.get(passage) ?? 0) + 1)
    }
  }

  /** The best passages and those that are wanted besides, best first. */
  const best = ({ allowed, also, limit }: Wanted): ReadonlyArray<LexicalHit> => {
    let hits: Array<LexicalHit> = []
    let last: LexicalHit | undefined
    const consider = (passage: number, score: number) => {
      const exact = exacts.get(passage) ?? 0
      if (last !== undefined && (exact < last.exact || (exact === last.exact && score < last.score))) return
      if (allowed !== undefined && !allowed.has(passage)) return
      hits.push({ passage, score, exact })
      if (hits.length < 2 * limit) return
      hits = hits.toSorted(order).slice(0, limit)
      last = hits.at(-1)
    }
    for (const [number, page] of pages) {
      for (let i = 0; i < pageSize; i++) {
        const score = page[i] ?? absent
        if (score !== absent) consider(number * pageSize + i, score)
      }
    }
    hits = hits.toSorted(order).slice(0, limit)
    const found = new Set(hits.map(({ passage }) => passage))
    const others = [...new Set(also)].flatMap((passage): ReadonlyArray<LexicalHit> => {
      const score = pages.get(Math.floor(passage / pageSize))?.[passage % pageSize] ?? absent
      const wanted = score !== absent && !found.has(passage) && allowed?.has(passage) !== false
      return wanted ? [{ passage, score, exact: exacts.get(passage) ?? 0 }] : []
    })
    return [...hits, ...others].toSorted(order)
  }

  return { add, best }
}
