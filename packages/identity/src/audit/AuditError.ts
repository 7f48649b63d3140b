import { Schema } from "effect"

/** The trail could not be written or read. What it was to record must not go on. */
export class AuditUnavailable extends Schema.TaggedError<AuditUnavailable>()("AuditUnavailable", {
  detail: Schema.String
}) {
  override get message() {
    return `The audit trail is not available: ${this.detail}`
  }
}

/**
 * The end of the trail does not carry the signature of this service: the trail was tampered with, or other gateways sign with
 * another key. Nothing is written after it.
 */
export class AuditUntrusted extends Schema.TaggedError<AuditUntrusted>()("AuditUntrusted", {
  seq: Schema.Int,
  reason: Schema.Literals(["forged", "otherKey"])
}) {
  override get message() {
    return this.reason === "otherKey"
      ? `RESYNC_AUDIT_KEY: the audit trail ends at entry ${this.seq} with the signature of another key: give all gateways the same RESYNC_AUDIT_KEY, or take the trail over with npm run audit -- adopt`
      : `RESYNC_AUDIT_KEY: the audit trail ends at entry ${this.seq} with a forged signature: look at it with npm run audit -- verify`
  }
}

export type AuditError = AuditUnavailable | AuditUntrusted
