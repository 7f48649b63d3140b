import { BulkheadFull } from "@resync/resilience/Bulkhead"
import { CircuitOpen } from "@resync/resilience/CircuitOpen"
import { DeadlineExceeded } from "@resync/resilience/Deadline"
import { RateLimitExceeded } from "@resync/resilience/RateLimiter"
import { Duration, Schema } from "effect"
import { DocumentId, IngestionJobId } from "./model/Ids.ts"
import { IngestionState } from "./model/IngestionJob.ts"

/** No document of this id, or it was deleted. */
export class DocumentNotFound extends Schema.TaggedError<DocumentNotFound>()("DocumentNotFound", { id: DocumentId }) {
  override get message() {
    return `The knowledge base has no document ${this.id}`
  }
}

/** No ingestion job of this id. */
export class IngestionJobNotFound extends Schema.TaggedError<IngestionJobNotFound>()("IngestionJobNotFound", {
  id: IngestionJobId
}) {
  override get message() {
    return `There is no ingestion job ${this.id}`
  }
}

/** The job's state does not allow the action: a job that has ended cannot be cancelled, only a failed one be tried again. */
export class IngestionJobConflict extends Schema.TaggedError<IngestionJobConflict>()("IngestionJobConflict", {
  id: IngestionJobId,
  state: IngestionState,
  action: Schema.Literals(["cancel", "retry"])
}) {
  override get message() {
    return `Ingestion job ${this.id} is ${this.state}: it cannot be ${this.action === "cancel" ? "cancelled" : "retried"}`
  }
}

/** An upload that is not taken in at all: nothing of it is kept. */
export class UploadRejected extends Schema.TaggedError<UploadRejected>()("UploadRejected", {
  reason: Schema.Literals(["empty", "too-large", "idempotency-key-reused", "invalid-name"]),
  detail: Schema.String
}) {
  override get message() {
    return `The upload is rejected: ${this.detail}`
  }
}

/** The knowledge service cannot serve now: it is away, refuses our token, its store is away, or its disk is full. */
export class RagUnavailable extends Schema.TaggedError<RagUnavailable>()("RagUnavailable", {
  operation: Schema.String,
  reason: Schema.Literals(["transport", "refused", "status", "store", "disk-full", "timeout", "protocol"]),
  detail: Schema.String,
  retryAfter: Schema.optionalKey(Schema.DurationFromMillis),
  /** Whether the call surely never got there, so that nothing was done. Not known when absent. */
  notProcessed: Schema.optionalKey(Schema.Boolean)
}) {
  override get message() {
    const wait = this.retryAfter === undefined ? "" : `, retry after ${Duration.format(this.retryAfter)}`
    return `The knowledge service is unavailable for ${this.operation}: ${this.detail}${wait}`
  }
}

/** What any call to the knowledge service can end in, besides what its own nature allows. */
export const RagError = Schema.Union([RagUnavailable, CircuitOpen, RateLimitExceeded, BulkheadFull, DeadlineExceeded])
export type RagError = typeof RagError.Type
