import { IngestionJobId } from "@resync/rag/model/Ids"
import { Effect, Option, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Acceptance } from "./Acceptance.ts"
import { JobRow } from "./JobRow.ts"
import { Jobs } from "./Jobs.ts"
import { Originals } from "./Originals.ts"

const Known = Schema.Array(Schema.Struct({ id: IngestionJobId, needed: Schema.Boolean }))

/**
 * What an end of the process at any moment leaves behind, put right at the start: files of uploads that never ended go, and
 * so do those of documents and versions that are no more; an original that the database does not know is taken in again,
 * be it that its acceptance was cut off or that the database was lost; a job without a place in the queue is given one.
 */
export const run = Effect.fn("Ingestion.recover")(function* () {
  const sql = yield* SqlClient.SqlClient
  const acceptance = yield* Acceptance
  const jobs = yield* Jobs
  const originals = yield* Originals

  const swept = yield* originals.sweep
  const present = yield* originals.settled
  const rows = yield* sql`
    SELECT j.id, d.id IS NOT NULL AND (j.revision >= d.revision OR d.media_type IS NULL) AS needed
    FROM rag_job j LEFT JOIN rag_document d ON d.id = j.document_id
    WHERE j.id = ANY(${[...present]}::uuid[])
  `
  const known = new Map(
    (yield* Effect.orDie(Schema.decodeUnknownEffect(Known)(rows))).map(({ id, needed }) => [id, needed] as const)
  )
  yield* Effect.forEach(
    present.filter((id) => known.get(id) === false),
    (id) => originals.remove(id),
    { discard: true }
  )
  const adopted = yield* Effect.forEach(
    present.filter((id) => !known.has(id)),
    (id) =>
      Effect.flatMap(
        originals.description(id),
        Option.match({ onNone: () => Effect.succeed(false), onSome: acceptance.adopt })
      )
  )
  const stranded = yield* sql`
    SELECT * FROM rag_job j WHERE state NOT IN ('completed', 'failed', 'cancelled') AND NOT EXISTS (
      SELECT 1 FROM rag_queue q
      WHERE q.queue_name = 'ingestion' AND q.id = j.id || '.' || j.cycle AND q.state = 'pending'
    )
  `.pipe(Effect.flatMap((rows) => Effect.orDie(Schema.decodeUnknownEffect(Schema.Array(JobRow))(rows))))
  yield* Effect.forEach(
    stranded,
    (row) =>
      jobs
        .apply(row, { _tag: "Requeue" })
        .pipe(
          Effect.flatMap(Option.match({ onNone: () => Effect.void, onSome: acceptance.enqueue })),
          sql.withTransaction
        ),
    { discard: true }
  )
  const counts = { swept, adopted: adopted.filter((taken) => taken).length, stranded: stranded.length }
  if (Object.values(counts).some((count) => count > 0)) {
    yield* Effect.logInfo("The ingestion put right what an earlier end of the service left").pipe(
      Effect.annotateLogs(counts)
    )
  }
})
