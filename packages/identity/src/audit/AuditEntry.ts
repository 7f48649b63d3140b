import { Schema } from "effect"

/** Who acted: a user, a machine with an API key, or the service itself. */
export const AuditActor = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  kind: Schema.String
}).annotate({ identifier: "AuditActor" })
export interface AuditActor extends Schema.Schema.Type<typeof AuditActor> {}

/** The service itself, for what nobody asked for: expiries, reconciliation. */
export const service: AuditActor = { id: "resync", name: "resync", kind: "service" }

/** On what it was done. */
export const AuditTarget = Schema.Struct({
  /** `job`, `workstation`, `user`, … */
  kind: Schema.String,
  id: Schema.String,
  /** The name among people. */
  name: Schema.optionalKey(Schema.String),
  workstation: Schema.optionalKey(Schema.String),
  folder: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "AuditTarget" })
export interface AuditTarget extends Schema.Schema.Type<typeof AuditTarget> {}

/** From where it was asked. */
export const AuditSource = Schema.Struct({
  address: Schema.optionalKey(Schema.String),
  userAgent: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "AuditSource" })
export interface AuditSource extends Schema.Schema.Type<typeof AuditSource> {}

/** Why, in the words of who acted. */
export const AuditReason = Schema.Struct({
  reason: Schema.String,
  ticket: Schema.optionalKey(Schema.String),
  category: Schema.optionalKey(Schema.String)
})

/**
 * When in the life of an action the entry was written: `intent` before anything is done, `outcome` once its end is known,
 * `event` for what has no beginning and end.
 */
export const AuditPhase = Schema.Literals(["intent", "outcome", "event"])
export type AuditPhase = typeof AuditPhase.Type

/** How it ended. `unknown`: it may have been done; a later entry of the same command tells. */
export const AuditOutcome = Schema.Literals([
  "accepted",
  "done",
  "refused",
  "failed",
  "unknown",
  "confirmed",
  "unconfirmed"
])
export type AuditOutcome = typeof AuditOutcome.Type

const content = {
  /** What was done, `tws.job.hold` for example. */
  action: Schema.NonEmptyString,
  phase: AuditPhase,
  outcome: Schema.optionalKey(AuditOutcome),
  actor: AuditActor,
  target: Schema.optionalKey(AuditTarget),
  source: Schema.optionalKey(AuditSource),
  /** What joins the entries of one command. */
  commandId: Schema.optionalKey(Schema.String),
  correlationId: Schema.optionalKey(Schema.String),
  traceId: Schema.optionalKey(Schema.String),
  justification: Schema.optionalKey(AuditReason),
  before: Schema.optionalKey(Schema.Json),
  after: Schema.optionalKey(Schema.Json),
  /** What else belongs to it; never a secret. */
  detail: Schema.optionalKey(Schema.Json)
}

/** What is to be written into the trail. */
export const AuditDraft = Schema.Struct(content)
export interface AuditDraft extends Schema.Schema.Type<typeof AuditDraft> {}

/** An entry of the trail. */
export const AuditEntry = Schema.Struct({
  /** Counts from 1 without a gap. */
  seq: Schema.Int,
  at: Schema.DateTimeUtcFromString,
  ...content,
  previousHash: Schema.String,
  hash: Schema.String
}).annotate({ identifier: "AuditEntry" })
export interface AuditEntry extends Schema.Schema.Type<typeof AuditEntry> {}
