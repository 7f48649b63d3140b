import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { Corpus } from "../lsa/Corpus.ts"

const Rows = Schema.Array(
  Schema.Struct({ key: Schema.Int, terms: Schema.Array(Schema.Int), counts: Schema.Array(Schema.Int) })
)

/** Passages read in one query: reading them holds up the event loop for some milliseconds. */
const batch = 200

/** Lists one after the other. */
const joined = <A extends Int32Array | Int16Array>(parts: ReadonlyArray<A>, into: (length: number) => A): A => {
  const all = into(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** The terms of `limit` passages at most, spread evenly over the collection. */
export const readCorpus = Effect.fnUntraced(function* (passages: number, limit: number) {
  const sql = yield* SqlClient.SqlClient
  const every = Math.max(1, Math.ceil(passages / limit))
  // Lists of their own for each batch: one that grows to millions is copied again and again, and once more at the end.
  const starts: Array<Int32Array> = []
  const terms: Array<Int32Array> = []
  const counts: Array<Int16Array> = []
  let at = 0
  let after = 0
  while (true) {
    const found = yield* sql`
      SELECT key, terms, counts FROM rag_passage WHERE key > ${after} AND key % ${every}::int = 0 ORDER BY key LIMIT ${batch}
    `
    const rows = yield* Effect.orDie(Schema.decodeUnknownEffect(Rows)(found))
    starts.push(
      Int32Array.from(rows, (row) => {
        const start = at
        at += row.terms.length
        return start
      })
    )
    for (const row of rows) {
      terms.push(new Int32Array(row.terms))
      counts.push(new Int16Array(row.counts))
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < batch) break
    after = last.key
  }
  const corpus: Corpus = {
    starts: joined(starts, (length) => new Int32Array(length)),
    terms: joined(terms, (length) => new Int32Array(length)),
    counts: joined(counts, (length) => new Int16Array(length))
  }
  return corpus
})
