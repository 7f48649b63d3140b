import { Effect, Option, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { decodeModel, type LsaModel } from "../lsa/LsaModel.ts"
import { readModel } from "./spaceTable.ts"

/** Vectors of one embedder, and where that embedder is fitted to the collection, the model that made them. */
export interface Space {
  readonly id: number
  readonly embedder: string
  readonly dimensions: number
  readonly fittedPassages: number
  readonly model: LsaModel | undefined
}

const Row = Schema.Struct({
  id: Schema.Int,
  embedder: Schema.String,
  dimensions: Schema.Int,
  fittedPassages: Schema.Int
})

/** Reads a space with its model. None when it is gone. */
export const readSpace = Effect.fnUntraced(function* (id: number) {
  const sql = yield* SqlClient.SqlClient
  const [found] = yield* sql`
    SELECT id, embedder, dimensions, fitted_passages AS "fittedPassages" FROM rag_space WHERE id = ${id}
  `
  if (found === undefined) return Option.none<Space>()
  const row = yield* Effect.orDie(Schema.decodeUnknownEffect(Row)(found))
  const bytes = yield* readModel(id)
  return Option.some<Space>({ ...row, model: bytes.length === 0 ? undefined : decodeModel(bytes) })
})

/** The id of the space that is searched. */
export const liveSpace = Effect.fnUntraced(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ readonly id: number }>`SELECT id FROM rag_space WHERE state = 'live'`
  return Option.fromNullishOr(row?.id)
})
