/**
 * The knowledge service as a service of its own: what `apps/rag-service` serves and `RagHttp` calls. It is for machines of
 * one installation; the gateway's public interface stands in front of it.
 */
import { BulkheadFull } from "@resync/resilience/Bulkhead"
import { CircuitOpen } from "@resync/resilience/CircuitOpen"
import { DeadlineExceeded } from "@resync/resilience/Deadline"
import { RateLimitExceeded } from "@resync/resilience/RateLimiter"
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { Answer, AnswerEvent, Question } from "../model/Answer.ts"
import { Document, DocumentMetadata, DocumentQuery } from "../model/Document.ts"
import { DocumentId, IngestionJobId } from "../model/Ids.ts"
import { IngestionJob, IngestionJobQuery } from "../model/IngestionJob.ts"
import { SearchRequest, SearchResult } from "../model/Search.ts"
import {
  DocumentNotFound,
  IngestionJobConflict,
  IngestionJobNotFound,
  RagUnavailable,
  UploadRejected
} from "../RagError.ts"

const unavailable = [
  RagUnavailable.pipe(HttpApiSchema.status(503)),
  CircuitOpen.pipe(HttpApiSchema.status(503)),
  RateLimitExceeded.pipe(HttpApiSchema.status(503)),
  BulkheadFull.pipe(HttpApiSchema.status(503)),
  DeadlineExceeded.pipe(HttpApiSchema.status(503))
] as const
const documentNotFound = DocumentNotFound.pipe(HttpApiSchema.status(404))
const jobNotFound = IngestionJobNotFound.pipe(HttpApiSchema.status(404))
const jobConflict = IngestionJobConflict.pipe(HttpApiSchema.status(409))
const rejected = UploadRejected.pipe(HttpApiSchema.status(422))

const page = <S extends Schema.Top>(item: S) =>
  Schema.Struct({ items: Schema.Array(item), nextCursor: Schema.optionalKey(Schema.String) })

/** What a call can fail with once its answer has begun: it comes as the last event of the stream. */
const streamed = [RagUnavailable, CircuitOpen, RateLimitExceeded, BulkheadFull, DeadlineExceeded] as const

export class RagGroup extends HttpApiGroup.make("rag")
  .add(
    // The file is the body, as it is; what is said of it stands beside it.
    HttpApiEndpoint.post("upload", "/documents", {
      query: {
        fileName: Schema.String,
        metadata: Schema.fromJsonString(DocumentMetadata),
        replaces: Schema.optionalKey(DocumentId)
      },
      headers: { "idempotency-key": Schema.optionalKey(Schema.String) },
      payload: HttpApiSchema.StreamUint8Array(),
      success: Schema.Struct({ jobId: IngestionJobId, documentId: DocumentId, repeated: Schema.Boolean }).pipe(
        HttpApiSchema.status(202)
      ),
      error: [...unavailable, rejected, documentNotFound]
    }),
    HttpApiEndpoint.get("documents", "/documents", {
      query: DocumentQuery,
      success: page(Document),
      error: unavailable
    }),
    HttpApiEndpoint.get("document", "/documents/:id", {
      params: { id: DocumentId },
      success: Document,
      error: [...unavailable, documentNotFound]
    }),
    HttpApiEndpoint.delete("deleteDocument", "/documents/:id", {
      params: { id: DocumentId },
      success: HttpApiSchema.NoContent,
      error: [...unavailable, documentNotFound]
    }),
    HttpApiEndpoint.get("jobs", "/jobs", { query: IngestionJobQuery, success: page(IngestionJob), error: unavailable }),
    HttpApiEndpoint.get("job", "/jobs/:id", {
      params: { id: IngestionJobId },
      success: IngestionJob,
      error: [...unavailable, jobNotFound]
    }),
    HttpApiEndpoint.get("followJob", "/jobs/:id/events", {
      params: { id: IngestionJobId },
      success: HttpApiSchema.StreamSse({
        data: IngestionJob,
        error: Schema.Union([...streamed, IngestionJobNotFound])
      }),
      error: [...unavailable, jobNotFound]
    }),
    HttpApiEndpoint.post("cancelJob", "/jobs/:id/cancel", {
      params: { id: IngestionJobId },
      success: IngestionJob,
      error: [...unavailable, jobNotFound, jobConflict]
    }),
    HttpApiEndpoint.post("retryJob", "/jobs/:id/retry", {
      params: { id: IngestionJobId },
      success: IngestionJob,
      error: [...unavailable, jobNotFound, jobConflict]
    }),
    HttpApiEndpoint.post("search", "/search", { payload: SearchRequest, success: SearchResult, error: unavailable }),
    HttpApiEndpoint.post("answer", "/answer", { payload: Question, success: Answer, error: unavailable }),
    HttpApiEndpoint.post("answerStream", "/answer/events", {
      payload: Question,
      success: HttpApiSchema.StreamSse({ data: AnswerEvent, error: Schema.Union(streamed) }),
      error: unavailable
    })
  )
  .prefix("/v1") {}

export class RagHealthGroup extends HttpApiGroup.make("health", { topLevel: true }).add(
  HttpApiEndpoint.get("live", "/health/live", { success: HttpApiSchema.NoContent }),
  HttpApiEndpoint.get("ready", "/health/ready", {
    success: HttpApiSchema.NoContent,
    error: RagUnavailable.pipe(HttpApiSchema.status(503))
  })
) {}

export class RagApi extends HttpApi.make("rag-service").add(RagGroup, RagHealthGroup) {}
