import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { Corpus } from "../lsa/Corpus.ts"

const Rows = Schema.Array(
  Schema.Struct({ key: Schema.Int, terms: Schema.Array(Schema.Int), counts: Schema.Array(Schema.Int) })
)

/** Passages read in one query: reading them holds up the event loop for some milliseconds. */
const batch = 200

/** The terms of `limit` passages at most, spread evenly over the collection. */
export const readCorpus = Effect.fnUntraced(function* (passages: number, limit: number) {
  const sql = yield* SqlClient.SqlClient
  const every = Math.max(1, Math.ceil(passages / limit))
  const starts: Array<number> = []
  const terms: Array<number> = []
  const counts: Array<number> = []
  let after = 0
  while (true) {
    const found = yield* sql`
      SELECT key, terms, counts FROM rag_passage WHERE key > ${after} AND key % ${every}::int = 0 ORDER BY key LIMIT ${batch}
    `
    const rows = yield* Effect.orDie(Schema.decodeUnknownEffect(Rows)(found))
    for (const row of rows) {
      starts.push(terms.length)
      for (const term of row.terms) terms.push(term)
      for (const count of row.counts) counts.push(count)
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < batch) break
    after = last.key
  }
  const corpus: Corpus = {
    starts: Int32Array.from(starts),
    terms: Int32Array.from(terms),
    counts: Int16Array.from(counts)
  }
  return corpus
})
