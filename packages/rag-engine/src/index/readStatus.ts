import { Effect, Option, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { IndexStatus } from "./IndexStatus.ts"
import { liveSpace } from "./spaces/Space.ts"
import type { Building } from "./spaces/SpaceKeeper.ts"
import { tableOf } from "./spaces/spaceTable.ts"

/** Reads how the index stands. */
export const readStatus = Effect.fnUntraced(function* (now: {
  readonly embedder: string
  readonly building: Option.Option<Building>
  readonly failure: Option.Option<string>
}) {
  const sql = yield* SqlClient.SqlClient
  const live = yield* liveSpace()
  const [counts] = yield* sql`
    SELECT version, passages, (SELECT count(*)::int FROM rag_term WHERE passages > 0) AS terms,
      (SELECT count(*)::int FROM rag_document WHERE passages > 0) AS documents
    FROM rag_index
  `
  const [space] = Option.isNone(live)
    ? []
    : yield* sql`
        SELECT id, embedder, dimensions, fitted_passages AS "fittedPassages",
          to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt",
          (SELECT count(*)::int FROM ${sql(tableOf(live.value))}) AS passages
        FROM rag_space WHERE id = ${live.value}
      `
  return yield* Effect.orDie(
    Schema.decodeUnknownEffect(IndexStatus)({
      ...counts,
      embedder: now.embedder,
      space: space ?? null,
      building: Option.getOrNull(now.building),
      failure: Option.getOrNull(now.failure)
    })
  )
})
