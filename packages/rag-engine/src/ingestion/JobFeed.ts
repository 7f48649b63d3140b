import type { IngestionJobId } from "@resync/rag/model/Ids"
import { Effect, Queue, type Scope } from "effect"
import type { JobRow } from "./JobRow.ts"

/** Changes of jobs, as this process makes them. */
export interface JobFeed {
  readonly publish: (row: JobRow) => Effect.Effect<void>
  /** The changes of a job from now on. A reader that is slow misses older ones, never the last. */
  readonly subscribe: (id: IngestionJobId) => Effect.Effect<Queue.Dequeue<JobRow>, never, Scope.Scope>
}

export const make = Effect.sync((): JobFeed => {
  const readers = new Map<IngestionJobId, Set<Queue.Queue<JobRow>>>()
  return {
    publish: (row) =>
      Effect.sync(() => {
        for (const reader of readers.get(row.id) ?? []) Queue.offerUnsafe(reader, row)
      }),
    subscribe: (id) =>
      Effect.acquireRelease(
        Effect.map(Queue.sliding<JobRow>(64), (queue) => {
          const all = readers.get(id) ?? new Set()
          readers.set(id, all.add(queue))
          return queue
        }),
        (queue) =>
          Effect.sync(() => {
            const all = readers.get(id)
            all?.delete(queue)
            if (all?.size === 0) readers.delete(id)
          })
      )
  }
})
