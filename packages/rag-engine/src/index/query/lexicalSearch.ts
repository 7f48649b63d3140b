import type { SearchFilter } from "@resync/rag/model/Search"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { Bm25 } from "./Bm25.ts"
import { filterPassages } from "./filterPassages.ts"
import type { QueryTerm } from "./IndexedQuery.ts"

const Rows = Schema.Array(Schema.Struct({ passage: Schema.Int, score: Schema.Finite, exact: Schema.Int }))

/** A passage and how it scores for the words of a question; `exact` counts the ids and names of the question in it. */
export type LexicalHit = (typeof Rows.Type)[number]

export interface LexicalSearch {
  readonly terms: ReadonlyArray<QueryTerm>
  readonly bm25: Bm25
  /** The average length of passages. */
  readonly averageLength: number
  readonly filter: SearchFilter | undefined
  readonly limit: number
  /** Passages that are wanted whatever their rank, if they have any of the terms. */
  readonly also: ReadonlyArray<number>
}

/**
 * The passages that have words of a question, best first: those with its ids and names before the others, then by BM25
 * over the fields, in one query over the postings.
 */
export const lexicalSearch = Effect.fnUntraced(function* (search: LexicalSearch) {
  if (search.terms.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  const { b, heading, k1, title } = search.bm25
  const allowed = filterPassages(sql, search.filter)
  const rows = yield* sql`
    WITH asked AS (
      SELECT * FROM unnest(
        ${search.terms.map(({ id }) => id)}::int[], ${search.terms.map(({ weight }) => weight)}::float8[],
        ${search.terms.map(({ inTitles }) => inTitles)}::int[], ${search.terms.map(({ exact }) => exact)}::boolean[]
      ) AS asked(term, weight, in_titles, exact)
    ), scored AS (
      SELECT e.passage,
        sum(a.weight * ${k1 + 1}::float8 * f.often / (f.often + ${k1}::float8)) AS score,
        count(*) FILTER (WHERE a.exact) AS exact
      FROM asked a JOIN rag_posting p ON p.term = a.term
      CROSS JOIN LATERAL unnest(p.passages, p.body, p.title, p.heading, p.length)
        AS e(passage, body, title, heading, length)
      CROSS JOIN LATERAL (SELECT e.body / (${1 - b}::float8 + ${b / search.averageLength}::float8 * e.length)
        + a.in_titles * (${title}::float8 * e.title + ${heading}::float8 * e.heading) AS often) f
      ${allowed === undefined ? sql`` : sql`WHERE e.passage IN (${allowed})`}
      GROUP BY e.passage
    ), ranked AS (
      (SELECT passage, score, exact FROM scored ORDER BY exact DESC, score DESC, passage LIMIT ${search.limit})
      UNION
      SELECT passage, score, exact FROM scored WHERE passage = ANY(${[...search.also]}::int[])
    )
    SELECT passage, score, exact::int AS exact FROM ranked ORDER BY exact DESC, score DESC, passage
  `
  return yield* Effect.orDie(Schema.decodeUnknownEffect(Rows)(rows))
})
