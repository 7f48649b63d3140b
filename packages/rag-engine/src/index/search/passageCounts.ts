import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"

const Rows = Schema.Array(
  Schema.Struct({ passage: Schema.Int, terms: Schema.Array(Schema.Int), counts: Schema.Array(Schema.Int) })
)

/** The terms of passages, by passage. */
export const passageCounts = Effect.fnUntraced(function* (passages: Iterable<number>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`
    SELECT key AS passage, terms, counts FROM rag_passage WHERE key = ANY(${[...passages]}::int[])
  `
  const counts = yield* Effect.orDie(Schema.decodeUnknownEffect(Rows)(rows))
  return new Map(counts.map((row) => [row.passage, row]))
})

const Having = Schema.Array(Schema.Struct({ id: Schema.Int, passages: Schema.Int }))

/** How many passages have each of some terms. */
export const passagesHaving = Effect.fnUntraced(function* (terms: Iterable<number>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`SELECT id, passages FROM rag_term WHERE id = ANY(${[...terms]}::int[])`
  const having = yield* Effect.orDie(Schema.decodeUnknownEffect(Having)(rows))
  return new Map(having.map(({ id, passages }) => [id, passages]))
})
