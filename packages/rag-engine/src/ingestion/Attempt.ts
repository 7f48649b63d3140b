import { Clock, Deferred, Duration, Effect, Exit, Fiber, FileSystem, Metric, Option, Ref } from "effect"
import type { PlatformError } from "effect/PlatformError"
import type { ChunkOptions } from "../chunking/Chunk.ts"
import { PassageIndex } from "../index/PassageIndex.ts"
import { DocumentParser } from "../parsing/DocumentParser.ts"
import { DocumentUnreadable } from "../parsing/DocumentUnreadable.ts"
import { type AttemptFailed, JobLost, missing, noVectors, unreadable } from "./AttemptFailed.ts"
import * as IngestionMetrics from "./IngestionMetrics.ts"
import type { JobEvent, Stage } from "./JobEvent.ts"
import type { JobRow } from "./JobRow.ts"
import { Jobs } from "./Jobs.ts"
import { Originals } from "./Originals.ts"
import * as Publication from "./Publication.ts"

export interface AttemptOptions {
  readonly chunks: ChunkOptions
  /** Passages that a document may be cut into. */
  readonly maxPassages: number
}

/** Progress is written down this often at most: each time is a commit that waits for the disk. */
const progressInterval = Duration.toMillis("500 millis")

/** One attempt of a job, from its file to passages that can be found. Gives back the job as it ended. */
export const make = Effect.fnUntraced(function* ({ chunks, maxPassages }: AttemptOptions) {
  const fs = yield* FileSystem.FileSystem
  const jobs = yield* Jobs
  const originals = yield* Originals
  const parser = yield* DocumentParser
  const index = yield* PassageIndex
  const publish = yield* Publication.make

  const inStage = <A, E, R>(stage: Stage, work: Effect.Effect<A, E, R>) =>
    work.pipe(
      Effect.timed,
      Effect.tap(([took]) => Metric.update(IngestionMetrics.stageDuration(stage), Duration.toSeconds(took))),
      Effect.map(([, value]) => value),
      Effect.withSpan(`Ingestion.${stage}`)
    )

  return Effect.fnUntraced(function* (begun: JobRow) {
    const row = yield* Ref.make(begun)
    const change = Effect.fnUntraced(function* (event: JobEvent) {
      const changed = yield* jobs.apply(yield* Ref.get(row), event)
      if (Option.isNone(changed)) return yield* new JobLost()
      yield* Ref.set(row, changed.value)
    })
    const written = yield* Ref.make(yield* Clock.currentTimeMillis)
    const progress = Effect.fnUntraced(function* (done: number) {
      const now = yield* Clock.currentTimeMillis
      if (now - (yield* Ref.get(written)) < progressInterval) return
      yield* Ref.set(written, now)
      yield* change({ _tag: "Advance", done })
    })

    const path = originals.pathOf(begun.id)
    const isParsed = yield* Deferred.make<void, AttemptFailed | PlatformError>()
    const cutting = parser
      .cut(
        { path, name: begun.file_name },
        { documentId: begun.document_id, options: chunks, onParsed: () => Deferred.doneUnsafe(isParsed, Exit.void) }
      )
      .pipe(Effect.mapError(unreadable))
    const reading = yield* fs.exists(path).pipe(
      Effect.flatMap((exists) => (exists ? cutting : missing)),
      Effect.tapCause((cause) => Deferred.failCause(isParsed, cause)),
      Effect.forkChild
    )
    yield* inStage("parsing", Deferred.await(isParsed))
    yield* change({ _tag: "Enter", stage: "chunking" })
    const { passages, ...parsed } = yield* inStage("chunking", Fiber.join(reading))
    if (passages.length > maxPassages) {
      const detail = `The document makes ${passages.length} passages, more than ${maxPassages}`
      return yield* unreadable(new DocumentUnreadable({ reason: "too-large", detail }))
    }
    yield* change({ _tag: "Enter", stage: "embedding", total: passages.length })
    const title = begun.metadata.title ?? parsed.title ?? begun.file_name
    const prepared = yield* inStage(
      "embedding",
      index.prepare(
        { documentId: begun.document_id, title, passages },
        // A job that was lost shows by the next change; the store's failure as well.
        { onProgress: (done) => Effect.ignore(progress(done)) }
      )
    ).pipe(Effect.catchTag("EmbedderUnavailable", (error) => Effect.fail(noVectors(error))))
    yield* change({ _tag: "Enter", stage: "indexing" })
    const ended = yield* inStage(
      "indexing",
      Effect.flatMap(Ref.get(row), (job) => publish({ job, parsed, prepared }))
    )
    yield* Metric.update(IngestionMetrics.passages, ended.state === "completed" ? passages.length : 0)
    return ended
  })
})
