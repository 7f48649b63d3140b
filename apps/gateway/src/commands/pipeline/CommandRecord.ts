import { Approval, type Command, CommandActor, CommandState } from "@resync/api/Command"
import { CommandId } from "@resync/api/CommandId"
import { AuditDraft, AuditReason, AuditSource, AuditTarget } from "@resync/identity/audit/AuditEntry"
import { Expectation } from "@resync/tws/model/Accepted"
import { Instant } from "@resync/tws/model/Times"
import { Schema } from "effect"

/** What is known of a command from its beginning, and what is learnt while it waits. */
export const Facts = Schema.Struct({
  requestedBy: CommandActor,
  /** Whose the key of the machine is that asked: he is no second pair of eyes. */
  ownerId: Schema.optionalKey(Schema.String),
  request: Schema.Json,
  target: Schema.optionalKey(AuditTarget),
  before: Schema.optionalKey(Schema.Json),
  expects: Schema.optionalKey(Expectation),
  justification: Schema.optionalKey(AuditReason),
  source: Schema.optionalKey(AuditSource),
  correlationId: Schema.optionalKey(Schema.String),
  traceId: Schema.optionalKey(Schema.String),
  approval: Schema.optionalKey(Approval),
  sentAt: Schema.optionalKey(Instant)
})
export interface Facts extends Schema.Schema.Type<typeof Facts> {}

/** How a command was answered. */
export const Result = Schema.Union([
  Schema.TaggedStruct("Answer", { answer: Schema.Json }),
  Schema.TaggedStruct("Problem", { problem: Schema.Json })
])
export type Result = typeof Result.Type

/** A command as it is kept. */
export const CommandRecord = Schema.Struct({
  id: CommandId,
  name: Schema.String,
  state: CommandState,
  principalId: Schema.String,
  idempotencyKey: Schema.NullOr(Schema.String),
  fingerprint: Schema.String,
  parentId: Schema.NullOr(CommandId),
  createdAt: Instant,
  updatedAt: Instant,
  looks: Schema.Int,
  facts: Schema.fromJsonString(Facts),
  result: Schema.NullOr(Schema.fromJsonString(Result))
})
export interface CommandRecord extends Schema.Schema.Type<typeof CommandRecord> {}

/** An entry that the audit trail is still to get. It is kept with the move of the command that it tells of. */
export const OwedEntry = Schema.Struct({ id: Schema.String, entry: Schema.fromJsonString(AuditDraft) })
export interface OwedEntry extends Schema.Schema.Type<typeof OwedEntry> {}

/** What everybody may see of it. */
export const toCommand = ({ facts, parentId, result, ...record }: CommandRecord): Command => ({
  id: record.id,
  name: record.name,
  state: record.state,
  requestedBy: facts.requestedBy,
  requestedAt: record.createdAt,
  updatedAt: record.updatedAt,
  request: facts.request,
  ...(facts.target === undefined ? {} : { target: facts.target }),
  ...(facts.justification === undefined ? {} : { justification: facts.justification }),
  ...(facts.approval === undefined ? {} : { approval: facts.approval }),
  ...(result?._tag === "Answer" ? { answer: result.answer } : {}),
  ...(result?._tag === "Problem" ? { problem: result.problem } : {}),
  ...(parentId === null ? {} : { parentId })
})
