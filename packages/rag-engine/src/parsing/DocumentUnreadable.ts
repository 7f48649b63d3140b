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
])
export type Unreadable = typeof Unreadable.Type

/**
 * A document that no parser can read, and why, in words for the person who uploaded it.
 *
 * - `empty`: no bytes, or nothing but white space.
 * - `unsupported-type`: a kind of file that is not read here; `detail` names it.
 * - `type-mismatch`: the name promises one kind of file, the content is another.
 * - `corrupt`: the file breaks the rules of its kind.
 * - `encrypted`: it wants a password.
 * - `too-large`: unpacked it would exceed the bounds (an archive that swells).
 * - `too-many-pages`: more pages than the bound.
 * - `no-text`: pictures only, as a scan without a text layer.
 * - `timed-out`, `out-of-memory`: reading it took more than a document may take.
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
