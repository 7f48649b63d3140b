import { DateTime, Effect, Stream, SubscriptionRef } from "effect"
import * as Hex from "effect/encoding/Hex"
import type { Document } from "../model/Document.ts"
import type { DocumentId, IngestionJobId } from "../model/Ids.ts"
import { type IngestionJob, isFinal } from "../model/IngestionJob.ts"
import type { Accepted, Upload } from "../Rag.ts"
import { DocumentNotFound, IngestionJobConflict, IngestionJobNotFound, UploadRejected } from "../RagError.ts"
import * as Memory from "./Memory.ts"
import { passagesOf } from "./MemorySearch.ts"

/** What becomes of a job. */
export type Step = Pick<IngestionJob, "state"> & Partial<Pick<IngestionJob, "failure">> & { readonly done?: number }

/** The contents after a step of a job; its completion makes the version visible. */
const stepped = (contents: Memory.Contents, id: IngestionJobId, step: Step, now: DateTime.Utc): Memory.Contents => {
  const known = contents.jobs.get(id)
  if (known === undefined) return contents
  const { version } = known
  const passages = passagesOf(version.text).length
  const job: IngestionJob = {
    ...known.job,
    state: step.state,
    progress:
      step.state === "queued"
        ? { done: 0, total: null }
        : { done: step.state === "completed" ? passages : (step.done ?? 0), total: passages },
    attempts: known.job.attempts + (step.state === "parsing" || known.job.attempts === 0 ? 1 : 0),
    failure: step.failure ?? null,
    updatedAt: now,
    finishedAt: isFinal(step.state) ? now : null
  }
  const jobs = new Map(contents.jobs).set(id, { job, version })
  if (step.state !== "completed") return { ...contents, jobs }
  const document: Document = { ...version.document, mediaType: "text/plain", passages, updatedAt: now }
  return { ...contents, jobs, documents: new Map(contents.documents).set(document.id, { ...version, document }) }
}

const find = <A, Id, E>(items: ReadonlyMap<Id, A>, id: Id, missing: () => E): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    const item = items.get(id)
    return item === undefined ? Effect.fail(missing()) : Effect.succeed(item)
  })

export const findDocument = ({ documents }: Memory.Contents, id: DocumentId) =>
  find(documents, id, () => new DocumentNotFound({ id }))

export const findJob = ({ jobs }: Memory.Contents, id: IngestionJobId) =>
  Effect.map(
    find(jobs, id, () => new IngestionJobNotFound({ id })),
    ({ job }) => job
  )

const sha256 = (text: string) =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
    (digest) => Hex.encode(new Uint8Array(digest))
  )

/** The same upload, if it was made before. */
const repeated = Effect.fnUntraced(function* (
  contents: Memory.Contents,
  { idempotencyKey, replaces }: Upload,
  contentHash: string
) {
  const same = ({ version: { document } }: { readonly version: Memory.Version }) =>
    document.contentHash === contentHash && (replaces === undefined || document.id === replaces)
  const byKey = idempotencyKey === undefined ? undefined : contents.keys.get(idempotencyKey)
  const known = byKey === undefined ? undefined : contents.jobs.get(byKey)
  if (known !== undefined && !same(known)) {
    return yield* new UploadRejected({
      reason: "idempotency-key-reused",
      detail: "The key was used for another content"
    })
  }
  return known ?? [...contents.jobs.values()].find((job) => job.job.state !== "failed" && same(job))
})

export const make = ({ contents }: Memory.Memory, ingest: "at once" | "by hand") => {
  const step = (id: IngestionJobId, step: Step) =>
    Effect.flatMap(DateTime.now, (now) => SubscriptionRef.update(contents, (all) => stepped(all, id, step, now)))

  const take = Effect.fnUntraced(function* (upload: Upload) {
    const text = yield* Stream.mkString(Stream.decodeText(upload.content))
    if (text.trim() === "") return yield* new UploadRejected({ reason: "empty", detail: "The file has no content" })
    const contentHash = yield* sha256(text)
    const now = yield* DateTime.now
    const all = yield* SubscriptionRef.get(contents)
    const before = upload.replaces === undefined ? undefined : yield* findDocument(all, upload.replaces)
    const known = yield* repeated(all, upload, contentHash)
    if (known !== undefined) {
      return { jobId: known.job.id, documentId: known.job.documentId, repeated: true } satisfies Accepted
    }
    const id = Memory.jobId(all.jobs.size + 1)
    const { authority = "working", platform, source, tags = [], title, version } = upload.metadata
    const document: Document = {
      id: before?.document.id ?? Memory.documentId(all.jobs.size + 1),
      fileName: upload.fileName,
      title: title ?? upload.fileName,
      source: source ?? null,
      tags,
      authority,
      platform: platform ?? null,
      version: version ?? null,
      mediaType: null,
      bytes: new TextEncoder().encode(text).length,
      contentHash,
      revision: (before?.document.revision ?? 0) + 1,
      passages: 0,
      latestJobId: id,
      createdAt: before?.document.createdAt ?? now,
      updatedAt: now
    }
    const job: IngestionJob = {
      id,
      documentId: document.id,
      fileName: upload.fileName,
      state: "queued",
      progress: { done: 0, total: null },
      attempts: 0,
      failure: null,
      createdAt: now,
      updatedAt: now,
      finishedAt: null
    }
    yield* SubscriptionRef.update(contents, (all) => ({
      jobs: new Map(all.jobs).set(id, { job, version: { document, text } }),
      documents: before === undefined ? new Map(all.documents).set(document.id, { document, text: "" }) : all.documents,
      keys: upload.idempotencyKey === undefined ? all.keys : new Map(all.keys).set(upload.idempotencyKey, id)
    }))
    if (ingest === "at once") yield* step(id, { state: "completed" })
    return { jobId: id, documentId: document.id, repeated: false } satisfies Accepted
  })

  const act = Effect.fnUntraced(function* (all: Memory.Contents, id: IngestionJobId, action: "cancel" | "retry") {
    const { state } = yield* findJob(all, id)
    if (action === "cancel" ? isFinal(state) : state !== "failed") {
      return yield* new IngestionJobConflict({ id, state, action })
    }
    yield* step(id, { state: action === "cancel" ? "cancelled" : "queued" })
    if (action === "retry" && ingest === "at once") yield* step(id, { state: "completed" })
    return yield* Effect.orDie(findJob(yield* SubscriptionRef.get(contents), id))
  })

  const remove = Effect.fnUntraced(function* (all: Memory.Contents, id: DocumentId) {
    yield* findDocument(all, id)
    for (const { job } of all.jobs.values()) {
      if (job.documentId === id && !isFinal(job.state)) yield* step(job.id, { state: "cancelled" })
    }
    yield* SubscriptionRef.update(contents, ({ documents, ...all }) => ({
      ...all,
      documents: new Map([...documents].filter(([known]) => known !== id))
    }))
  })

  const follow = (id: IngestionJobId) =>
    SubscriptionRef.changes(contents).pipe(
      Stream.mapEffect((all) => findJob(all, id)),
      Stream.changes,
      Stream.takeUntil((job) => isFinal(job.state))
    )

  return { step, take, act, remove, follow }
}
