import * as CommandProblems from "@resync/api/CommandProblems"
import { IdempotencyKeyReused } from "@resync/api/Idempotency"
import { UploadAccepted, UploadsAccepted } from "@resync/api/RagCommands"
import {
  DocumentNotFound,
  IngestionJobConflict,
  IngestionJobNotFound,
  StorageFull,
  UploadRejected
} from "@resync/api/RagProblems"
import { ContentTooLarge } from "@resync/api/RequestProblems"
import * as UpstreamProblems from "@resync/api/UpstreamProblems"
import { DocumentMetadata } from "@resync/rag/model/Document"
import { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import { IngestionJob } from "@resync/rag/model/IngestionJob"
import { Schema } from "effect"
import * as Command from "../dispatch/Command.ts"
import type { ReceivedFile } from "./UploadForm.ts"

const common = [...UpstreamProblems.all, CommandProblems.CommandFateUnknown] as const

/** Knowledge lies in no workstation and no folder. */
const everywhere = true

const documentProblems = Schema.Union([...common, DocumentNotFound])

export const DeleteDocument = Command.make("knowledge.document.delete", {
  access: "knowledge:delete",
  request: Schema.toCodecJson(Schema.Struct({ id: DocumentId })),
  answer: Schema.toCodecJson(Schema.Null),
  problems: Schema.toCodecJson(documentProblems),
  target: ({ id }) => ({ kind: "document", id }),
  everywhere
})

const jobProblems = Schema.Union([...common, IngestionJobNotFound, IngestionJobConflict])

const onJob = (name: string) =>
  Command.make(name, {
    access: "knowledge:write",
    request: Schema.toCodecJson(Schema.Struct({ id: IngestionJobId })),
    answer: Schema.toCodecJson(IngestionJob),
    problems: Schema.toCodecJson(jobProblems),
    target: ({ id }) => ({ kind: "ingestionJob", id }),
    everywhere
  })

export const CancelIngestion = onJob("knowledge.ingestion.cancel")
export const RetryIngestion = onJob("knowledge.ingestion.retry")

/** What is kept of an upload: which files they were, and not what is in them. */
const KeptUpload = Schema.Struct({
  files: Schema.NonEmptyArray(Schema.Struct({ fileName: Schema.String, bytes: Schema.Int, sha256: Schema.String })),
  metadata: DocumentMetadata,
  replaces: Schema.optionalKey(DocumentId)
})

/** An upload whose files are on the disk while the command runs. */
export interface UploadRequest extends Schema.Schema.Type<typeof KeptUpload> {
  readonly files: readonly [ReceivedFile, ...Array<ReceivedFile>]
  /** The caller's Idempotency-Key, for the knowledge base to know the upload by, too. */
  readonly key?: string
}

const uploadProblems = Schema.Union([
  ...common,
  ContentTooLarge,
  UploadRejected,
  IdempotencyKeyReused,
  DocumentNotFound,
  StorageFull
])
export type UploadProblem = typeof uploadProblems.Type

/** The same content again is the same document, so that it may be sent again. */
export const Upload = Command.make("knowledge.document.upload", {
  access: "knowledge:write",
  request: Command.withheld<UploadRequest>()(Schema.toCodecJson(KeptUpload)),
  answer: Schema.toCodecJson(Schema.Union([UploadAccepted, UploadsAccepted])),
  problems: Schema.toCodecJson(uploadProblems),
  target: ({ replaces }) => (replaces === undefined ? undefined : { kind: "document", id: replaces }),
  repeatable: true,
  everywhere
})
