import { Schema } from "effect"
import { AuditEntry, AuditOutcome } from "./AuditEntry.ts"

/** Which entries. Everything given must hold. */
export const AuditFilter = Schema.Struct({
  /** The id or the name of who acted. */
  actor: Schema.optionalKey(Schema.NonEmptyString),
  /** `*` stands for any characters: `tws.job.*`. */
  action: Schema.optionalKey(Schema.NonEmptyString),
  targetKind: Schema.optionalKey(Schema.NonEmptyString),
  targetId: Schema.optionalKey(Schema.NonEmptyString),
  outcome: Schema.optionalKey(AuditOutcome),
  commandId: Schema.optionalKey(Schema.NonEmptyString),
  correlationId: Schema.optionalKey(Schema.NonEmptyString),
  /** At or after. */
  from: Schema.optionalKey(Schema.DateTimeUtcFromString),
  /** Before. */
  to: Schema.optionalKey(Schema.DateTimeUtcFromString)
})
export interface AuditFilter extends Schema.Schema.Type<typeof AuditFilter> {}

/** Where the next page starts: the number of the entry that ended this one. */
export const AuditCursor = Schema.Int.check(Schema.isGreaterThan(0))

/** One page of entries, the newest first. */
export const AuditPage = Schema.Struct({
  items: Schema.Array(AuditEntry),
  nextCursor: Schema.NullOr(AuditCursor)
}).annotate({ identifier: "AuditPage" })
export interface AuditPage extends Schema.Schema.Type<typeof AuditPage> {}

export interface AuditPageOptions {
  /** 1 to 1000; 100 when absent. */
  readonly limit?: number | undefined
  readonly cursor?: number | undefined
}
