import type { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import { type IngestionJob, type IngestionJobQuery, isFinal } from "@resync/rag/model/IngestionJob"
import type { Page } from "@resync/rag/model/Page"
import { Context, DateTime, type Duration, Effect, Layer, Option, Queue, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import { cursorAfter, idOfCursor } from "./Cursor.ts"
import type { JobEvent } from "./JobEvent.ts"
import * as JobFeed from "./JobFeed.ts"
import { JobRow, jobOf, progressOf } from "./JobRow.ts"
import { type JobLimits, step } from "./jobStep.ts"

export interface JobsOptions extends JobLimits {
  /** How often a followed job is read again, for changes that another process made; only own ones when absent. */
  readonly pollInterval?: Duration.Duration | undefined
}

const decode = (rows: unknown) => Effect.orDie(Schema.decodeUnknownEffect(Schema.Array(JobRow))(rows))

/** The rows of `rag_job`: the machine of states in `jobStep` over SQL. */
export class Jobs extends Context.Service<
  Jobs,
  {
    readonly get: (id: IngestionJobId) => Effect.Effect<Option.Option<JobRow>, SqlError>
    readonly list: (query: IngestionJobQuery) => Effect.Effect<Page<IngestionJob>, SqlError>
    /** The jobs of a document, oldest version first, locked until the end of the caller's transaction. */
    readonly ofDocument: (id: DocumentId) => Effect.Effect<ReadonlyArray<JobRow>, SqlError>
    readonly insert: (row: JobRow) => Effect.Effect<void, SqlError>
    /**
     * Writes what the job becomes by an event. Nothing happens, and nothing is given back, when the event does not apply or
     * somebody else has changed the job since `row` was read: who works on a job has then lost it.
     */
    readonly apply: (row: JobRow, event: JobEvent) => Effect.Effect<Option.Option<JobRow>, SqlError>
    /** The row as it is now and at each change. Does not end. Nothing comes when there is no such job. */
    readonly changes: (id: IngestionJobId) => Stream.Stream<JobRow, SqlError>
  }
>()("@resync/rag-engine/Jobs") {
  static readonly layer = ({ pollInterval, ...limits }: JobsOptions) =>
    Layer.effect(
      Jobs,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const feed = yield* JobFeed.make

        const get = (id: IngestionJobId) =>
          sql`SELECT * FROM rag_job WHERE id = ${id}`.pipe(
            Effect.flatMap(decode),
            Effect.map(([row]) => Option.fromUndefinedOr(row))
          )

        const list = Effect.fn("Jobs.list")(function* ({ cursor, documentId, limit = 100, state }: IngestionJobQuery) {
          const after = idOfCursor(cursor)
          const rows = yield* sql`
            SELECT * FROM rag_job WHERE ${sql.and([
              sql`true`,
              ...(state === undefined ? [] : [sql`state = ANY(${[...state]})`]),
              ...(documentId === undefined ? [] : [sql`document_id = ${documentId}`]),
              ...(Option.isNone(after) ? [] : [sql`id < ${after.value}`])
            ])} ORDER BY id DESC LIMIT ${limit + 1}
          `.pipe(Effect.flatMap(decode))
          const items = rows.slice(0, limit).map(jobOf)
          const last = items.at(-1)
          return rows.length > limit && last !== undefined ? { items, nextCursor: cursorAfter(last.id) } : { items }
        })

        const ofDocument = (id: DocumentId) =>
          sql`SELECT * FROM rag_job WHERE document_id = ${id} ORDER BY revision FOR UPDATE`.pipe(Effect.flatMap(decode))

        const insert = (row: JobRow) =>
          sql`INSERT INTO rag_job ${sql.insert({ ...row, metadata: JSON.stringify(row.metadata) })}`.pipe(
            Effect.andThen(sql.afterCommit(feed.publish(row)))
          )

        const apply = Effect.fnUntraced(function* (row: JobRow, event: JobEvent) {
          const next = step(progressOf(row), event, limits)
          if (Option.isNone(next)) return Option.none()
          const { failure, ...progress } = next.value
          const now = DateTime.toDateUtc(yield* DateTime.now)
          const values = {
            ...progress,
            failure_reason: failure?.reason ?? null,
            failure_detail: failure?.detail ?? null,
            change: row.change + 1,
            updated_at: now,
            finished_at: isFinal(progress.state) ? now : null
          }
          const [changed] = yield* sql`
            UPDATE rag_job SET ${sql.update(values)} WHERE id = ${row.id} AND change = ${row.change} RETURNING *
          `.pipe(Effect.flatMap(decode))
          if (changed === undefined) return Option.none()
          yield* sql.afterCommit(feed.publish(changed))
          return Option.some(changed)
        })

        const changes = (id: IngestionJobId) =>
          Stream.unwrap(
            Effect.gen(function* () {
              const own = yield* feed.subscribe(id)
              const next =
                pollInterval === undefined
                  ? Effect.asSome(Queue.take(own))
                  : Queue.take(own).pipe(
                      Effect.asSome,
                      Effect.timeoutOrElse({ duration: pollInterval, orElse: () => get(id) })
                    )
              const first = yield* get(id)
              if (Option.isNone(first)) return Stream.empty
              const later = Stream.unfold(first.value.change, (seen) =>
                next.pipe(
                  Effect.map(Option.filter(({ change }) => change > seen)),
                  Effect.repeat({ until: Option.isSome }),
                  Effect.map((found) =>
                    Option.isSome(found) ? ([found.value, found.value.change] as const) : undefined
                  )
                )
              )
              return Stream.concat(Stream.succeed(first.value), later)
            })
          )

        return Jobs.of({ get, list, ofDocument, insert, apply, changes })
      })
    )
}
