import { type DocumentId } from "@resync/rag/model/Ids"
import { type SearchFilter, type SearchRequest, type SearchResult } from "@resync/rag/model/Search"
import { Context, type Effect } from "effect"
import { type SqlError } from "effect/sql/SqlError"
import { type Evidence, type Vocabulary } from "../answers/Evidence.ts"
import { type Chunk } from "../chunking/Chunk.ts"
import { type EmbedderUnavailable } from "./EmbedderUnavailable.ts"
import { type IndexStatus } from "./IndexStatus.ts"
import { type PreparedPassages } from "./PreparedPassages.ts"

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
  }
>()("@resync/rag-engine/PassageIndex") {}
