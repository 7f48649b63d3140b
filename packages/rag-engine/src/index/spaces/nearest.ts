import type { SearchFilter } from "@resync/rag/model/Search"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { filterPassages } from "../query/filterPassages.ts"
import { tableOf, vectorText } from "./spaceTable.ts"

const Rows = Schema.Array(Schema.Struct({ passage: Schema.Int, cosine: Schema.Finite }))
const decode = (rows: unknown) => Effect.orDie(Schema.decodeUnknownEffect(Rows)(rows))

/** `ef_search` of pgvector is 1000 at most, and bounds how many are found at once. */
const maxList = 1000

/**
 * The passages nearest to a vector. The index is read on until enough of them pass the filter, and keeps a list at least as
 * long as what is wanted, so that neither a filter nor a limit costs hits.
 */
export const nearest = Effect.fnUntraced(function* (search: {
  readonly space: number
  readonly vector: Iterable<number>
  readonly filter: SearchFilter | undefined
  readonly limit: number
}) {
  const sql = yield* SqlClient.SqlClient
  const table = sql(tableOf(search.space))
  const allowed = filterPassages(sql, search.filter)
  const vector = vectorText(search.vector)
  const limit = Math.min(search.limit, maxList)
  const list = String(Math.max(limit, 100))
  return yield* sql`
    SELECT set_config('hnsw.ef_search', ${list}, true), set_config('hnsw.iterative_scan', 'relaxed_order', true)
  `.pipe(
    Effect.andThen(sql`
      SELECT passage, 1 - (vector <=> ${vector}::vector) AS cosine FROM ${table}
      ${allowed === undefined ? sql`` : sql`WHERE passage IN (${allowed})`}
      ORDER BY vector <=> ${vector}::vector LIMIT ${limit}
    `),
    sql.withTransaction,
    Effect.flatMap(decode)
  )
})

/** How near given passages are to a vector. */
export const cosines = Effect.fnUntraced(function* (
  space: number,
  vector: Iterable<number>,
  passages: ReadonlyArray<number>
) {
  if (passages.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  return yield* Effect.flatMap(
    sql`
      SELECT passage, 1 - (vector <=> ${vectorText(vector)}::vector) AS cosine FROM ${sql(tableOf(space))}
      WHERE passage = ANY(${[...passages]}::int[])
    `,
    decode
  )
})
