import type { IngestionFailure } from "@resync/rag/model/IngestionJob"
import { Schema } from "effect"

/** Why a document cannot be read. None of these goes away by trying again. */
export const Unreadable = Schema.Literals([
  "empty",
  "unsupported-type",
  "type-mismatch",
  "corrupt",
  "encrypted",
  "too-large",
  "too-many-pages",
  "no-text",
  "timed-out",
  "out-of-memory"
]) satisfies Schema.Schema<IngestionFailure>
export type Unreadable = typeof Unreadable.Type

/**
 * A document that no parser can read, and why, in words for the person who uploaded it. `IngestionFailure` tells
 * the reasons apart.
 */
export class DocumentUnreadable extends Schema.TaggedError<DocumentUnreadable>()("DocumentUnreadable", {
  reason: Unreadable,
  detail: Schema.String
}) {
  override get message() {
    return `${this.reason}: ${this.detail}`
  }
}

/** For parsers: what a library threw at a broken file. */
export const corrupt = (what: string, cause: unknown) =>
  new DocumentUnreadable({
    reason: "corrupt",
    detail: `The ${what} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`
  })
