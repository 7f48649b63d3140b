import { Schema } from "effect"
import { DocumentId, IngestionJobId } from "./Ids.ts"
import { MediaType } from "./MediaType.ts"
import { Cursor, PageLimit } from "./Page.ts"

const Word = Schema.Trim.check(Schema.isNonEmpty(), Schema.isMaxLength(100))

/**
 * How much weight a document's word has: `vendor` for the product's own documentation, `approved` for what the site stands
 * by, `working` for notes, logs and everything else.
 */
export const AuthorityTier = Schema.Literals(["vendor", "approved", "working"])
export type AuthorityTier = typeof AuthorityTier.Type

/** What the uploader says of a document. */
export const DocumentMetadata = Schema.Struct({
  /** What to call it; the document's own title, or its file name, when absent. */
  title: Schema.optionalKey(Schema.Trim.check(Schema.isNonEmpty(), Schema.isMaxLength(500))),
  /** Where it comes from: a system, a team, a URL. */
  source: Schema.optionalKey(Schema.Trim.check(Schema.isNonEmpty(), Schema.isMaxLength(500))),
  tags: Schema.optionalKey(Schema.Array(Word).check(Schema.isMaxLength(50))),
  /** `working` when absent. */
  authority: Schema.optionalKey(AuthorityTier),
  /** What it is about: `distributed`, `z/OS`, a product. */
  platform: Schema.optionalKey(Word),
  /** The version of the product it is about. */
  version: Schema.optionalKey(Word)
}).annotate({ identifier: "DocumentMetadata" })
export interface DocumentMetadata extends Schema.Schema.Type<typeof DocumentMetadata> {}

/** A document of the knowledge base, as its latest complete version is. */
export const Document = Schema.Struct({
  id: DocumentId,
  fileName: Schema.String,
  title: Schema.String,
  source: Schema.NullOr(Schema.String),
  tags: Schema.Array(Schema.String),
  authority: AuthorityTier,
  platform: Schema.NullOr(Schema.String),
  version: Schema.NullOr(Schema.String),
  /** Absent until it has been read. */
  mediaType: Schema.NullOr(MediaType),
  bytes: Schema.Int,
  /** SHA-256 of the file, in hexadecimal digits. */
  contentHash: Schema.String,
  /** Counts the uploads of this document from 1; the visible one is the latest that was completed. */
  revision: Schema.Int,
  /** Passages that can be found; 0 until the first version is complete. */
  passages: Schema.Int,
  /** The ingestion of the latest upload. */
  latestJobId: IngestionJobId,
  createdAt: Schema.DateTimeUtcFromString,
  updatedAt: Schema.DateTimeUtcFromString
}).annotate({ identifier: "Document" })
export interface Document extends Schema.Schema.Type<typeof Document> {}

/** Which documents. Everything given must hold. Newest first. */
export const DocumentQuery = Schema.Struct({
  tag: Schema.optionalKey(Schema.NonEmptyString),
  source: Schema.optionalKey(Schema.NonEmptyString),
  mediaType: Schema.optionalKey(MediaType),
  authority: Schema.optionalKey(AuthorityTier),
  limit: Schema.optionalKey(PageLimit),
  cursor: Schema.optionalKey(Cursor)
}).annotate({ identifier: "DocumentQuery" })
export interface DocumentQuery extends Schema.Schema.Type<typeof DocumentQuery> {}
