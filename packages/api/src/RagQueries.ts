import { Answer, Question } from "@resync/rag/model/Answer"
import { Document, DocumentQuery } from "@resync/rag/model/Document"
import { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import { IngestionJob, IngestionJobQuery } from "@resync/rag/model/IngestionJob"
import { SearchRequest, SearchResult } from "@resync/rag/model/Search"
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import { AnswerServerSentEvent, IngestionJobServerSentEvent } from "./RagEvents.ts"
import { DocumentNotFound, IngestionJobNotFound } from "./RagProblems.ts"
import * as UpstreamProblems from "./UpstreamProblems.ts"

/** A page of a list, newest first. */
const Listing = <S extends Schema.Top>(item: S) =>
  Schema.Struct({
    items: Schema.Array(item),
    nextCursor: Schema.NullOr(Schema.String).annotate({
      description: "Where the next page starts, to be given as `cursor` with the same filters; null on the last page."
    })
  })

const job = { params: { id: IngestionJobId }, error: [...UpstreamProblems.all, IngestionJobNotFound] } as const

/** What can be asked of the knowledge base. Nothing here changes anything. */
export class RagQueries extends HttpApiGroup.make("rag")
  .add(
    HttpApiEndpoint.get("documents", "/documents", {
      query: DocumentQuery,
      success: Listing(Document),
      error: UpstreamProblems.all
    }).annotate(OpenApi.Summary, "Documents of the knowledge base"),
    HttpApiEndpoint.get("document", "/documents/:id", {
      params: { id: DocumentId },
      success: Document,
      error: [...UpstreamProblems.all, DocumentNotFound]
    }).annotate(OpenApi.Summary, "One document, as its latest complete version is"),
    HttpApiEndpoint.get("ingestionJobs", "/jobs", {
      query: IngestionJobQuery,
      success: Listing(IngestionJob),
      error: UpstreamProblems.all
    }).annotate(OpenApi.Summary, "Ingestion jobs"),
    HttpApiEndpoint.get("ingestionJob", "/jobs/:id", { ...job, success: IngestionJob }).annotate(
      OpenApi.Summary,
      "One ingestion job"
    ),
    HttpApiEndpoint.get("ingestionJobEvents", "/jobs/:id/events", {
      ...job,
      success: HttpApiSchema.StreamSse({ events: IngestionJobServerSentEvent })
    }).annotate(OpenApi.Summary, "An ingestion job until it is final, as server-sent events"),
    HttpApiEndpoint.post("search", "/search", {
      payload: SearchRequest,
      success: SearchResult,
      error: UpstreamProblems.all
    }).annotate(OpenApi.Summary, "Passages for a query"),
    HttpApiEndpoint.post("answer", "/answer", {
      payload: Question,
      success: [Answer, HttpApiSchema.StreamSse({ events: AnswerServerSentEvent })],
      error: UpstreamProblems.all
    }).annotate(
      OpenApi.Summary,
      "A cited answer: JSON, or server-sent events as it is written when `Accept` asks for text/event-stream"
    )
  )
  .prefix("/api/v1/rag")
  .annotateEndpoints(RequiredPermission, "knowledge:read")
  // A misspelt filter must not silently answer with everything.
  .annotate(HttpApi.QueryParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(
    OpenApi.annotations({ title: "Knowledge queries", description: "What the knowledge base holds and answers." })
  ) {}
