import { createHash } from "node:crypto"
import { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import type { Accepted } from "@resync/rag/Rag"
import { Cause, Context, DateTime, Effect, Layer, Option, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { type Candidate, type Decision, decide, type Known } from "./Decision.ts"
import { Documents } from "./Documents.ts"
import { IngestionQueue, itemId } from "./IngestionQueue.ts"
import { queued } from "./JobProgress.ts"
import { JobRow } from "./JobRow.ts"
import { Jobs } from "./Jobs.ts"
import type { Original } from "./Original.ts"

const KeyRow = Schema.Struct({ content_hash: Schema.String, job_id: IngestionJobId, document_id: DocumentId })

/** Keys come from outside in any length. */
const nameOfKey = (key: string) => createHash("sha256").update(key).digest("hex")

/** A new job for an original. */
export const rowOf = (original: Original, traceparent: string | null): JobRow => {
  const { failure: _, ...progress } = queued
  const at = DateTime.toDateUtc(original.createdAt)
  return {
    id: original.jobId,
    document_id: original.documentId,
    revision: original.revision,
    file_name: original.fileName,
    metadata: original.metadata,
    bytes: original.bytes,
    content_hash: original.contentHash,
    ...progress,
    failure_reason: null,
    failure_detail: null,
    change: 1,
    traceparent,
    created_at: at,
    updated_at: at,
    finished_at: null
  }
}

/** Knows whether an upload is new, and writes down one that is. */
export class Acceptance extends Context.Service<
  Acceptance,
  {
    readonly decide: (candidate: Candidate) => Effect.Effect<Decision, SqlError>
    /** The revision that the next upload of a document is. */
    readonly nextRevision: (id: DocumentId) => Effect.Effect<number, SqlError>
    /**
     * Notes a new upload with its key and queues it, in one transaction. Nothing when another upload was faster, so that
     * the decision does not hold any more.
     */
    readonly accept: (
      candidate: Candidate,
      original: Original,
      traceparent: string | null
    ) => Effect.Effect<Option.Option<Accepted>, SqlError>
    /** Notes that a key was used for an upload that had been taken in before. */
    readonly noteKey: (key: string, accepted: Accepted, contentHash: string) => Effect.Effect<void, SqlError>
    /** Queues what an original says, with no question asked, unless there is such a job. */
    readonly adopt: (original: Original) => Effect.Effect<boolean, SqlError>
    /** Queues a job again, within the transaction that changed it. */
    readonly enqueue: (job: JobRow) => Effect.Effect<void, SqlError>
  }
>()("@resync/rag-engine/Acceptance") {
  static readonly layer = Layer.effect(
    Acceptance,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const jobs = yield* Jobs
      const documents = yield* Documents
      const queue = yield* IngestionQueue

      const known = Effect.fnUntraced(function* ({ contentHash, idempotencyKey, replaces }: Candidate) {
        const keys =
          idempotencyKey === undefined
            ? []
            : yield* sql`SELECT * FROM rag_idempotency_key WHERE key = ${nameOfKey(idempotencyKey)}`
        const [key] = yield* Effect.orDie(Schema.decodeUnknownEffect(Schema.Array(KeyRow))(keys))
        const twins = yield* sql`
          SELECT j.* FROM rag_job j
          JOIN rag_document d ON d.id = j.document_id AND (d.latest_job_id = j.id OR d.revision = j.revision)
          WHERE j.content_hash = ${contentHash}
          ORDER BY (j.document_id = ${replaces ?? null}::uuid) DESC NULLS LAST, (j.state = 'completed') DESC, j.id
          LIMIT 1
        `
        const [twin] = yield* Effect.orDie(Schema.decodeUnknownEffect(Schema.Array(JobRow))(twins))
        return {
          key: key && { contentHash: key.content_hash, jobId: key.job_id, documentId: key.document_id },
          twin
        } satisfies Known
      })

      const decideNow = (candidate: Candidate) => Effect.map(known(candidate), (known) => decide(candidate, known))

      const nextRevision = (id: DocumentId) =>
        Effect.map(
          sql<{ readonly next: number }>`
            SELECT COALESCE(max(revision), 0) + 1 AS next FROM rag_job WHERE document_id = ${id}
          `,
          ([row]) => row?.next ?? 1
        )

      const noteKey = Effect.fnUntraced(function* (key: string, accepted: Accepted, contentHash: string) {
        const row = {
          key: nameOfKey(key),
          content_hash: contentHash,
          job_id: accepted.jobId,
          document_id: accepted.documentId,
          created_at: DateTime.toDateUtc(yield* DateTime.now)
        }
        yield* sql`INSERT INTO rag_idempotency_key ${sql.insert(row)} ON CONFLICT (key) DO NOTHING`
      })

      const enqueue = ({ cycle, id, traceparent }: JobRow) =>
        queue.offer({ jobId: id, cycle, traceparent }, { id: itemId({ jobId: id, cycle }) }).pipe(
          Effect.catchTags({
            PersistedQueueError: ({ cause }) => {
              const error = Cause.isCause(cause) ? Cause.squash(cause) : cause
              return isSqlError(error) ? Effect.fail(error) : Effect.die(error)
            },
            SchemaError: Effect.die
          }),
          Effect.asVoid
        )

      const write = Effect.fnUntraced(function* (original: Original, traceparent: string | null) {
        const row = rowOf(original, traceparent)
        yield* documents.uploaded(row)
        yield* jobs.insert(row)
        yield* enqueue(row)
      })

      /** One at a time of those that could be the same, in the order of their names, lest two wait for each other. */
      const lock = (names: ReadonlyArray<string>) =>
        Effect.forEach(
          names.toSorted(),
          (name) => sql`SELECT pg_advisory_xact_lock(hashtext(${`resync:rag:${name}`}))`,
          { discard: true }
        )

      const accept = Effect.fn("Acceptance.accept")(
        function* (candidate: Candidate, original: Original, traceparent: string | null) {
          const { idempotencyKey } = candidate
          yield* lock([
            original.contentHash,
            original.documentId,
            ...(idempotencyKey === undefined ? [] : [nameOfKey(idempotencyKey)])
          ])
          const decision = yield* decideNow(candidate)
          const holds =
            decision._tag === "New" &&
            (decision.documentId === undefined
              ? original.revision === 1
              : decision.documentId === original.documentId &&
                Option.isSome(yield* documents.lock(original.documentId)) &&
                (yield* nextRevision(original.documentId)) === original.revision)
          if (!holds) return Option.none()
          yield* write(original, traceparent)
          const accepted = { jobId: original.jobId, documentId: original.documentId, repeated: false }
          if (idempotencyKey !== undefined) yield* noteKey(idempotencyKey, accepted, original.contentHash)
          return Option.some(accepted)
        },
        (effect) => sql.withTransaction(effect)
      )

      const adopt = Effect.fn("Acceptance.adopt")(
        function* (original: Original) {
          yield* lock([original.contentHash, original.documentId])
          const found = yield* sql`
            SELECT 1 FROM rag_job WHERE id = ${original.jobId}
              OR (document_id = ${original.documentId} AND revision = ${original.revision})
          `
          if (found.length > 0) return false
          yield* write(original, null)
          return true
        },
        (effect) => sql.withTransaction(effect)
      )

      return Acceptance.of({ decide: decideNow, nextRevision, accept, noteKey, adopt, enqueue })
    })
  )
}
