import type { Figures, Quality } from "./Quality.ts"

const row = (name: string, { map, mrr10, ndcg10, p50, p99, recall100 }: Figures) =>
  `| ${name} | ${ndcg10.toFixed(4)} | ${map.toFixed(4)} | ${mrr10.toFixed(4)} | ${recall100.toFixed(4)} | ${p50} | ${p99} |`

const table = ({ documents, fitSeconds, name, passages, perSecond, queries, variants }: Quality) =>
  [
    `${name}: ${documents} documents, ${passages} passages, ${queries} queries; ${perSecond} passages/s taken in, vectors after ${fitSeconds} s`,
    "",
    "| | nDCG@10 | MAP | MRR@10 | recall@100 | p50 ms | p99 ms |",
    "|---|---|---|---|---|---|---|",
    ...[...variants].map(([variant, figures]) => row(variant, figures)),
    ""
  ].join("\n")

/** Prints tables for a reader, or one object for a program. */
export const print = (results: ReadonlyArray<Quality>, json: boolean) => {
  if (!json) {
    console.log(results.map(table).join("\n"))
    return
  }
  const measures = ({ map, mrr10, ndcg10, recall100 }: Figures) => ({ ndcg10, map, mrr10, recall100 })
  const collections = Object.fromEntries(
    results.map(({ name, variants }) => [
      name,
      Object.fromEntries([...variants].map(([variant, figures]) => [variant, measures(figures)]))
    ])
  )
  console.log(JSON.stringify({ collections }))
}
