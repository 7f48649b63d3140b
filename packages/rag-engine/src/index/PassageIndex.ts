import type { DocumentId } from "@resync/rag/model/Ids"
import type { SearchFilter, SearchRequest, SearchResult } from "@resync/rag/model/Search"
import { Context, type Duration, Effect, Layer, Option, Queue, Ref, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { Evidence, Vocabulary } from "../answers/Evidence.ts"
import type { Chunk } from "../chunking/Chunk.ts"
import { Embedder } from "./Embedder.ts"
import type { EmbedderUnavailable } from "./EmbedderUnavailable.ts"
import type { IndexStatus } from "./IndexStatus.ts"
import type { PreparedPassages } from "./PreparedPassages.ts"
import { embeddedText, preparePassages } from "./preparePassages.ts"
import { readStatus } from "./readStatus.ts"
import { replacePassages } from "./replacePassages.ts"
import { findEvidence } from "./search/findEvidence.ts"
import { searchPassages } from "./search/searchPassages.ts"
import { embedTexts } from "./spaces/embedPassages.ts"
import { makeQueryVectors } from "./spaces/QueryVectors.ts"
import { type RefitPolicy, refitPolicy } from "./spaces/refitDue.ts"
import { makeSpaceKeeper } from "./spaces/SpaceKeeper.ts"
import { removeVectors } from "./spaces/spaceTable.ts"
import { lockIndex, passagesOf, removePassages } from "./writePassages.ts"

/** The passages of one version of a document, as they were cut, under the title that it is to have. */
export interface DocumentPassages {
  readonly documentId: DocumentId
  readonly title: string
  readonly passages: ReadonlyArray<Chunk>
}

/** What was found for a question, best first, and how the words of the collection are weighed. */
export interface FoundEvidence {
  readonly evidence: ReadonlyArray<Evidence>
  readonly vocabulary: Vocabulary
}

export interface PassageIndexOptions {
  /** When a space that is fitted to the collection is fitted anew. */
  readonly refit?: Partial<RefitPolicy> | undefined
  /** How long there has to be no change before vectors are looked after. Default: 2 seconds. */
  readonly settle?: Duration.Input | undefined
  /** After how long they are looked after all the same while changes go on. Default: 1 minute. */
  readonly patience?: Duration.Input | undefined
  /** How often vectors are looked after without any change, which finds what other processes changed. Default: 30 seconds. */
  readonly upkeep?: Duration.Input | undefined
}

/**
 * The passages of all documents, and how they are found. Ingestion prepares the passages of a document, which takes its
 * time, and then puts them in place of those of the version before within a transaction of its own:
 *
 * ```ts
 * const prepared = yield* index.prepare({ documentId, title, passages }, { onProgress })
 * yield* sql.withTransaction(
 *   Effect.andThen(index.replace(prepared), sql`UPDATE rag_document SET revision = ${revision} WHERE id = ${documentId}`)
 * )
 * ```
 */
export class PassageIndex extends Context.Service<
  PassageIndex,
  {
    /**
     * Reads the terms and fields of passages, and has those embedded whose words have no vector yet. `onProgress` is told
     * how many passages are done. Can be repeated at no cost: vectors are kept by the hash of their words.
     */
    readonly prepare: (
      document: DocumentPassages,
      options?: { readonly onProgress?: ((done: number) => Effect.Effect<void>) | undefined }
    ) => Effect.Effect<PreparedPassages, EmbedderUnavailable | SqlError>
    /**
     * Makes these the passages of their document, in one step when the caller's transaction commits. Passages that did not
     * change keep their vectors and postings. The row in `rag_document` has to be there; its `passages` is set.
     */
    readonly replace: (prepared: PreparedPassages) => Effect.Effect<void, SqlError>
    /** Takes a document's passages out, within the caller's transaction. To be called before its row is deleted. */
    readonly remove: (documentId: DocumentId) => Effect.Effect<void, SqlError>

    readonly search: (request: SearchRequest) => Effect.Effect<SearchResult, SqlError>
    /** Passages for an answer, `limit` at most (default 8). */
    readonly evidence: (
      question: string,
      options?: { readonly filter?: SearchFilter | undefined; readonly limit?: number | undefined }
    ) => Effect.Effect<FoundEvidence, SqlError>
    readonly status: Effect.Effect<IndexStatus, SqlError>
    /**
     * Brings the vectors up to date now: those of new passages, a refit that is due, another embedder. Happens in the
     * background too, some seconds after a change.
     */
    readonly maintain: Effect.Effect<void, EmbedderUnavailable | SqlError>
  }
>()("@resync/rag-engine/PassageIndex") {
  /** The index in the store's tables (`engineMigrations`), with the vectors of the `Embedder` in the context. */
  static readonly layer = (
    options: PassageIndexOptions = {}
  ): Layer.Layer<PassageIndex, never, SqlClient.SqlClient | Embedder> =>
    Layer.effect(
      PassageIndex,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const embedder = yield* Embedder
        const vectors = yield* makeQueryVectors(embedder)
        const keeper = yield* makeSpaceKeeper(embedder, vectors, { ...refitPolicy, ...options.refit })
        const failure = yield* Ref.make(Option.none<string>())
        const changes = yield* Queue.sliding<void>(1)
        const withSql = Effect.provideService(SqlClient.SqlClient, sql)
        const changed = Queue.offer(changes, undefined)

        const maintain = keeper.keep.pipe(
          Effect.tap(Ref.set(failure, Option.none())),
          Effect.tapError((error) => Ref.set(failure, Option.some(error.message)))
        )
        // What fails now is tried again at the next change, or with the next look after it.
        const background = maintain.pipe(
          Effect.catchCause((cause) => Effect.logWarning("The vectors could not be brought up to date", cause))
        )
        const quiet = Queue.take(changes).pipe(
          Effect.timeoutOption(options.settle ?? "2 seconds"),
          Effect.repeat({ until: Option.isNone }),
          Effect.timeoutOption(options.patience ?? "1 minute")
        )
        yield* Queue.take(changes).pipe(
          Effect.timeoutOption(options.upkeep ?? "30 seconds"),
          Effect.andThen(quiet),
          Effect.andThen(background),
          Effect.repeat(Schedule.forever),
          Effect.forkScoped
        )
        yield* changed

        const prepare = Effect.fn("PassageIndex.prepare")(function* (
          { documentId, passages, title }: DocumentPassages,
          {
            onProgress = () => Effect.void
          }: { readonly onProgress?: ((done: number) => Effect.Effect<void>) | undefined } = {}
        ) {
          const prepared = yield* preparePassages(title, passages)
          if (embedder._tag === "Given") {
            const texts = new Map(prepared.map((passage) => [passage.contentHash, embeddedText(title, passage)]))
            yield* embedTexts(embedder, texts, onProgress)
          }
          yield* onProgress(passages.length)
          return { documentId, title, passages: prepared }
        }, withSql)

        const replace = Effect.fn("PassageIndex.replace")(function* (prepared: PreparedPassages) {
          yield* replacePassages(prepared, embedder, vectors, keeper)
          yield* changed
        }, withSql)

        const remove = Effect.fn("PassageIndex.remove")(function* (documentId: DocumentId) {
          yield* lockIndex()
          const keys = (yield* passagesOf(documentId)).map(({ key }) => key)
          yield* removeVectors(keys)
          yield* removePassages(keys)
          yield* sql`UPDATE rag_index SET version = version + 1`
          yield* sql`UPDATE rag_document SET passages = 0 WHERE id = ${documentId}`
          yield* changed
        }, withSql)

        return PassageIndex.of({
          prepare,
          replace,
          remove,
          search: (request) => withSql(searchPassages(vectors, request)),
          evidence: (question, options) => withSql(findEvidence(vectors, question, options)),
          status: Effect.gen(function* () {
            const building = yield* keeper.building
            return yield* readStatus({ embedder: embedder.name, building, failure: yield* Ref.get(failure) })
          }).pipe(withSql),
          maintain
        })
      })
    )
}
