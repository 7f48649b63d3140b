import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { DocumentId, IngestionJobId } from "../src/model/Ids.ts"
import { Rag, type Upload } from "../src/Rag.ts"
import { RagTest } from "../src/RagTest.ts"

const text = (value: string): Upload["content"] => Stream.encodeText(Stream.succeed(value))
const unknownJob = IngestionJobId.make("00000000-0000-7000-8000-0000000000ff")
const unknownDocument = DocumentId.make("00000000-0000-7000-8000-0000000000ff")

describe("RagTest", () => {
  it.effect("takes in texts, finds them and answers from them", () =>
    Effect.gen(function* () {
      const rag = yield* Rag
      const { add } = yield* RagTest
      yield* add("limits.md", "Intro.\n\nA limit of 0 keeps every job READY.", { tags: ["limits"] })
      yield* add("other.md", "Nothing of the kind.")
      const { hits } = yield* rag.search({ query: "READY jobs and limits", filter: { tags: ["limits"] } })
      assert.deepStrictEqual(
        hits.map(({ start, text }) => [start, text]),
        [[8, "A limit of 0 keeps every job READY."]]
      )
      const answer = yield* rag.answer({ question: "What keeps a job READY?" })
      assert.strictEqual(answer._tag, "Answered")
      const events = yield* Stream.runCollect(rag.answerStream({ question: "What keeps a job READY?" }))
      assert.deepStrictEqual(events.at(-1), { _tag: "Finished", answer })
      assert.deepInclude(yield* rag.answer({ question: "zebra crossing" }), { reason: "no-passages" })
      assert.deepStrictEqual((yield* rag.search({ query: "READY", filter: { tags: ["x"] } })).hits, [])
    }).pipe(Effect.provide(RagTest.layer()))
  )

  it.effect("knows a content and a key again, and replaces a document by its new version", () =>
    Effect.gen(function* () {
      const rag = yield* Rag
      const upload = (content: string, more: Partial<Upload> = {}) =>
        rag.upload({ fileName: "a.md", metadata: {}, content: text(content), ...more })
      const first = yield* upload("one", { idempotencyKey: "k" })
      assert.deepStrictEqual(yield* upload("one"), { ...first, repeated: true })
      const error = yield* Effect.flip(upload("two", { idempotencyKey: "k" }))
      assert.deepInclude(error, { _tag: "UploadRejected", reason: "idempotency-key-reused" })
      assert.deepInclude(yield* Effect.flip(upload(" ")), { _tag: "UploadRejected", reason: "empty" })
      const second = yield* upload("two", { replaces: first.documentId })
      assert.strictEqual(second.documentId, first.documentId)
      assert.notStrictEqual(second.jobId, first.jobId)
      const document = yield* rag.document(first.documentId)
      assert.deepInclude(document, { revision: 2, passages: 1, latestJobId: second.jobId })
      assert.deepStrictEqual((yield* rag.search({ query: "one" })).hits, [])
      assert.deepInclude(yield* Effect.flip(upload("three", { replaces: unknownDocument })), {
        _tag: "DocumentNotFound"
      })
    }).pipe(Effect.provide(RagTest.layer()))
  )

  it.effect("lets jobs be stepped by hand, followed, cancelled and retried", () =>
    Effect.gen(function* () {
      const rag = yield* Rag
      const control = yield* RagTest
      const { documentId, jobId } = yield* control.add("a.md", "alpha")
      const states = yield* Effect.forkChild(
        Stream.runCollect(Stream.map(rag.followJob(jobId), ({ state }) => state)),
        { startImmediately: true }
      )
      yield* control.step(jobId, { state: "parsing" })
      yield* Effect.yieldNow
      yield* control.step(jobId, { state: "failed", failure: { reason: "corrupt", detail: "no header" } })
      assert.deepStrictEqual(yield* Fiber.join(states), ["queued", "parsing", "failed"])
      assert.strictEqual((yield* rag.document(documentId)).passages, 0)
      assert.deepInclude(yield* Effect.flip(rag.cancelJob(jobId)), { _tag: "IngestionJobConflict", state: "failed" })
      assert.deepInclude(yield* rag.retryJob(jobId), { state: "queued", failure: null })
      assert.strictEqual((yield* rag.cancelJob(jobId)).state, "cancelled")
      assert.strictEqual((yield* Effect.flip(rag.retryJob(jobId)))._tag, "IngestionJobConflict")
      assert.strictEqual((yield* Effect.flip(rag.job(unknownJob)))._tag, "IngestionJobNotFound")
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(rag.followJob(unknownJob))))._tag, "IngestionJobNotFound")
      yield* rag.deleteDocument(documentId)
      assert.strictEqual((yield* Effect.flip(rag.document(documentId)))._tag, "DocumentNotFound")
    }).pipe(Effect.provide(RagTest.layer({ ingest: "by hand" })))
  )

  it.effect("lists newest first, in pages, by filters", () =>
    Effect.gen(function* () {
      const rag = yield* Rag
      const { add } = yield* RagTest
      for (const name of ["a", "b", "c"]) yield* add(name, name, { tags: [name], source: "desk" })
      const first = yield* rag.documents({ limit: 2, source: "desk" })
      assert.deepStrictEqual(
        first.items.map(({ title }) => title),
        ["c", "b"]
      )
      const rest = yield* rag.documents({ limit: 2, cursor: first.nextCursor ?? "" })
      assert.deepStrictEqual(
        rest.items.map(({ title }) => title),
        ["a"]
      )
      assert.isUndefined(rest.nextCursor)
      assert.lengthOf((yield* rag.documents({ tag: "b" })).items, 1)
      assert.lengthOf((yield* rag.jobs({ state: ["completed"] })).items, 3)
      assert.lengthOf((yield* rag.jobs({ state: ["failed"] })).items, 0)
    }).pipe(Effect.provide(RagTest.layer()))
  )

  it.effect("fails and delays on request, and records every call", () =>
    Effect.gen(function* () {
      const rag = yield* Rag
      const control = yield* RagTest
      yield* control.fail("search", RagTest.unavailable)
      assert.strictEqual(yield* Effect.flip(rag.search({ query: "x" })), RagTest.unavailable)
      yield* control.delay("search", "5 seconds")
      const search = yield* Effect.forkChild(rag.search({ query: "x" }), { startImmediately: true })
      yield* TestClock.adjust("4 seconds")
      assert.isUndefined(search.pollUnsafe())
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(search)
      assert.deepStrictEqual(
        (yield* control.calls).map(({ operation }) => operation),
        ["search", "search"]
      )
    }).pipe(Effect.provide(RagTest.layer()))
  )
})
