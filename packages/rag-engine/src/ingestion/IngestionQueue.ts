import { IngestionJobId } from "@resync/rag/model/Ids"
import { backoff, type RetryPolicyOptions } from "@resync/resilience/RetryPolicy"
import type { StoreEngine } from "@resync/store/Store"
import { Context, Duration, Effect, Layer, Schema } from "effect"
import { PersistedQueue } from "effect/persistence"
import { SqlClient } from "effect/sql"

/** What waits in the queue. */
export const QueueItem = Schema.Struct({
  jobId: IngestionJobId,
  /** The item of an earlier cycle of the job says nothing. */
  cycle: Schema.Int,
  /** The trace that the upload is a part of, as W3C Trace Context has it. */
  traceparent: Schema.NullOr(Schema.String)
})
export type QueueItem = typeof QueueItem.Type

export interface IngestionQueueOptions {
  readonly engine: StoreEngine
  /** The waits between the attempts of a job. */
  readonly retry: RetryPolicyOptions
  /** How long a worker may be silent before another one takes its job. */
  readonly lease: Duration.Duration
}

const tableName = "rag_queue"

/** A cycle of a job is queued once, however often it is offered. */
export const itemId = ({ cycle, jobId }: Pick<QueueItem, "jobId" | "cycle">): string => `${jobId}.${cycle}`

/**
 * Jobs that wait for a worker. Offered within a transaction, an item is there when that commits. Its own count of attempts
 * has no bound here: how often a job is tried is for the machine of its states to say.
 */
export class IngestionQueue extends Context.Service<IngestionQueue, PersistedQueue.PersistedQueue<QueueItem>>()(
  "@resync/rag-engine/IngestionQueue"
) {
  static readonly layer = ({ engine, lease, retry }: IngestionQueueOptions) =>
    Layer.effect(
      IngestionQueue,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        // Of two processes that make the table at once one would fail.
        yield* sql`SELECT pg_advisory_xact_lock(hashtext('resync:rag_queue:' || current_schema()))`.pipe(
          Effect.andThen(Effect.scoped(PersistedQueue.makeStoreSql({ tableName }))),
          sql.withTransaction
        )
        // The embedded store has one process: whatever is claimed in it was claimed by one that is no more.
        if (engine === "embedded") {
          yield* sql`
            UPDATE rag_queue SET acquired_at = NULL, acquired_by = NULL WHERE state = 'pending' AND acquired_by IS NOT NULL
          `
        }
        const store = yield* PersistedQueue.makeStoreSql({
          tableName,
          pollInterval: "1 second",
          // With no other process to take over, a lease would only take jobs from a worker that is busy.
          lockExpiration: engine === "embedded" ? Duration.days(1) : lease,
          lockRefreshInterval: engine === "embedded" ? Duration.hours(1) : Duration.millis(Duration.toMillis(lease) / 4)
        })
        const factory = yield* Effect.provideService(
          PersistedQueue.makeFactory,
          PersistedQueue.PersistedQueueStore,
          store
        )
        yield* Layer.build(PersistedQueue.layerCleanup({ timeToLive: "1 day", failedTimeToLive: "1 day" })).pipe(
          Effect.provideService(PersistedQueue.PersistedQueueStore, store)
        )
        return yield* factory.make({
          name: "ingestion",
          schema: QueueItem,
          maxAttempts: 2_147_483_647,
          retrySchedule: backoff(retry)
        })
      })
    )
}
