import type { DocumentNotFound, IngestionJobNotFound } from "@resync/api/RagProblems"
import type { UpstreamProblem } from "@resync/api/UpstreamProblems"
import { type Answer, Question } from "@resync/rag/model/Answer"
import { type Document, DocumentQuery } from "@resync/rag/model/Document"
import { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import { type IngestionJob, IngestionJobQuery } from "@resync/rag/model/IngestionJob"
import type { Page } from "@resync/rag/model/Page"
import { SearchRequest, type SearchResult } from "@resync/rag/model/Search"
import { Schema, type Scope, type Stream } from "effect"
import * as Query from "../dispatch/Query.ts"

type Listing<A> = Omit<Page<A>, "nextCursor"> & { readonly nextCursor: NonNullable<Page<A>["nextCursor"]> | null }

/** Nothing of the knowledge base is kept here: it changes as it is taken in. */
const access = "knowledge:read"
const byDocument = Schema.Struct({ id: DocumentId })
const byJob = Schema.Struct({ id: IngestionJobId })

export const Documents = Query.make<Listing<Document>, UpstreamProblem>()("knowledge.documents", {
  request: DocumentQuery,
  access
})
export const OneDocument = Query.make<Document, UpstreamProblem | DocumentNotFound>()("knowledge.document", {
  request: byDocument,
  access
})
export const IngestionJobs = Query.make<Listing<IngestionJob>, UpstreamProblem>()("knowledge.ingestions", {
  request: IngestionJobQuery,
  access
})
export const OneIngestionJob = Query.make<IngestionJob, UpstreamProblem | IngestionJobNotFound>()(
  "knowledge.ingestion",
  { request: byJob, access }
)
export const IngestionJobEvents = Query.make<
  Stream.Stream<string>,
  UpstreamProblem | IngestionJobNotFound,
  Scope.Scope
>()("knowledge.ingestion.events", { request: byJob, access })
export const Search = Query.make<SearchResult, UpstreamProblem>()("knowledge.search", {
  request: SearchRequest,
  access
})
export const AnswerQuestion = Query.make<Answer, UpstreamProblem>()("knowledge.answer", { request: Question, access })
export const AnswerStream = Query.make<Stream.Stream<string>, UpstreamProblem, Scope.Scope>()(
  "knowledge.answer.stream",
  { request: Question, access }
)
