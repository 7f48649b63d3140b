import type { Corpus } from "./Corpus.ts"
import { dampened, type LsaModel } from "./LsaModel.ts"
import type { SparseRows } from "./SparseRows.ts"
import { truncatedSvd } from "./truncatedSvd.ts"

export interface LsaOptions {
  /** Directions of the space, fewer when the collection is small. Default: 160. */
  readonly dimensions?: number | undefined
  /** Terms that are known, those of the most passages. A term of one passage tells nothing of others. Default: 40,000. */
  readonly maxTerms?: number | undefined
}

/** The terms that the space is to know, ascending, with their weights. */
const choose = (corpus: Corpus, maxTerms: number) => {
  const passages = new Map<number, number>()
  for (const term of corpus.terms) passages.set(term, (passages.get(term) ?? 0) + 1)
  const kept = [...passages]
    .filter(([, count]) => count > 1)
    .toSorted(([a, n], [b, m]) => m - n || a - b)
    .slice(0, maxTerms)
    .toSorted(([a], [b]) => a - b)
  return {
    terms: Int32Array.from(kept, ([term]) => term),
    weights: Float32Array.from(kept, ([, count]) => Math.log(1 + (corpus.starts.length - count + 0.5) / (count + 0.5)))
  }
}

/** Each passage as a row of length 1: dampened counts times weights. */
const rowsOf = (corpus: Corpus, terms: Int32Array, weights: Float32Array): SparseRows => {
  const columns = new Map(Array.from(terms, (term, column) => [term, column]))
  const rows = corpus.starts.length
  const starts = new Int32Array(rows + 1)
  const indices = new Int32Array(corpus.terms.length)
  const values = new Float32Array(corpus.terms.length)
  let at = 0
  for (let row = 0; row < rows; row++) {
    const from = at
    const end = corpus.starts[row + 1] ?? corpus.terms.length
    for (let i = corpus.starts[row] as number; i < end; i++) {
      const column = columns.get(corpus.terms[i] as number)
      if (column === undefined) continue
      indices[at] = column
      values[at] = dampened(corpus.counts[i] as number) * (weights[column] as number)
      at++
    }
    const norm = Math.hypot(...values.subarray(from, at)) || 1
    for (let i = from; i < at; i++) values[i] = (values[i] as number) / norm
    starts[row + 1] = at
  }
  return { rows, columns: terms.length, starts, indices: indices.subarray(0, at), values: values.subarray(0, at) }
}

/**
 * Fits a space to passages by latent semantic analysis: TF-IDF, and of it the directions that say most. The same passages
 * give the same space. Takes seconds for thousands of passages: not for the thread that serves.
 */
export const fitLsa = (corpus: Corpus, { dimensions = 160, maxTerms = 40_000 }: LsaOptions = {}): LsaModel => {
  const { terms, weights } = choose(corpus, maxTerms)
  if (terms.length === 0) return { dimensions: 1, terms, weights, directions: new Float32Array(0) }
  const rows = rowsOf(corpus, terms, weights)
  // With as many directions as passages nothing would be brought together.
  const most = Math.max(16, Math.floor(rows.rows / 3))
  const { dimensions: found, right } = truncatedSvd(rows, { dimensions: Math.min(dimensions, most) })
  return { dimensions: found, terms, weights, directions: right }
}
