import type { Document, DocumentQuery } from "@resync/rag/model/Document"
import type { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import { type IngestionJob, type IngestionJobQuery, isFinal } from "@resync/rag/model/IngestionJob"
import type { Page } from "@resync/rag/model/Page"
import { DocumentNotFound, IngestionJobConflict, IngestionJobNotFound, type RagUnavailable } from "@resync/rag/RagError"
import { Context, Effect, Layer, Option, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { Acceptance } from "./Acceptance.ts"
import { Documents } from "./Documents.ts"
import { type JobRow, jobOf } from "./JobRow.ts"
import { Jobs } from "./Jobs.ts"
import { Originals } from "./Originals.ts"
import { storeFailure } from "./storeFailure.ts"

type Action = "cancel" | "retry"

const events = { cancel: { _tag: "Cancel" }, retry: { _tag: "Retry" } } as const

/** Jobs and documents as their users see and steer them. */
export class Ingestion extends Context.Service<
  Ingestion,
  {
    readonly jobs: (query: IngestionJobQuery) => Effect.Effect<Page<IngestionJob>, RagUnavailable>
    readonly job: (id: IngestionJobId) => Effect.Effect<IngestionJob, RagUnavailable | IngestionJobNotFound>
    readonly followJob: (id: IngestionJobId) => Stream.Stream<IngestionJob, RagUnavailable | IngestionJobNotFound>
    readonly cancelJob: (
      id: IngestionJobId
    ) => Effect.Effect<IngestionJob, RagUnavailable | IngestionJobNotFound | IngestionJobConflict>
    readonly retryJob: (
      id: IngestionJobId
    ) => Effect.Effect<IngestionJob, RagUnavailable | IngestionJobNotFound | IngestionJobConflict>
    readonly documents: (query: DocumentQuery) => Effect.Effect<Page<Document>, RagUnavailable>
    readonly document: (id: DocumentId) => Effect.Effect<Document, RagUnavailable | DocumentNotFound>
    readonly deleteDocument: (id: DocumentId) => Effect.Effect<void, RagUnavailable | DocumentNotFound>
    /**
     * Has every document read again from its original, as after a change of the parsers or of the passages' size. What is
     * visible stays so until its new passages take its place. Gives back how many documents that are.
     */
    readonly rebuild: Effect.Effect<number, RagUnavailable>
  }
>()("@resync/rag-engine/Ingestion") {
  static readonly layer = Layer.effect(
    Ingestion,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const acceptance = yield* Acceptance
      const documents = yield* Documents
      const jobs = yield* Jobs
      const originals = yield* Originals

      const found = (id: IngestionJobId) =>
        Effect.flatMap(
          jobs.get(id),
          Option.match({ onNone: () => Effect.fail(new IngestionJobNotFound({ id })), onSome: Effect.succeed<JobRow> })
        )

      const job = Effect.fn("Ingestion.job")(
        (id: IngestionJobId) => Effect.map(found(id), jobOf),
        Effect.catchTag("SqlError", storeFailure("job"))
      )

      const followJob = (id: IngestionJobId) =>
        jobs.changes(id).pipe(
          Stream.map(jobOf),
          Stream.takeUntil(({ state }) => isFinal(state)),
          Stream.orElseIfEmpty(() => Stream.fail(new IngestionJobNotFound({ id }))),
          Stream.catchTag("SqlError", (error) => Stream.fromEffect(storeFailure("followJob")(error)))
        )

      /** Changes a job, and again when somebody else was faster: what is true then is answered. */
      const act = (id: IngestionJobId, action: Action) =>
        Effect.gen(function* () {
          const row = yield* found(id)
          const changed = yield* jobs.apply(row, events[action])
          if (Option.isSome(changed) && action === "retry") yield* acceptance.enqueue(changed.value)
          if (Option.isSome(changed)) return Option.some(jobOf(changed.value))
          const now = yield* found(id)
          if (now.change !== row.change) return Option.none()
          return yield* new IngestionJobConflict({ id, state: now.state, action })
        }).pipe(sql.withTransaction, Effect.repeat({ until: Option.isSome }), Effect.flatMap(Effect.fromOption))

      const steer = (action: Action) =>
        Effect.fn(`Ingestion.${action}Job`)(
          (id: IngestionJobId) => act(id, action),
          Effect.catchTags({ SqlError: storeFailure(`${action}Job`), NoSuchElementError: Effect.die })
        )

      const document = Effect.fn("Ingestion.document")(
        (id: DocumentId) =>
          Effect.flatMap(
            documents.get(id),
            Option.match({
              onNone: () => Effect.fail(new DocumentNotFound({ id })),
              onSome: Effect.succeed<Document>
            })
          ),
        Effect.catchTag("SqlError", storeFailure("document"))
      )

      const deleteDocument = Effect.fn("Ingestion.deleteDocument")(
        function* (id: DocumentId) {
          const ended = yield* Effect.gen(function* () {
            if (Option.isNone(yield* documents.lock(id))) return yield* new DocumentNotFound({ id })
            const all = yield* jobs.ofDocument(id)
            yield* Effect.forEach(all, (row) => jobs.apply(row, { _tag: "Abandon" }), { discard: true })
            yield* documents.remove(id)
            return all
          }).pipe(sql.withTransaction)
          // The originals that are left by an end of the process here go at the next start.
          yield* Effect.forEach(ended, (job) => originals.remove(job.id), { discard: true }).pipe(
            Effect.catch((error) =>
              Effect.logWarning("The originals of a deleted document could not be removed", error)
            )
          )
        },
        Effect.uninterruptible,
        Effect.catchTag("SqlError", storeFailure("deleteDocument"))
      )

      const requeue = (id: DocumentId) =>
        Effect.gen(function* () {
          const document = yield* documents.lock(id)
          if (Option.isNone(document)) return false
          const all = yield* jobs.ofDocument(id)
          const visible = all.find(({ revision }) => revision === document.value.revision)
          const changed = visible && Option.getOrUndefined(yield* jobs.apply(visible, { _tag: "Requeue" }))
          if (changed !== undefined) yield* acceptance.enqueue(changed)
          return changed !== undefined
        }).pipe(sql.withTransaction)

      const rebuild = Effect.fn("Ingestion.rebuild")(
        function* () {
          const ids = yield* sql<{ readonly id: DocumentId }>`SELECT id FROM rag_document ORDER BY id`
          const done = yield* Effect.forEach(ids, ({ id }) => requeue(id))
          return done.filter((queued) => queued).length
        },
        Effect.catchTag("SqlError", storeFailure("rebuild"))
      )

      return Ingestion.of({
        jobs: Effect.fn("Ingestion.jobs")(jobs.list, Effect.catchTag("SqlError", storeFailure("jobs"))),
        job,
        followJob,
        cancelJob: steer("cancel"),
        retryJob: steer("retry"),
        documents: Effect.fn("Ingestion.documents")(
          documents.list,
          Effect.catchTag("SqlError", storeFailure("documents"))
        ),
        document,
        deleteDocument,
        rebuild: rebuild()
      })
    })
  )
}
