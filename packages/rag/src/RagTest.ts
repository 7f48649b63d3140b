/**
 * `Rag` in memory, for the tests of programs that use it: it takes in plain text, finds it by its words and answers with the
 * passage that holds most of them. Failures and delays come on request, every call is recorded, ids are given in order.
 *
 * **Example**
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Rag } from "@resync/rag/Rag"
 * import { RagTest } from "@resync/rag/RagTest"
 *
 * const test = Effect.gen(function* () {
 *   const rag = yield* Rag
 *   const control = yield* RagTest
 *   yield* control.add("limits.md", "A limit of 0 keeps every job READY.")
 *   yield* control.fail("search", RagTest.unavailable)
 *   const error = yield* Effect.flip(rag.search({ query: "limit" })) // RagUnavailable
 *   const { hits } = yield* rag.search({ query: "limit" })
 *   return { error, texts: hits.map(({ text }) => text), calls: yield* control.calls }
 * }).pipe(Effect.provide(RagTest.layer()))
 * ```
 */
import { Context, type Duration, Effect, Layer, Stream } from "effect"
import * as Memory from "./internal/Memory.ts"
import * as MemorySearch from "./internal/MemorySearch.ts"
import * as MemoryUploads from "./internal/MemoryUploads.ts"
import type { DocumentMetadata } from "./model/Document.ts"
import type { IngestionJobId } from "./model/Ids.ts"
import { type Accepted, Rag } from "./Rag.ts"
import { type RagError, RagUnavailable } from "./RagError.ts"

export type { Call, Operation } from "./internal/Memory.ts"
export type { Step } from "./internal/MemoryUploads.ts"

export interface RagTestOptions {
  /** When an accepted document is ready: `at once`, the default, or `by hand` through {@link RagTest.step}. */
  readonly ingest?: "at once" | "by hand" | undefined
}

/** Steers the `Rag` in memory and tells what happened to it. */
export class RagTest extends Context.Service<
  RagTest,
  {
    /** The calls so far, oldest first, those that failed included. */
    readonly calls: Effect.Effect<ReadonlyArray<Memory.Call>>
    /** Lets the next `times` calls (1 when absent) of an operation fail. */
    fail(operation: Memory.Operation, error: RagError, times?: number): Effect.Effect<void>
    /** Lets every call of an operation take that long from now on. */
    delay(operation: Memory.Operation, duration: Duration.Input): Effect.Effect<void>
    /** Takes in a text, with no call recorded. */
    add(fileName: string, text: string, metadata?: DocumentMetadata): Effect.Effect<Accepted>
    /** What becomes of a job: its state, the passages done, its failure. A job that is not known stays so. */
    step(id: IngestionJobId, step: MemoryUploads.Step): Effect.Effect<void>
  }
>()("@resync/rag/RagTest") {
  /** `Rag` and its control, with nothing in it. */
  static readonly layer = ({ ingest = "at once" }: RagTestOptions = {}): Layer.Layer<Rag | RagTest> =>
    Layer.effectContext(
      Effect.map(Memory.make, (memory) => {
        const uploads = MemoryUploads.make(memory, ingest)
        return Context.make(Rag, service(memory, uploads)).pipe(Context.add(RagTest, control(memory, uploads)))
      })
    )

  /** The failure of a knowledge service that cannot be reached. */
  static readonly unavailable = new RagUnavailable({
    operation: "test",
    reason: "transport",
    detail: "the test says so"
  })
}

type Uploads = ReturnType<typeof MemoryUploads.make>

const service = ({ begin }: Memory.Memory, uploads: Uploads) =>
  Rag.of({
    upload: (upload) => Effect.andThen(begin("upload", upload), uploads.take(upload)),
    jobs: (query) =>
      Effect.map(begin("jobs", query), ({ jobs }) =>
        Memory.page(
          Array.from(jobs.values(), ({ job }) => job).filter(
            ({ documentId, state }) =>
              (query.state === undefined || query.state.includes(state)) &&
              (query.documentId === undefined || query.documentId === documentId)
          ),
          query
        )
      ),
    job: (id) => Effect.flatMap(begin("job", id), (all) => MemoryUploads.findJob(all, id)),
    followJob: (id) => Stream.unwrap(Effect.as(begin("followJob", id), uploads.follow(id))),
    cancelJob: (id) => Effect.flatMap(begin("cancelJob", id), (all) => uploads.act(all, id, "cancel")),
    retryJob: (id) => Effect.flatMap(begin("retryJob", id), (all) => uploads.act(all, id, "retry")),
    documents: (query) =>
      Effect.map(begin("documents", query), ({ documents }) =>
        Memory.page(
          Array.from(documents.values(), ({ document }) => document).filter(
            (document) =>
              (query.tag === undefined || document.tags.includes(query.tag)) &&
              (query.source === undefined || document.source === query.source) &&
              (query.mediaType === undefined || document.mediaType === query.mediaType) &&
              (query.authority === undefined || document.authority === query.authority)
          ),
          query
        )
      ),
    document: (id) =>
      Effect.map(
        Effect.flatMap(begin("document", id), (all) => MemoryUploads.findDocument(all, id)),
        ({ document }) => document
      ),
    deleteDocument: (id) => Effect.flatMap(begin("deleteDocument", id), (all) => uploads.remove(all, id)),
    search: (request) =>
      Effect.map(begin("search", request), (all) => ({
        hits: MemorySearch.search(all, request),
        queryClass: /\bAWS[A-Z]{3}\d{3}[A-Z]\b/.test(request.query) ? "exact" : "semantic",
        vectors: false
      })),
    answer: (question) => Effect.map(begin("answer", question), (all) => MemorySearch.answer(searchFor(all, question))),
    answerStream: (question) =>
      Stream.unwrap(
        Effect.map(begin("answerStream", question), (all) => {
          const answer = MemorySearch.answer(searchFor(all, question))
          const claims =
            answer._tag === "NotFound"
              ? []
              : answer.claims.map(({ text }) => ({
                  _tag: "Claimed" as const,
                  text,
                  passageIds: answer.citations.map(({ passageId }) => passageId)
                }))
          return Stream.fromIterable([...claims, { _tag: "Finished" as const, answer }])
        })
      )
  })

const searchFor = (all: Memory.Contents, { question, ...rest }: Parameters<Rag["Service"]["answer"]>[0]) =>
  MemorySearch.search(all, { query: question, ...rest })

const control = ({ script: { calls, delay, fail } }: Memory.Memory, uploads: Uploads) =>
  RagTest.of({
    calls,
    fail,
    delay,
    add: (fileName, text, metadata = {}) =>
      Effect.orDie(uploads.take({ fileName, metadata, content: Stream.encodeText(Stream.succeed(text)) })),
    step: uploads.step
  })
