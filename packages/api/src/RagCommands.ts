import { AuthorityTier, DocumentMetadata } from "@resync/rag/model/Document"
import { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import { IngestionJob } from "@resync/rag/model/IngestionJob"
import { Schema } from "effect"
import { Multipart } from "effect/http"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import * as CommandProblems from "./CommandProblems.ts"
import { keyed } from "./Idempotency.ts"
import {
  DocumentNotFound,
  IngestionJobConflict,
  IngestionJobNotFound,
  StorageFull,
  TooManyFiles,
  UploadRejected
} from "./RagProblems.ts"
import { ContentTooLarge, InvalidRequest, MalformedRequest } from "./RequestProblems.ts"
import * as UpstreamProblems from "./UpstreamProblems.ts"

/**
 * The fields of an upload, in any order: one or more files, and what is said of all of them. `title` and `replaces` belong to
 * one document, so they are refused beside more than one file.
 */
export const UploadForm = Schema.Struct({
  file: Multipart.FilesSchema.annotate({ description: "One or more files." }),
  ...DocumentMetadata.fields,
  tags: Schema.optionalKey(Schema.Array(Schema.String)).annotate({
    description: "Repeated, or several in one field with commas between them."
  }),
  authority: Schema.optionalKey(AuthorityTier),
  /** The document that the file is a new version of. */
  replaces: Schema.optionalKey(DocumentId)
})

/** What became of a file: the job to follow. `repeated` says that the same content had been taken in before. */
export const UploadAccepted = Schema.Struct({
  fileName: Schema.String,
  jobId: IngestionJobId,
  documentId: DocumentId,
  repeated: Schema.Boolean
}).annotate({ identifier: "UploadAccepted" })
export interface UploadAccepted extends Schema.Schema.Type<typeof UploadAccepted> {}

/** The answer for more than one file: one item for each, in their order. */
export const UploadsAccepted = Schema.Struct({ items: Schema.Array(UploadAccepted) }).annotate({
  identifier: "UploadsAccepted"
})
export interface UploadsAccepted extends Schema.Schema.Type<typeof UploadsAccepted> {}

const job = {
  params: { id: IngestionJobId },
  headers: keyed,
  success: IngestionJob,
  error: [...UpstreamProblems.all, IngestionJobNotFound, IngestionJobConflict, ...CommandProblems.all]
} as const

/** What can be done to the knowledge base. */
export class RagCommands extends HttpApiGroup.make("ragCommands")
  .add(
    HttpApiEndpoint.post("upload", "/documents", {
      headers: keyed,
      payload: UploadForm.pipe(HttpApiSchema.asMultipartStream()),
      success: Schema.Union([UploadAccepted, UploadsAccepted]).pipe(HttpApiSchema.status(202)),
      error: [
        ...UpstreamProblems.all,
        InvalidRequest,
        MalformedRequest,
        ContentTooLarge,
        TooManyFiles,
        UploadRejected,
        DocumentNotFound,
        StorageFull,
        ...CommandProblems.all
      ]
    })
      .annotate(RequiredPermission, "knowledge:write")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Take in files",
          description:
            "202 once every file is durable; each has its job to follow. One file is answered with its job and document, " +
            "more with `items` in their order. Nothing is handed on before the whole request has arrived and is in order. " +
            "The same content again, or the same Idempotency-Key, is the same job."
        })
      ),
    HttpApiEndpoint.delete("deleteDocument", "/documents/:id", {
      params: { id: DocumentId },
      headers: keyed,
      success: HttpApiSchema.NoContent,
      error: [...UpstreamProblems.all, DocumentNotFound, ...CommandProblems.all]
    })
      .annotate(RequiredPermission, "knowledge:delete")
      .annotate(OpenApi.Summary, "Remove a document with all its versions and passages"),
    HttpApiEndpoint.post("cancelIngestionJob", "/jobs/:id/actions/cancel", job)
      .annotate(RequiredPermission, "knowledge:write")
      .annotate(OpenApi.Summary, "Stop an ingestion job that has not ended"),
    HttpApiEndpoint.post("retryIngestionJob", "/jobs/:id/actions/retry", job)
      .annotate(RequiredPermission, "knowledge:write")
      .annotate(OpenApi.Summary, "Try a failed ingestion job again")
  )
  .prefix("/api/v1/rag")
  .annotateMerge(
    OpenApi.annotations({
      title: "Knowledge commands",
      description:
        "Documents in and out of the knowledge base. An upload is durable when it is answered, and searchable later."
    })
  ) {}
