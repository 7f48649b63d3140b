/**
 * Search over made-up passages against the plain queries below it: the postings of six words as they are handed over, and
 * the nearest vectors, as the store answers them to nobody else. Words follow Zipf's law, as those of texts do.
 */
import { monitorEventLoopDelay } from "node:perf_hooks"
import { PassageIndex } from "@resync/rag-engine/index/PassageIndex"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { takeIn } from "./Library.ts"

/** The same numbers each time. */
const numbers = (seed: number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
}

const vocabulary = 20_000

/** A word of rank r with a probability of about 1/r. */
const word = (random: () => number) => `w${Math.floor(vocabulary ** random()).toString(36)}`

const words = (random: () => number, count: number) => Array.from({ length: count }, () => word(random)).join(" ")

const percentiles = (times: ReadonlyArray<number>) => {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 10) / 10
  return { p50: at(0.5), p99: at(0.99) }
}

const queries = 100

/** Passages in a document. */
const perDocument = 50

export const latency = Effect.fnUntraced(function* (passages: number, json: boolean) {
  const sql = yield* SqlClient.SqlClient
  const index = yield* PassageIndex
  const random = numbers(1)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const begun = performance.now()
  delay.enable()
  // A hundred words under a heading are a passage.
  for (let from = 0; from < passages; from += perDocument) {
    const sections = Array.from(
      { length: Math.min(perDocument, passages - from) },
      (_, i) => `## Part ${from + i}\n\n${words(random, 100)}.`
    )
    yield* takeIn([
      { id: `made-up ${from}.md`, title: words(random, 5), text: `# ${words(random, 5)}\n\n${sections.join("\n\n")}` }
    ])
  }
  const taken = performance.now()
  yield* index.maintain
  const fitted = performance.now()
  delay.disable()
  const lag = Math.round(delay.percentile(99) / 1e5) / 10
  const worst = Math.round(delay.max / 1e5) / 10
  yield* sql`ANALYZE`
  const space = (yield* index.status).space
  const timed = Effect.fnUntraced(function* <E, R>(run: (question: string) => Effect.Effect<unknown, E, R>) {
    const asked = numbers(2)
    const times: Array<number> = []
    for (let i = 0; i < queries + 10; i++) {
      const question = words(asked, 6)
      const start = performance.now()
      yield* run(question)
      if (i >= 10) times.push(performance.now() - start)
    }
    return percentiles(times)
  })
  const lexicalQuery = (question: string) => sql`
    SELECT b.term, b.postings FROM rag_term t JOIN rag_posting_block b ON b.term = t.id
    WHERE t.text = ANY(${question.split(" ")}::text[])
  `
  const table = sql(`rag_vectors_${space?.id ?? 0}`)
  const vectorQuery = () => sql`
    SELECT passage FROM ${table}
    ORDER BY vector <=> (SELECT vector FROM ${table} WHERE passage = ${1 + Math.floor(random() * passages)}) LIMIT 10
  `
  const rows = {
    "plain query: postings": yield* timed(lexicalQuery),
    "plain query: vectors": yield* timed(vectorQuery),
    "search: lexical": yield* timed((query) => index.search({ query, mode: "lexical" })),
    "search: vector": yield* timed((query) => index.search({ query, mode: "vector" })),
    "search: hybrid": yield* timed((query) => index.search({ query }))
  }
  const facts = {
    passages,
    perSecond: Math.round((passages / (taken - begun)) * 1000),
    fitSeconds: Math.round((fitted - taken) / 100) / 10,
    lagP99: lag,
    lagMax: worst
  }
  if (json) console.log(JSON.stringify({ ...facts, latency: rows }))
  else {
    console.log(
      [
        `${passages} passages: ${facts.perSecond} taken in per second, vectors ${facts.fitSeconds} s after; meanwhile the event loop was late by ${lag} ms (p99), ${worst} ms at most`,
        "",
        "| | p50 ms | p99 ms |",
        "|---|---|---|",
        ...Object.entries(rows).map(([name, { p50, p99 }]) => `| ${name} | ${p50} | ${p99} |`)
      ].join("\n")
    )
  }
})
