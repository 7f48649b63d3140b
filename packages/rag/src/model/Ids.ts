import { Schema } from "effect"

/** Version 7 of UUID begins with the time, so ids in order are ids in the order they were given. */
const Uuid = Schema.String.check(Schema.isUUID(7))

/** A document, over all its versions. */
export const DocumentId = Uuid.pipe(Schema.brand("@resync/rag/DocumentId"))
export type DocumentId = typeof DocumentId.Type

/** One ingestion of one version of a document. */
export const IngestionJobId = Uuid.pipe(Schema.brand("@resync/rag/IngestionJobId"))
export type IngestionJobId = typeof IngestionJobId.Type

/** A passage: the same for the same words under the same titles of the same document. */
export const PassageId = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{32}$/, { expected: "32 hexadecimal digits" })
).pipe(Schema.brand("@resync/rag/PassageId"))
export type PassageId = typeof PassageId.Type
