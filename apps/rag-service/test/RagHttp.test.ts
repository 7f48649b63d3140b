import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import type { IngestionJob } from "@resync/rag/model/IngestionJob"
import { Rag } from "@resync/rag/Rag"
import {
  DocumentNotFound,
  IngestionJobConflict,
  type RagError,
  RagUnavailable,
  UploadRejected
} from "@resync/rag/RagError"
import * as RagHttp from "@resync/rag/RagHttp"
import * as Resilience from "@resync/resilience/Resilience"
import { DateTime, Effect, Latch, Layer, Stream } from "effect"
import { client, served } from "./TestService.ts"

const documentId = DocumentId.make("0198f0a0-0000-7000-8000-000000000001")
const jobId = IngestionJobId.make("0198f0a0-0000-7000-8000-000000000002")

const job = (state: IngestionJob["state"], done: number): IngestionJob => ({
  id: jobId,
  documentId,
  fileName: "manual.pdf",
  state,
  progress: { done, total: 3 },
  attempts: 1,
  failure: null,
  createdAt: DateTime.makeUnsafe(0),
  updatedAt: DateTime.makeUnsafe(0),
  finishedAt: null
})

/** A service of which only the given methods answer, behind HTTP on a real socket, and `Rag` as its client. */
const remote = (methods: Partial<Rag["Service"]>, variables?: Readonly<Record<string, string>>) =>
  client.pipe(Layer.provide(served(Layer.mock(Rag, methods), variables)))

