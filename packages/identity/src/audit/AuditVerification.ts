import { Schema } from "effect"

/** What is wrong with a chain, and where. */
export const AuditProblem = Schema.Union([
  /** The text of the row is not the one that was hashed, or the hash is another. */
  Schema.TaggedStruct("Changed", { seq: Schema.Int }),
  /** Rows are not there any more. */
  Schema.TaggedStruct("Missing", { from: Schema.Int, to: Schema.Int }),
  /** The row was written at another place of the chain, or does not follow the one before it. */
  Schema.TaggedStruct("Reordered", { seq: Schema.Int }),
  /** The last rows are not there any more: the head, or a head kept elsewhere, knows of later ones. */
  Schema.TaggedStruct("Truncated", { last: Schema.Int, expected: Schema.Int }),
  /** There are rows after the head, written by somebody else than the service. */
  Schema.TaggedStruct("Beyond", { last: Schema.Int, expected: Schema.Int }),
  /** The chain is another than the one whose head is known: at this place it had another hash. */
  Schema.TaggedStruct("Rewritten", { seq: Schema.Int }),
  /** The head is not signed with the key of the service. */
  Schema.TaggedStruct("HeadForged", { seq: Schema.Int })
]).annotate({ identifier: "AuditProblem" })
export type AuditProblem = typeof AuditProblem.Type

/** What looking through the whole trail found. */
export const AuditVerification = Schema.Struct({
  /** How many entries there are. */
  entries: Schema.Int,
  /** The end of the chain, to be kept elsewhere and given to a later verification. */
  head: Schema.Struct({ seq: Schema.Int, hash: Schema.String }),
  /** Empty when the trail is whole. The first hundred. */
  problems: Schema.Array(AuditProblem)
}).annotate({ identifier: "AuditVerification" })
export interface AuditVerification extends Schema.Schema.Type<typeof AuditVerification> {}
