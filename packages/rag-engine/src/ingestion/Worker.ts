import { isFinal } from "@resync/rag/model/IngestionJob"
import { backoff, type RetryPolicyOptions } from "@resync/resilience/RetryPolicy"
import { Cause, Effect, Exit, Metric, Option, Stream } from "effect"
import * as Attempt from "./Attempt.ts"
import { AttemptFailed, internal, JobLost } from "./AttemptFailed.ts"
import * as IngestionMetrics from "./IngestionMetrics.ts"
import { IngestionQueue, type QueueItem } from "./IngestionQueue.ts"
import type { JobEvent } from "./JobEvent.ts"
import type { JobRow } from "./JobRow.ts"
import { Jobs } from "./Jobs.ts"
import { Originals } from "./Originals.ts"
import { continuing } from "./TraceLink.ts"

export interface WorkerOptions extends Attempt.AttemptOptions {
  /** Jobs that are worked on at the same time. */
  readonly concurrency: number
  /** The waits of a worker that cannot reach the queue. */
  readonly retry: RetryPolicyOptions
}

const count = (outcome: string) => Metric.update(IngestionMetrics.attempts(outcome), 1)

/** What an attempt failed with, as the job is to say it. What was not foreseen is logged. */
const failureOf = (cause: Cause.Cause<unknown>): Effect.Effect<AttemptFailed> => {
  const error = Cause.squash(cause)
  return error instanceof AttemptFailed
    ? Effect.succeed(error)
    : Effect.as(Effect.logError("An ingestion failed in a way that was not foreseen", cause), internal)
}

/**
 * Works on what is queued, several jobs at a time. The queue gives an item at least once; that one result becomes visible is
 * for the row of the job to see to: each write says which state it follows, and a worker whose write finds another state
 * has lost the job and stops.
 */
export const make = Effect.fnUntraced(function* ({ concurrency, retry, ...options }: WorkerOptions) {
  const jobs = yield* Jobs
  const queue = yield* IngestionQueue
  const originals = yield* Originals
  const attempt = yield* Attempt.make(options)

  /** Ends as soon as the job is no longer this worker's. */
  const lost = ({ attempts, id }: JobRow) =>
    jobs.changes(id).pipe(
      Stream.filter((row) => row.state === "cancelled" || row.attempts !== attempts),
      Stream.runHead,
      Effect.andThen(new JobLost())
    )

  /** Writes how this attempt ended, whatever its row has become, unless it is not this worker's any more. */
  const end = (begun: JobRow, event: JobEvent) =>
    jobs
      .get(begun.id)
      .pipe(
        Effect.map(Option.filter(({ attempts, state }) => attempts === begun.attempts && !isFinal(state))),
        Effect.flatMap(Option.match({ onNone: () => Effect.succeedNone, onSome: (row) => jobs.apply(row, event) }))
      )

  /** What a version has replaced is not needed any more. */
  const forgetOlder = ({ document_id, revision }: JobRow) =>
    Effect.flatMap(jobs.ofDocument(document_id), (all) =>
      Effect.forEach(
        all.filter((job) => job.revision < revision),
        ({ id }) => originals.remove(id),
        { discard: true }
      )
    )

  const failed = Effect.fnUntraced(function* (begun: JobRow, cause: Cause.Cause<unknown>) {
    if (Cause.hasInterruptsOnly(cause)) {
      yield* end(begun, { _tag: "Release" })
      return
    }
    if (Cause.squash(cause) instanceof JobLost) {
      yield* count("cancelled")
      return
    }
    const error = yield* failureOf(cause)
    const ended = yield* end(begun, { _tag: "Fail", failure: error.failure, passing: error.passing })
    if (Option.isNone(ended)) return
    if (ended.value.state === "queued") {
      yield* count("retried")
      // The queue waits, and gives the item again.
      return yield* error
    }
    yield* Effect.logWarning(`Ingestion failed: ${error.failure.reason}: ${error.failure.detail}`)
    yield* count(error.failure.reason)
  })

  const work = Effect.fnUntraced(function* (begun: JobRow) {
    const exit = yield* Effect.exit(Effect.interruptible(Effect.raceFirst(attempt(begun), lost(begun))))
    if (Exit.isFailure(exit)) {
      yield* failed(begun, exit.cause)
      if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.interrupt
      return
    }
    yield* count(exit.value.state === "completed" ? "completed" : "superseded")
    if (exit.value.state === "completed") yield* Effect.ignore(forgetOlder(begun))
  }, Effect.uninterruptible)

  const handle = Effect.fnUntraced(function* ({ cycle, jobId }: QueueItem) {
    const row = yield* jobs.get(jobId)
    if (Option.isNone(row) || row.value.cycle !== cycle || isFinal(row.value.state)) return
    const begun = yield* jobs.apply(row.value, { _tag: "Begin" })
    // Somebody changed it just now: the queue gives it again, and then it shows what that was.
    if (Option.isNone(begun)) return yield* internal
    if (isFinal(begun.value.state)) return yield* count("internal")
    yield* work(begun.value)
  })

  const next = queue.take((item, { attempts }) =>
    handle(item).pipe(
      Effect.withSpan("Ingestion.job", {
        kind: "consumer",
        ...continuing(item.traceparent),
        attributes: { "rag.job.id": item.jobId, "rag.job.delivery": attempts }
      }),
      Effect.annotateLogs({ jobId: item.jobId })
    )
  )

  yield* next.pipe(
    // An attempt that is to be repeated is the queue's; another worker is as good as this one.
    Effect.catchTag("AttemptFailed", () => Effect.void),
    Effect.tapCause((cause) => Effect.logWarning("A worker of the ingestion has to begin again", cause)),
    Effect.sandbox,
    Effect.retry(backoff({ ...retry, maxAttempts: Number.POSITIVE_INFINITY })),
    Effect.forever,
    Effect.forkScoped,
    Effect.repeat({ times: concurrency - 1 })
  )
})