describe("RagHttp", () => {
  it.live("uploads what the file holds, with what is said of it", () => {
    const seen: Array<unknown> = []
    return Effect.gen(function* () {
      const accepted = yield* Rag.use((rag) =>
        rag.upload({
          fileName: "Manual de operação.pdf",
          metadata: { tags: ["payroll"], authority: "approved" },
          idempotencyKey: "once",
          content: Stream.make(new TextEncoder().encode("one "), new TextEncoder().encode("two"))
        })
      )
      assert.deepStrictEqual(accepted, { jobId, documentId, repeated: false })
      assert.deepStrictEqual(seen, [
        ["Manual de operação.pdf", { tags: ["payroll"], authority: "approved" }, "once", "one two"]
      ])
    }).pipe(
      Effect.provide(
        remote({
          upload: ({ content, fileName, idempotencyKey, metadata }) =>
            Effect.map(Stream.mkString(Stream.decodeText(content)), (text) => {
              seen.push([fileName, metadata, idempotencyKey, text])
              return { jobId, documentId, repeated: false }
            }).pipe(Effect.orDie)
        })
      )
    )
  })

  it.live("what the service refuses is refused with its own error", () =>
    Effect.gen(function* () {
      const rag = yield* Rag
      const upload = { fileName: "a", metadata: {}, content: Stream.empty }
      assert.deepInclude(yield* Effect.flip(rag.upload(upload)), { _tag: "UploadRejected", reason: "empty" })
      assert.deepInclude(yield* Effect.flip(rag.document(documentId)), { _tag: "DocumentNotFound", id: documentId })
      assert.deepInclude(yield* Effect.flip(rag.cancelJob(jobId)), { _tag: "IngestionJobConflict", state: "completed" })
    }).pipe(
      Effect.provide(
        remote({
          upload: () => Effect.fail(new UploadRejected({ reason: "empty", detail: "no bytes" })),
          document: (id) => Effect.fail(new DocumentNotFound({ id })),
          cancelJob: (id) => Effect.fail(new IngestionJobConflict({ id, state: "completed", action: "cancel" }))
        })
      )
    )
  )

  it.live("an upload that its source breaks off ends with the source's own reason", () =>
    Effect.gen(function* () {
      const rejected = new UploadRejected({ reason: "too-large", detail: "more than 100 MB" })
      const error = yield* Rag.use((rag) =>
        rag.upload({
          fileName: "a",
          metadata: {},
          content: Stream.concat(Stream.make(new Uint8Array(10)), Stream.fail(rejected))
        })
      ).pipe(Effect.flip)
      assert.deepInclude(error, { _tag: "UploadRejected", reason: "too-large" })
    }).pipe(Effect.provide(remote({ upload: ({ content }) => Effect.andThen(Stream.runDrain(content), Effect.never) })))
  )

  it.live("follows a job to its end", () =>
    Effect.gen(function* () {
      const states = yield* Rag.use((rag) => Stream.runCollect(rag.followJob(jobId)))
      assert.deepStrictEqual(
        states.map(({ progress, state }) => [state, progress.done]),
        [
          ["parsing", 0],
          ["indexing", 2],
          ["completed", 3]
        ]
      )
    }).pipe(
      Effect.provide(
        remote({
          job: () => Effect.succeed(job("parsing", 0)),
          followJob: () => Stream.make(job("parsing", 0), job("indexing", 2), job("completed", 3))
        })
      )
    )
  )

  it.live("a stream that fails on the way says so", () =>
    Effect.gen(function* () {
      const error = yield* Rag.use((rag) => Stream.runDrain(rag.answerStream({ question: "Why READY?" }))).pipe(
        Effect.flip
      )
      assert.deepInclude(error, { _tag: "RagUnavailable", reason: "store" })
    }).pipe(
      Effect.provide(
        remote({
          answerStream: () =>
            Stream.concat(
              Stream.make({ _tag: "Claimed" as const, text: "a", passageIds: [] }),
              Stream.fail(new RagUnavailable({ operation: "answer", reason: "store", detail: "gone" }))
            )
        })
      )
    )
  )

  it.live("a stream that is cut short is not taken for one that has ended", () =>
    Effect.gen(function* () {
      const rag = yield* Rag
      for (const stream of [rag.followJob(jobId), rag.answerStream({ question: "Why READY?" })]) {
        const error = yield* Effect.flip(Stream.runDrain(stream as Stream.Stream<unknown, RagError>))
        assert.deepInclude(error, { _tag: "RagUnavailable", reason: "protocol" })
      }
    }).pipe(
      Effect.provide(
        remote({
          job: () => Effect.succeed(job("parsing", 0)),
          followJob: () => Stream.make(job("parsing", 0)),
          answerStream: () => Stream.make({ _tag: "Claimed", text: "a", passageIds: [] })
        })
      )
    )
  )

  it.live("a job that does not change is told again and again, which the client keeps to itself", () => {
    let asked = 0
    const changed = Latch.makeUnsafe(false)
    return Effect.gen(function* () {
      const states = yield* Rag.use((rag) => Stream.runCollect(rag.followJob(jobId)))
      assert.deepStrictEqual(
        states.map(({ state }) => state),
        ["parsing", "completed"]
      )
    }).pipe(
      Effect.provide(
        remote(
          {
            job: () =>
              Effect.suspend(() => (++asked === 5 ? changed.open : Effect.void)).pipe(Effect.as(job("parsing", 0))),
            followJob: () =>
              Stream.concat(
                Stream.make(job("parsing", 0)),
                Stream.fromEffect(Effect.as(changed.await, job("completed", 3)))
              )
          },
          { RAG_HEARTBEAT: "10 millis" }
        )
      )
    )
  })

  it.live("a search is a read: it is asked again when the service stumbles", () => {
    let calls = 0
    return Effect.gen(function* () {
      const rag = yield* Rag
      assert.deepStrictEqual((yield* rag.search({ query: "limit" })).hits, [])
      assert.strictEqual(calls, 2)
    }).pipe(
      Effect.provide(
        remote({
          search: () =>
            Effect.suspend(() =>
              ++calls === 1
                ? Effect.fail(new RagUnavailable({ operation: "search", reason: "store", detail: "busy" }))
                : Effect.succeed({ hits: [], queryClass: "semantic" as const, vectors: false })
            )
        })
      )
    )
  })

  it.live(
    "a service that is away is unavailable",
    () =>
      Effect.gen(function* () {
        const error = yield* Rag.use((rag) => rag.job(jobId)).pipe(Effect.flip)
        assert.deepInclude(error, { _tag: "RagUnavailable", reason: "transport" })
      }).pipe(
        Effect.provide(
          RagHttp.layer({ url: new URL("http://127.0.0.1:1") }).pipe(
            Layer.provide([Resilience.layer(), NodeHttpClient.layerUndici])
          )
        )
      ),
    { timeout: 120_000 }
  )
})
