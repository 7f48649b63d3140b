import { Effect, Metric, Schedule, Schema } from "effect"
import { SqlClient } from "effect/sql"
import * as IngestionMetrics from "./IngestionMetrics.ts"

const Row = Schema.Struct({ waiting: Schema.Int, working: Schema.Int, age: Schema.Finite })

/** Keeps the gauges of the queue up to date: how many jobs wait and are worked on, and how long the oldest one has waited. */
export const run = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const look = Effect.gen(function* () {
    const [row] = yield* sql`
      SELECT count(*) FILTER (WHERE state = 'queued')::int AS waiting,
        count(*) FILTER (WHERE state <> 'queued')::int AS working,
        COALESCE(extract(epoch FROM now() - min(created_at) FILTER (WHERE state = 'queued')), 0)::float8 AS age
      FROM rag_job WHERE state IN ('queued', 'parsing', 'chunking', 'embedding', 'indexing')
    `
    const { age, waiting, working } = yield* Effect.orDie(Schema.decodeUnknownEffect(Row)(row))
    yield* Metric.update(IngestionMetrics.depth("waiting"), waiting)
    yield* Metric.update(IngestionMetrics.depth("working"), working)
    yield* Metric.update(IngestionMetrics.age, age)
  })
  yield* look.pipe(
    Effect.catchCause((cause) => Effect.logWarning("The queue of the ingestion cannot be looked at", cause)),
    Effect.repeat(Schedule.spaced("15 seconds")),
    Effect.forkScoped
  )
})
