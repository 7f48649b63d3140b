/** How good a ranking is, as TREC measures it, averaged over queries. */
export interface Measures {
  /** Discounted gain of the first ten against the best that could be. */
  readonly ndcg10: number
  /** Precision at each relevant document, averaged. */
  readonly map: number
  /** One over the place of the first relevant document among the first ten. */
  readonly mrr10: number
  /** The share of the relevant documents among the first hundred. */
  readonly recall100: number
}

const measure = (ranked: ReadonlyArray<string>, relevant: ReadonlyMap<string, number>): Measures => {
  let gain = 0
  let precision = 0
  let found = 0
  let first = 0
  let recalled = 0
  ranked.forEach((id, place) => {
    const grade = relevant.get(id) ?? 0
    if (grade === 0) return
    found++
    precision += found / (place + 1)
    if (place < 10) gain += grade / Math.log2(place + 2)
    if (place < 10 && first === 0) first = 1 / (place + 1)
    if (place < 100) recalled++
  })
  const ideal = [...relevant.values()]
    .toSorted((a, b) => b - a)
    .slice(0, 10)
    .reduce((sum, grade, place) => sum + grade / Math.log2(place + 2), 0)
  return { ndcg10: gain / ideal, map: precision / relevant.size, mrr10: first, recall100: recalled / relevant.size }
}

/** The measures of many rankings, each against its own relevant documents. */
export const average = (
  judged: ReadonlyArray<{ readonly ranked: ReadonlyArray<string>; readonly relevant: ReadonlyMap<string, number> }>
): Measures => {
  const all = judged.map(({ ranked, relevant }) => measure(ranked, relevant))
  const mean = (pick: (measures: Measures) => number) =>
    Math.round((all.reduce((sum, one) => sum + pick(one), 0) / Math.max(1, all.length)) * 10_000) / 10_000
  return {
    ndcg10: mean(({ ndcg10 }) => ndcg10),
    map: mean(({ map }) => map),
    mrr10: mean(({ mrr10 }) => mrr10),
    recall100: mean(({ recall100 }) => recall100)
  }
}
