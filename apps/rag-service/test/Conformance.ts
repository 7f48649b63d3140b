import { assert, describe, it } from "@effect/vitest"
import { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import { Rag, type Upload } from "@resync/rag/Rag"
import { UploadRejected } from "@resync/rag/RagError"
import { Effect, type Layer, Stream } from "effect"

/** Ids of the right form that nobody has. */
const unknownDocument = DocumentId.make("01900000-0000-7000-8000-000000000000")
const unknownJob = IngestionJobId.make("01900000-0000-7000-8000-000000000000")

const text = (value: string): Upload["content"] => Stream.encodeText(Stream.succeed(value))

/** Takes in a text and waits until it can be found. */
const ingest = Effect.fnUntraced(function* (fileName: string, content: string, more: Partial<Upload> = {}) {
  const rag = yield* Rag
  const accepted = yield* rag.upload({ fileName, metadata: {}, content: text(content), ...more })
  const states = yield* Stream.runCollect(rag.followJob(accepted.jobId))
  const last = states.at(-1)
  assert.strictEqual(last?.state, "completed", JSON.stringify(last))
  return accepted
})

const texts = (query: string) =>
  Rag.use((rag) => Effect.map(rag.search({ query }), ({ hits }) => hits.map((hit) => hit.text)))

/** What every `Rag` does, whichever layer it comes from. The cases share one knowledge base and use words of their own. */
export const conformance = <E>(name: string, layer: Layer.Layer<Rag, E>, skip?: string) =>
  describe.skipIf(skip !== undefined)(name, { timeout: 120_000 }, () => {
    it.layer(layer, { timeout: "5 minutes", excludeTestServices: true })((it) => {
      it.effect("takes in, follows, finds, describes and removes a document", () =>
        Effect.gen(function* () {
          const rag = yield* Rag
          const { documentId, jobId, repeated } = yield* ingest(
            "quokka.md",
            "# Quokka\n\nThe quokka reruns payroll at dusk.",
            {
              metadata: {
                title: "On quokkas",
                source: "zoo",
                tags: ["quokka", "payroll"],
                authority: "approved",
                platform: "distributed",
                version: "10.1"
              }
            }
          )
          assert.isFalse(repeated)
          const job = yield* rag.job(jobId)
          assert.deepInclude(job, { id: jobId, documentId, fileName: "quokka.md", state: "completed", failure: null })
          assert.isNotNull(job.finishedAt)
          const document = yield* rag.document(documentId)
          assert.deepInclude(document, {
            id: documentId,
            fileName: "quokka.md",
            title: "On quokkas",
            source: "zoo",
            tags: ["quokka", "payroll"],
            authority: "approved",
            platform: "distributed",
            version: "10.1",
            revision: 1,
            latestJobId: jobId
          })
          assert.match(document.contentHash, /^[0-9a-f]{64}$/)
          assert.isAtLeast(document.passages, 1)
          const { hits } = yield* rag.search({ query: "quokka payroll", filter: { tags: ["quokka"] }, limit: 3 })
          assert.strictEqual(hits[0]?.documentId, documentId)
          assert.include(hits[0]?.text, "reruns payroll at dusk")
          const marked = (hits[0]?.highlights ?? []).map(({ end, start }) =>
            hits[0]?.text.slice(start, end).toLowerCase()
          )
          assert.include(marked, "quokka")
          assert.deepStrictEqual((yield* rag.search({ query: "quokka", filter: { tags: ["other"] } })).hits, [])
          yield* rag.deleteDocument(documentId)
          assert.deepStrictEqual(
            yield* Effect.flip(rag.document(documentId)),
            yield* Effect.flip(rag.deleteDocument(documentId))
          )
          assert.notInclude((yield* texts("quokka payroll")).join(), "quokka")
        })
      )

      it.effect("answers with its sources, at once and as it is written, or says that it does not know", () =>
        Effect.gen(function* () {
          const rag = yield* Rag
          const { documentId } = yield* ingest("axolotl.md", "The axolotl stream waits for the vellum resource.")
          const question = { question: "Which resource does the axolotl stream wait for?" }
          const answer = yield* rag.answer(question)
          assert.strictEqual(answer._tag, "Answered")
          if (answer._tag === "Answered") {
            assert.strictEqual(answer.by, "extraction")
            assert.include(answer.text, "vellum")
            assert.include(
              answer.citations.map((citation) => citation.documentId),
              documentId
            )
          }
          const events = yield* Stream.runCollect(rag.answerStream(question))
          assert.strictEqual(events[0]?._tag, "Claimed")
          assert.deepStrictEqual(events.at(-1), { _tag: "Finished", answer })
          const none = { question: "Wherefore zyzzyva brumby xylophage?" }
          assert.strictEqual((yield* rag.answer(none))._tag, "NotFound")
          assert.deepInclude((yield* Stream.runCollect(rag.answerStream(none))).at(-1), { _tag: "Finished" })
        })
      )

      it.effect("the same content or the same key is the same job", () =>
        Effect.gen(function* () {
          const rag = yield* Rag
          const first = yield* ingest("numbat.md", "The numbat waits.", { idempotencyKey: "numbat-1" })
          const again = (content: string, more: Partial<Upload>) =>
            rag.upload({ fileName: "numbat.md", metadata: {}, content: text(content), ...more })
          assert.deepStrictEqual(yield* again("The numbat waits.", {}), { ...first, repeated: true })
          assert.deepStrictEqual(yield* again("The numbat waits.", { idempotencyKey: "numbat-1" }), {
            ...first,
            repeated: true
          })
          assert.deepInclude(yield* Effect.flip(again("Another numbat.", { idempotencyKey: "numbat-1" })), {
            _tag: "UploadRejected",
            reason: "idempotency-key-reused"
          })
        })
      )

      it.effect("a new version takes the place of the old one", () =>
        Effect.gen(function* () {
          const rag = yield* Rag
          const { documentId } = yield* ingest("tapir.md", "The tapir is yellow.")
          const second = yield* ingest("tapir.md", "The tapir is violet.", { replaces: documentId })
          assert.strictEqual(second.documentId, documentId)
          assert.deepInclude(yield* rag.document(documentId), { revision: 2, latestJobId: second.jobId })
          const found = (yield* texts("tapir colour violet yellow")).join()
          assert.include(found, "violet")
          assert.notInclude(found, "yellow")
        })
      )

      it.effect("says in its own words what it does not have and does not do", () =>
        Effect.gen(function* () {
          const rag = yield* Rag
          assert.deepInclude(yield* Effect.flip(rag.document(unknownDocument)), {
            _tag: "DocumentNotFound",
            id: unknownDocument
          })
          assert.deepInclude(yield* Effect.flip(rag.job(unknownJob)), { _tag: "IngestionJobNotFound", id: unknownJob })
          assert.deepInclude(yield* Effect.flip(Stream.runDrain(rag.followJob(unknownJob))), {
            _tag: "IngestionJobNotFound"
          })
          assert.deepInclude(yield* Effect.flip(rag.cancelJob(unknownJob)), { _tag: "IngestionJobNotFound" })
          assert.deepInclude(yield* Effect.flip(rag.retryJob(unknownJob)), { _tag: "IngestionJobNotFound" })
          const { jobId } = yield* ingest("dingo.md", "The dingo is done.")
          for (const [action, run] of [
            ["cancel", rag.cancelJob],
            ["retry", rag.retryJob]
          ] as const) {
            assert.deepInclude(yield* Effect.flip(run(jobId)), {
              _tag: "IngestionJobConflict",
              id: jobId,
              state: "completed",
              action
            })
          }
          const upload = (content: Upload["content"], more: Partial<Upload> = {}) =>
            Effect.flip(rag.upload({ fileName: "a.md", metadata: {}, content, ...more }))
          assert.deepInclude(yield* upload(Stream.empty), { _tag: "UploadRejected", reason: "empty" })
          assert.deepInclude(yield* upload(text("x"), { replaces: unknownDocument }), { _tag: "DocumentNotFound" })
          const cut = new UploadRejected({ reason: "too-large", detail: "more than 100 MB" })
          assert.deepInclude(yield* upload(Stream.concat(text("x".repeat(100_000)), Stream.fail(cut))), {
            _tag: "UploadRejected",
            reason: "too-large"
          })
        })
      )

      it.effect("lists newest first, in pages, by what is asked for", () =>
        Effect.gen(function* () {
          const rag = yield* Rag
          const ids: Array<string> = []
          for (const name of ["one", "two", "three"]) {
            const { documentId } = yield* ingest(`${name}.md`, `Wombat number ${name}.`, {
              metadata: { source: "burrow", tags: [`wombat-${name}`] }
            })
            ids.unshift(documentId)
          }
          const first = yield* rag.documents({ source: "burrow", limit: 2 })
          assert.isDefined(first.nextCursor)
          const rest = yield* rag.documents({ source: "burrow", limit: 2, cursor: first.nextCursor ?? "" })
          assert.deepStrictEqual(
            [...first.items, ...rest.items].map(({ id }) => id as string),
            ids
          )
          assert.isUndefined(rest.nextCursor)
          assert.lengthOf((yield* rag.documents({ tag: "wombat-two" })).items, 1)
          assert.lengthOf((yield* rag.documents({ source: "burrow", authority: "vendor" })).items, 0)
          const newest = DocumentId.make(ids[0] ?? "")
          const { items } = yield* rag.jobs({ documentId: newest, state: ["completed"] })
          assert.deepStrictEqual(
            items.map(({ documentId }) => documentId),
            [newest]
          )
          assert.lengthOf((yield* rag.jobs({ documentId: newest, state: ["failed", "queued"] })).items, 0)
        })
      )
    })
  })
