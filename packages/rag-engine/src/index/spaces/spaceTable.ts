import { Array as Arr, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"

/** A vector in the text form that both engines read. */
export const vectorText = (vector: Iterable<number>): string =>
  `[${Array.from(vector, (x) => Math.fround(x)).join(",")}]`

/** A passage and its vector. */
export interface Embedded {
  readonly key: number
  readonly vector: Iterable<number>
}

/** The table that the vectors of a space are in. */
export const tableOf = (space: number): string => `rag_vectors_${space}`

/** Vectors of more dimensions cannot be indexed by pgvector; they are compared one by one. */
const maxIndexed = 2000

/** Makes the table of a space. Its index is there from the start: built afterwards it would hold up the embedded database. */
export const createTable = Effect.fnUntraced(function* (space: number, dimensions: number) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE ${sql(tableOf(space))} (
      passage integer PRIMARY KEY,
      vector vector(${sql.literal(String(Math.trunc(dimensions)))}) NOT NULL
    )
  `.unprepared
  if (dimensions > maxIndexed) return
  yield* sql`CREATE INDEX ON ${sql(tableOf(space))} USING hnsw (vector vector_cosine_ops)`.unprepared
})

export const dropTable = Effect.fnUntraced(function* (space: number) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`DROP TABLE IF EXISTS ${sql(tableOf(space))}`.unprepared
})

/** Whether a vector points anywhere: to one that does not, nothing is near. */
export const hasDirection = (vector: Iterable<number>): boolean => {
  for (const x of vector) if (x !== 0) return true
  return false
}

/** Written as text between two breaths of the event loop: some milliseconds' worth. */
const slice = 16

const textsOf = Effect.fnUntraced(function* (embedded: ReadonlyArray<Embedded>) {
  const texts: Array<string> = []
  for (let from = 0; from < embedded.length; from += slice) {
    for (const { vector } of embedded.slice(from, from + slice)) texts.push(vectorText(vector))
    yield* Effect.yieldNow
  }
  return texts
})

/** Writes vectors down; those that are there stay. One without a direction is left out. */
export const insertVectors = Effect.fnUntraced(function* (space: number, all: ReadonlyArray<Embedded>) {
  const embedded = all.filter(({ vector }) => hasDirection(vector))
  if (embedded.length === 0) return
  const sql = yield* SqlClient.SqlClient
  const texts = yield* textsOf(embedded)
  yield* sql`
    INSERT INTO ${sql(tableOf(space))} (passage, vector)
    SELECT e.passage, e.vector::vector
    FROM unnest(${embedded.map(({ key }) => key)}::int[], ${texts}::text[])
      AS e(passage, vector)
    ON CONFLICT (passage) DO NOTHING
  `
})

const Spaces = Schema.Array(Schema.Struct({ id: Schema.Int }))

/** Takes the vectors of passages out of every space. */
export const removeVectors = Effect.fnUntraced(function* (keys: ReadonlyArray<number>) {
  if (keys.length === 0) return
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`SELECT id FROM rag_space WHERE dimensions > 0`
  const spaces = yield* Effect.orDie(Schema.decodeUnknownEffect(Spaces)(rows))
  yield* Effect.forEach(
    spaces,
    ({ id }) => sql`DELETE FROM ${sql(tableOf(id))} WHERE passage = ANY(${[...keys]}::int[])`,
    { discard: true }
  )
})

const Parts = Schema.Array(Schema.Struct({ content: Schema.Uint8Array }))

/** Bytes of a model in one row, and rows that are read at once: together some milliseconds for the event loop. */
const partSize = 1 << 17
const partsRead = 4

/** Keeps the model of a space beside its vectors, so that every process can use it. */
export const writeModel = Effect.fnUntraced(function* (space: number, bytes: Uint8Array) {
  const sql = yield* SqlClient.SqlClient
  const parts = Arr.range(0, Math.max(0, Math.ceil(bytes.length / partSize) - 1))
  yield* Effect.forEach(
    parts,
    (part) =>
      sql`INSERT INTO rag_space_part ${sql.insert({
        space,
        part,
        content: bytes.subarray(part * partSize, (part + 1) * partSize)
      })}`,
    { discard: true }
  )
})

/** The model of a space; empty for a space whose embedder has none of its own. */
export const readModel = Effect.fnUntraced(function* (space: number) {
  const sql = yield* SqlClient.SqlClient
  const parts: Array<Uint8Array> = []
  let length = 0
  for (let found = partsRead; found === partsRead; ) {
    const rows = yield* sql`
      SELECT content FROM rag_space_part WHERE space = ${space} AND part >= ${parts.length}
      ORDER BY part LIMIT ${partsRead}
    `
    const read = yield* Effect.orDie(Schema.decodeUnknownEffect(Parts)(rows))
    for (const { content } of read) {
      parts.push(content)
      length += content.length
    }
    found = read.length
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
})
