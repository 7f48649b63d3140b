/** Problems that only the knowledge base can tell about. */
import { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import { IngestionState } from "@resync/rag/model/IngestionJob"
import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"
import * as Problem from "./Problem.ts"

/** No document has this id, or it was deleted. */
export class DocumentNotFound extends HttpApiError.Problem<DocumentNotFound>()(
  "DocumentNotFound",
  { type: Problem.type("document-not-found"), status: 404, title: "The knowledge base has no such document" },
  { ...Problem.context, id: DocumentId }
) {}

/** No ingestion job has this id. */
export class IngestionJobNotFound extends HttpApiError.Problem<IngestionJobNotFound>()(
  "IngestionJobNotFound",
  { type: Problem.type("ingestion-job-not-found"), status: 404, title: "There is no such ingestion job" },
  { ...Problem.context, id: IngestionJobId }
) {}

/** The state of the ingestion job does not allow the action. */
export class IngestionJobConflict extends HttpApiError.Problem<IngestionJobConflict>()(
  "IngestionJobConflict",
  {
    type: Problem.type("ingestion-job-conflict"),
    status: 409,
    title: "The state of the ingestion job does not allow this"
  },
  { ...Problem.context, id: IngestionJobId, state: IngestionState }
) {}

/** A file that is not taken in; nothing of it is kept. */
export class UploadRejected extends HttpApiError.Problem<UploadRejected>()(
  "UploadRejected",
  { type: Problem.type("upload-rejected"), status: 422, title: "The file is not taken in" },
  { ...Problem.context, reason: Schema.Literals(["empty", "invalid-name"]), fileName: Schema.String }
) {}

/** More files than a request may bring. */
export class TooManyFiles extends HttpApiError.Problem<TooManyFiles>()(
  "TooManyFiles",
  { type: Problem.type("too-many-files"), status: 413, title: "The request has too many files" },
  { ...Problem.context, limit: Schema.Int }
) {}

/** There is no room on the disk for what was to be kept. */
export class StorageFull extends HttpApiError.Problem<StorageFull>()(
  "StorageFull",
  { type: Problem.type("storage-full"), status: 507, title: "There is no room on the disk" },
  Problem.context
) {}
