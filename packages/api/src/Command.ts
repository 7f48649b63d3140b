/** What becomes of a command, as it is kept. */
import { AuditReason, AuditTarget } from "@resync/identity/audit/AuditEntry"
import { Accepted } from "@resync/tws/model/Accepted"
import { Instant } from "@resync/tws/model/Times"
import { Schema } from "effect"
import { CommandId } from "./CommandId.ts"

/**
 * How far a command is:
 *
 * - `awaitingApproval`: somebody else has to agree; then `sending`, or `rejected`, or `expired`.
 * - `sending`: it is being carried out.
 * - `accepted`: the scheduler took it on; then `confirmed` once the plan shows its effect, or `unconfirmed` if it never did.
 * - `done`: carried out, where nothing has to be waited for.
 * - `refused`: the scheduler, or the service, will not do it. `failed`: it surely was not done, and may be tried again.
 * - `unknown`: it may have been done; then `confirmed` or `unconfirmed` by what the plan shows.
 */
export const CommandState = Schema.Literals([
  "awaitingApproval",
  "sending",
  "accepted",
  "done",
  "refused",
  "failed",
  "unknown",
  "confirmed",
  "unconfirmed",
  "rejected",
  "expired"
]).annotate({ identifier: "CommandState" })
export type CommandState = typeof CommandState.Type

/** Who asked, or decided. */
export const CommandActor = Schema.Struct({ id: Schema.String, name: Schema.String, kind: Schema.String }).annotate({
  identifier: "CommandActor"
})
export interface CommandActor extends Schema.Schema.Type<typeof CommandActor> {}

/** The second pair of eyes. */
export const Approval = Schema.Struct({
  /** The policy that asks for it. */
  policy: Schema.String,
  expiresAt: Instant,
  decidedBy: Schema.optionalKey(CommandActor),
  decidedAt: Schema.optionalKey(Instant),
  comment: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "Approval" })
export interface Approval extends Schema.Schema.Type<typeof Approval> {}

/** A command with what became of it. */
export const Command = Schema.Struct({
  id: CommandId,
  /** `tws.job.hold` for example. */
  name: Schema.String,
  state: CommandState,
  target: Schema.optionalKey(AuditTarget),
  requestedBy: CommandActor,
  requestedAt: Instant,
  updatedAt: Instant,
  request: Schema.Json,
  justification: Schema.optionalKey(AuditReason),
  approval: Schema.optionalKey(Approval),
  /** What it was answered with, once it was. */
  answer: Schema.optionalKey(Schema.Json),
  /** The problem it ended in. */
  problem: Schema.optionalKey(Schema.Json),
  /** The bulk command it is part of. */
  parentId: Schema.optionalKey(CommandId)
}).annotate({ identifier: "Command" })
export interface Command extends Schema.Schema.Type<typeof Command> {}

/** The scheduler took a command on. */
export const AcceptedCommand = Schema.Struct({
  state: Schema.Literal("accepted"),
  commandId: CommandId,
  ...Accepted.fields
}).annotate({ identifier: "AcceptedCommand" })
export interface AcceptedCommand extends Schema.Schema.Type<typeof AcceptedCommand> {}

/** A command waits for somebody else to agree. */
export const AwaitingApproval = Schema.Struct({
  state: Schema.Literal("awaitingApproval"),
  commandId: CommandId,
  policy: Schema.String,
  expiresAt: Instant
}).annotate({ identifier: "AwaitingApproval" })
export interface AwaitingApproval extends Schema.Schema.Type<typeof AwaitingApproval> {}
