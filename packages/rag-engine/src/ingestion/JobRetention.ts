import { IngestionJobId } from "@resync/rag/model/Ids"
import { DateTime, type Duration, Effect, Schedule, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Originals } from "./Originals.ts"

const Ids = Schema.Array(Schema.Struct({ id: IngestionJobId }))

/** Records removed in one transaction. */
const batch = 500

/**
 * Removes the records of jobs that ended longer ago than `retention`, and gives back how many. Those that stand for a document
 * stay, of whatever age: the job of its visible version and that of its latest, and what an idempotency key answers with.
 */
export const prune = Effect.fn("JobRetention.prune")(function* (retention: Duration.Duration) {
  const sql = yield* SqlClient.SqlClient
  const originals = yield* Originals
  const before = DateTime.toDateUtc(DateTime.subtractDuration(yield* DateTime.now, retention))
  const some = Effect.gen(function* () {
    const rows = yield* sql`
      SELECT id FROM rag_job j WHERE finished_at < ${before} AND NOT EXISTS (
        SELECT FROM rag_document d
        WHERE d.id = j.document_id AND (d.latest_job_id = j.id OR d.revision = j.revision)
      ) AND NOT EXISTS (SELECT FROM rag_idempotency_key k WHERE k.job_id = j.id)
      ORDER BY id LIMIT ${batch} FOR UPDATE SKIP LOCKED
    `
    const ids = (yield* Effect.orDie(Schema.decodeUnknownEffect(Ids)(rows))).map(({ id }) => id)
    // An original whose job nobody knows would be taken in again at the next start.
    yield* Effect.forEach(ids, originals.remove, { discard: true })
    yield* sql`DELETE FROM rag_job WHERE id = ANY(${ids}::uuid[])`
    return ids.length
  }).pipe(sql.withTransaction)
  let removed = 0
  for (let found = batch; found === batch; removed += found) found = yield* some
  return removed
})

/** Looks every hour, in the background, for as long as the scope. */
export const run = (retention: Duration.Duration) =>
  prune(retention).pipe(
    Effect.tap((removed) =>
      removed === 0
        ? Effect.void
        : Effect.annotateLogs(Effect.logInfo("Records of ingestions that ended long ago were removed"), { removed })
    ),
    Effect.catchCause((cause) => Effect.logWarning("Records of ingestions could not be removed", cause)),
    Effect.repeat(Schedule.spaced("1 hour")),
    Effect.forkScoped
  )
