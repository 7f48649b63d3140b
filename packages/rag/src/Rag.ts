import { Context, type Effect, type Stream } from "effect"
import type { Answer, AnswerEvent, Question } from "./model/Answer.ts"
import type { Document, DocumentMetadata, DocumentQuery } from "./model/Document.ts"
import type { DocumentId, IngestionJobId } from "./model/Ids.ts"
import type { IngestionJob, IngestionJobQuery } from "./model/IngestionJob.ts"
import type { Page } from "./model/Page.ts"
import type { SearchRequest, SearchResult } from "./model/Search.ts"
import type {
  DocumentNotFound,
  IngestionJobConflict,
  IngestionJobNotFound,
  RagError,
  UploadRejected
} from "./RagError.ts"

/** A file to take in. The bytes are read once, as they come. */
export interface Upload {
  readonly fileName: string
  readonly content: Stream.Stream<Uint8Array, UploadRejected>
  readonly metadata: DocumentMetadata
  /** The document that this is a new version of. A new document when absent. */
  readonly replaces?: DocumentId
  /** The same key with the same content is the same upload; with another content it is rejected. */
  readonly idempotencyKey?: string
}

/** What became of an upload: the job to follow. `repeated` says that the same content had been taken in before. */
export interface Accepted {
  readonly jobId: IngestionJobId
  readonly documentId: DocumentId
  readonly repeated: boolean
}

/**
 * The knowledge base: documents in, jobs to follow, passages and answers out. Whoever uses it cannot tell whether it works in
 * this process or in another one.
 */
export class Rag extends Context.Service<
  Rag,
  {
    /** Ends when the upload is durable, not when it is searchable: follow the job for that. */
    readonly upload: (upload: Upload) => Effect.Effect<Accepted, RagError | UploadRejected | DocumentNotFound>

    readonly jobs: (query: IngestionJobQuery) => Effect.Effect<Page<IngestionJob>, RagError>
    readonly job: (id: IngestionJobId) => Effect.Effect<IngestionJob, RagError | IngestionJobNotFound>
    /** The job as it is now and at each change, until it is final. */
    readonly followJob: (id: IngestionJobId) => Stream.Stream<IngestionJob, RagError | IngestionJobNotFound>
    readonly cancelJob: (
      id: IngestionJobId
    ) => Effect.Effect<IngestionJob, RagError | IngestionJobNotFound | IngestionJobConflict>
    readonly retryJob: (
      id: IngestionJobId
    ) => Effect.Effect<IngestionJob, RagError | IngestionJobNotFound | IngestionJobConflict>

    readonly documents: (query: DocumentQuery) => Effect.Effect<Page<Document>, RagError>
    readonly document: (id: DocumentId) => Effect.Effect<Document, RagError | DocumentNotFound>
    /** Removes a document with all its versions and passages, and cancels what is under way for it. */
    readonly deleteDocument: (id: DocumentId) => Effect.Effect<void, RagError | DocumentNotFound>

    readonly search: (request: SearchRequest) => Effect.Effect<SearchResult, RagError>
    readonly answer: (question: Question) => Effect.Effect<Answer, RagError>
    /** The answer as it is written. The last event is `Finished`. */
    readonly answerStream: (question: Question) => Stream.Stream<AnswerEvent, RagError>
  }
>()("@resync/rag/Rag") {}
