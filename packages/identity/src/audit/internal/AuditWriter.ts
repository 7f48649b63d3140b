import { Clock, DateTime, Deferred, Effect, Exit, Fiber, Metric, Queue } from "effect"
import type { Done } from "effect/Cause"
import { type AuditHead, type AuditRow, headOf, link } from "../AuditChain.ts"
import type { AuditDraft } from "../AuditEntry.ts"
import { type AuditError, AuditUnavailable, AuditUntrusted } from "../AuditError.ts"
import type { AuditSigner, SignedHead } from "../AuditSigner.ts"
import { type AuditStore, unavailable } from "./AuditStore.ts"

/** Entries that one commit takes along. */
const maxBatch = 256

const entries = Metric.counter("resync.audit.entries", {
  description: "Entries written to the audit trail",
  incremental: true
})
const failures = Metric.counter("resync.audit.failures", {
  description: "Entries that could not be written to the audit trail",
  incremental: true
})
const commits = Metric.histogram("resync.audit.commit.duration", {
  description: "Time of one commit of the audit trail",
  boundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  attributes: { unit: "s" }
})

interface Waiting {
  readonly drafts: ReadonlyArray<AuditDraft>
  readonly at: string
  readonly done: Deferred.Deferred<void, AuditError>
}

/** Trusts a head only when it carries our signature. */
export const trusted = (signer: AuditSigner, head: SignedHead): Effect.Effect<SignedHead, AuditUntrusted> => {
  const verdict = signer.verdict(head)
  return verdict === "valid" ? Effect.succeed(head) : new AuditUntrusted({ seq: head.seq, reason: verdict })
}

/**
 * Writes entries in the order in which they come, all that wait in one commit. The head in the database decides who is next when
 * several processes write: who finds it moved on links his entries anew to where it is now.
 */
export const make = Effect.fnUntraced(function* (options: {
  readonly store: AuditStore
  readonly signer: AuditSigner
  readonly onHead: (head: SignedHead) => Effect.Effect<void>
  /** A bound on the time of one commit. */
  readonly within: (commit: Effect.Effect<number, AuditError>) => Effect.Effect<number, AuditError>
}) {
  const { onHead, signer, store, within } = options
  const queue = yield* Queue.unbounded<Waiting, Done>()
  let head: SignedHead | undefined

  const read = store.head.pipe(
    Effect.mapError(unavailable),
    Effect.flatMap((found) => trusted(signer, found))
  )

  const commit = Effect.fnUntraced(function* (batch: ReadonlyArray<Waiting>) {
    while (true) {
      const before: SignedHead = head ?? (yield* read)
      const rows: Array<AuditRow> = []
      let end: AuditHead = before
      for (const { at, drafts } of batch) {
        for (const draft of drafts) {
          const row = link(end, at, draft)
          rows.push(row)
          end = headOf(row)
        }
      }
      const next = signer.sign(end)
      // What becomes of the statement is not known until it answers, so the head is read anew if it does not.
      head = undefined
      const written = yield* Effect.mapError(store.append(before, rows, next), unavailable)
      if (!written) continue
      head = next
      yield* onHead(next)
      return rows.length
    }
  })

  const drain = Effect.gen(function* () {
    const batch = yield* Queue.takeBetween(queue, 1, maxBatch)
    const began = yield* Clock.currentTimeNanos
    const exit = yield* Effect.exit(within(commit(batch)))
    yield* Metric.update(commits, Number((yield* Clock.currentTimeNanos) - began) / 1e9)
    if (exit._tag === "Success") yield* Metric.update(entries, exit.value)
    else {
      yield* Metric.update(failures, batch.length)
      yield* Effect.logError("The audit trail could not be written", exit.cause)
    }
    for (const { done } of batch) yield* Deferred.done(done, Exit.asVoid(exit))
  })
  const fiber = yield* drain.pipe(
    Effect.forever,
    Effect.catchTag("Done", () => Effect.void),
    Effect.forkScoped
  )
  // What was handed over is written before the end.
  yield* Effect.addFinalizer(() => Effect.andThen(Queue.end(queue), Fiber.await(fiber)))

  return {
    /** Returns once the entries are durable, one after the other in the chain. */
    append: Effect.fnUntraced(function* (drafts: ReadonlyArray<AuditDraft>): Effect.fn.Return<void, AuditError> {
      if (drafts.length === 0) return
      const done = yield* Deferred.make<void, AuditError>()
      const at = DateTime.formatIso(yield* DateTime.now)
      const taken = yield* Queue.offer(queue, { drafts, at, done })
      if (!taken) return yield* new AuditUnavailable({ detail: "the service is going down" })
      return yield* Deferred.await(done)
    })
  }
})
