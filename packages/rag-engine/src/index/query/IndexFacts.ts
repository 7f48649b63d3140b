import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"

const Row = Schema.Struct({
  version: Schema.Int,
  passages: Schema.Int,
  length: Schema.Finite,
  space: Schema.NullOr(Schema.Int)
})

/** What a search has to know of the index before it begins. */
export type IndexFacts = typeof Row.Type

/** How many passages there are, how long they are together, and the vectors that are searched. */
export const indexFacts = Effect.fnUntraced(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql`
    SELECT version, passages, length::float8 AS length, (SELECT id FROM rag_space WHERE state = 'live') AS space
    FROM rag_index
  `
  return yield* Effect.orDie(Schema.decodeUnknownEffect(Row)(row))
})

const Terms = Schema.Array(Schema.Struct({ id: Schema.Int, text: Schema.String, passages: Schema.Int }))

/** What the index knows of terms: their ids, and how many passages have each. */
export const knownTerms = Effect.fnUntraced(function* (texts: Iterable<string>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`SELECT id, text, passages FROM rag_term WHERE text = ANY(${[...texts]}::text[])`
  const terms = yield* Effect.orDie(Schema.decodeUnknownEffect(Terms)(rows))
  return new Map(terms.map((term) => [term.text, term]))
})
