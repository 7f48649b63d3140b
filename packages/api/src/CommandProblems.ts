/** Problems of commands in general, whatever they do. */
import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"
import { Forbidden, SignInIncomplete } from "./AccessProblems.ts"
import { CommandId } from "./CommandId.ts"
import { IdempotencyKeyReused } from "./Idempotency.ts"
import * as Problem from "./Problem.ts"

const command = { ...Problem.context, commandId: CommandId }

/** It may have been done: it was sent, and no answer came. It is looked for in the plan, and never sent again by itself. */
export class CommandFateUnknown extends HttpApiError.Problem<CommandFateUnknown>()(
  "CommandFateUnknown",
  {
    type: Problem.type("command-fate-unknown"),
    status: 504,
    title: "It is not known whether the command was carried out"
  },
  { ...command, state: Schema.Literals(["unknown", "unconfirmed"]) }
) {}

/** A command with the same key is being carried out by another gateway. */
export class CommandInProgress extends HttpApiError.Problem<CommandInProgress>()(
  "CommandInProgress",
  { type: Problem.type("command-in-progress"), status: 409, title: "The command is being carried out" },
  { ...command, retryAfter: Problem.RetryAfter }
) {}

/** Somebody else did not agree, or nobody did in time. */
export class CommandNotApproved extends HttpApiError.Problem<CommandNotApproved>()(
  "CommandNotApproved",
  { type: Problem.type("command-not-approved"), status: 403, title: "The command was not approved" },
  { ...command, reason: Schema.Literals(["rejected", "expired"]) }
) {}

/** The command with this key was carried out, and its answer held a secret that is shown once and kept nowhere. */
export class SecretShownOnce extends HttpApiError.Problem<SecretShownOnce>()(
  "SecretShownOnce",
  {
    type: Problem.type("secret-shown-once"),
    status: 409,
    title: "The command was carried out, and its secret is not kept"
  },
  command
) {}

/** What is done could not be recorded, so it was not done; or, with `sent`, it was and will be recorded later. */
export class AuditUnavailable extends HttpApiError.Problem<AuditUnavailable>()(
  "AuditUnavailable",
  { type: Problem.type("audit-unavailable"), status: 503, title: "The command cannot be recorded" },
  {
    ...Problem.context,
    commandId: Schema.optionalKey(CommandId),
    sent: Schema.Boolean,
    retryAfter: Schema.optionalKey(Problem.RetryAfter)
  }
) {}

/** There is no command of this id, or none that the caller may see. */
export class CommandNotFound extends HttpApiError.Problem<CommandNotFound>()(
  "CommandNotFound",
  { type: Problem.type("command-not-found"), status: 404, title: "There is no such command" },
  command
) {}

/** What any command can end in beside what it does. */
export const all = [
  IdempotencyKeyReused,
  CommandFateUnknown,
  CommandInProgress,
  CommandNotApproved,
  AuditUnavailable,
  Forbidden,
  SignInIncomplete
] as const
export type CommandProblem = InstanceType<(typeof all)[number]>
