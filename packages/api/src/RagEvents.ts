/** What the knowledge base tells while it works. A stream that fails on the way ends with its problem as the last event. */
import { AnswerEvent } from "@resync/rag/model/Answer"
import { IngestionJob } from "@resync/rag/model/IngestionJob"
import { Schema } from "effect"
import * as Problem from "./Problem.ts"

/** A problem as the last event of a stream. */
export const ProblemEvent = Schema.Struct({
  event: Schema.Literal("Problem"),
  data: Schema.fromJsonString(
    Schema.Struct({
      type: Schema.String,
      title: Schema.String,
      status: Schema.Int,
      detail: Schema.optionalKey(Schema.String),
      retryAfter: Schema.optionalKey(Problem.RetryAfter)
    })
  )
})

/** An ingestion job as it is now, and at each change until it is final. */
export const IngestionJobServerSentEvent = Schema.Union([
  Schema.Struct({ event: Schema.Literal("IngestionJob"), data: Schema.fromJsonString(IngestionJob) }),
  ProblemEvent
])
export type IngestionJobServerSentEvent = typeof IngestionJobServerSentEvent.Type

/** An answer as it is written. The event's name is the tag of what it holds. */
export const AnswerServerSentEvent = Schema.Union([
  Schema.Struct({ event: Schema.Literals(["Claimed", "Finished"]), data: Schema.fromJsonString(AnswerEvent) }),
  ProblemEvent
])
export type AnswerServerSentEvent = typeof AnswerServerSentEvent.Type
