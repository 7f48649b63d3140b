import { Forbidden, SignInIncomplete } from "@resync/api/AccessProblems"
import {
  AlreadyDecided,
  ApprovalPolicy,
  ApprovalPolicyNotFound,
  ApprovalRule,
  OwnCommand,
  PolicyName
} from "@resync/api/Approvals"
import { type Approval, Command as CommandSchema } from "@resync/api/Command"
import { CommandId } from "@resync/api/CommandId"
import * as CommandProblems from "@resync/api/CommandProblems"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import * as UpstreamProblems from "@resync/api/UpstreamProblems"
import type { Principal } from "@resync/identity/model/Principal"
import { DateTime, Effect, Schema } from "effect"
import * as Command from "../dispatch/Command.ts"
import { denied } from "../dispatch/denied.ts"
import { outOfScope } from "../dispatch/outOfScope.ts"
import { within } from "../dispatch/within.ts"
import { problem } from "../security/Permit.ts"
import { ApprovalPolicies } from "./pipeline/ApprovalPolicies.ts"
import { AuditOutbox } from "./pipeline/AuditOutbox.ts"
import { actorOf } from "./pipeline/Caller.ts"
import * as CommandAudit from "./pipeline/CommandAudit.ts"
import { type CommandRecord, toCommand } from "./pipeline/CommandRecord.ts"
import { CommandStore } from "./pipeline/CommandStore.ts"
import { Commands } from "./pipeline/Commands.ts"
import { unkept } from "./pipeline/unkept.ts"

const Decision = Schema.Struct({ id: CommandId, comment: Schema.optionalKey(Schema.String) })
type Decision = typeof Decision.Type

const decidingProblems = [
  CommandProblems.CommandNotFound,
  CommandProblems.AuditUnavailable,
  CommandProblems.CommandFateUnknown,
  OwnCommand,
  AlreadyDecided,
  Forbidden,
  SignInIncomplete
] as const

const deciding = {
  access: "approvals:decide",
  request: Schema.toCodecJson(Decision),
  answer: Schema.toCodecJson(CommandSchema),
  target: ({ id }: Decision) => ({ kind: "command", id })
} as const

export const Approve = Command.make("approvals.approve", {
  ...deciding,
  problems: Schema.toCodecJson(Schema.Union([...decidingProblems, ...UpstreamProblems.all]))
})
export const Reject = Command.make("approvals.reject", {
  ...deciding,
  problems: Schema.toCodecJson(Schema.Union(decidingProblems))
})

const common = [CommandProblems.AuditUnavailable, CommandProblems.CommandFateUnknown] as const

export const SetPolicy = Command.make("approval-policies.set", {
  access: "approvals:configure",
  request: Schema.toCodecJson(Schema.Struct({ name: PolicyName, rule: ApprovalRule })),
  answer: Schema.toCodecJson(ApprovalPolicy),
  problems: Schema.toCodecJson(Schema.Union(common)),
  target: ({ name }) => ({ kind: "approvalPolicy", id: name })
})

export const RemovePolicy = Command.make("approval-policies.remove", {
  access: "approvals:configure",
  request: Schema.toCodecJson(Schema.Struct({ name: PolicyName })),
  answer: Schema.toCodecJson(Schema.Null),
  problems: Schema.toCodecJson(Schema.Union([ApprovalPolicyNotFound, ...common])),
  target: ({ name }) => ({ kind: "approvalPolicy", id: name })
})

/** Whether two ids are of the same person: a key of a machine belongs to whoever made it. */
const isOwn = ({ facts, principalId }: CommandRecord, { id, ownerId }: Principal) => {
  const askers = [principalId, facts.ownerId].filter((one) => one !== undefined)
  return askers.includes(id) || (ownerId !== undefined && askers.includes(ownerId))
}

const encodePolicy = Schema.encodeSync(Schema.toCodecJson(ApprovalPolicy))

/** Puts the handlers of decisions and of the policies in place. */
export const register = Effect.gen(function* () {
  const { all, handle, outside, perform } = yield* Commands
  const store = yield* CommandStore
  const policies = yield* ApprovalPolicies
  const outbox = yield* AuditOutbox

  const refuse = <E>(problem: E) => Effect.fail(Command.refused(problem))

  /** The command that waits, if the current principal may decide on it. */
  const waiting = Effect.fnUntraced(function* (id: CommandId) {
    const principal = yield* CurrentPrincipal
    const record = yield* unkept(store.get(id))
    if (record === undefined) return yield* refuse(new CommandProblems.CommandNotFound({ commandId: id }))
    const { approval } = record.facts
    const over = approval === undefined || DateTime.isGreaterThanOrEqualTo(yield* DateTime.now, approval.expiresAt)
    if (record.state !== "awaitingApproval" || over) {
      return yield* refuse(
        new AlreadyDecided({
          commandId: id,
          state: over && record.state === "awaitingApproval" ? "expired" : record.state
        })
      )
    }
    if (isOwn(record, principal)) return yield* refuse(new OwnCommand({ commandId: id }))
    // Who decides on something must be one who may do it.
    const access = all.get(record.name)?.access ?? deciding.access
    const denial = denied(access, principal)
    if (denial !== undefined) return yield* refuse(problem(denial))
    return { record, approval, principal, access }
  })

  const decided = Effect.fnUntraced(function* (approval: Approval, principal: Principal, comment: string | undefined) {
    return {
      ...approval,
      decidedBy: actorOf(principal),
      decidedAt: yield* DateTime.now,
      ...(comment === undefined ? {} : { comment })
    } satisfies Approval
  })

  const gone = (id: CommandId) => refuse(new AlreadyDecided({ commandId: id, state: "decided" }))

  handle(Approve, {
    act: Effect.fnUntraced(function* ({ comment, id }) {
      const { access, approval, principal, record } = yield* waiting(id)
      // All that it takes along is agreed to.
      const beyond = yield* outside(record)
      if (beyond !== undefined) return yield* refuse(problem(outOfScope(access, beyond)))
      const performed = yield* unkept(perform(record, yield* decided(approval, principal, comment)))
      return performed === undefined ? yield* gone(id) : toCommand(performed)
    })
  })

  handle(Reject, {
    act: Effect.fnUntraced(function* ({ comment, id }) {
      const { access, approval, principal, record } = yield* waiting(id)
      const target = record.facts.target ?? {}
      if (!within(principal)(target)) return yield* refuse(problem(outOfScope(access, target)))
      const facts = { ...record.facts, approval: yield* decided(approval, principal, comment) }
      const owes = CommandAudit.owe(record, {
        phase: "outcome",
        outcome: "refused",
        actor: actorOf(principal),
        detail: { approval: "rejected", ...(comment === undefined ? {} : { comment }) }
      })
      const moved = yield* unkept(store.move(id, "reject", { facts, owes }))
      if (moved === undefined) return yield* gone(id)
      // It stands. Where the trail does not take it now it is owed, and the end of this command is not taken either.
      yield* Effect.catch(outbox.write(owes), (error) => Effect.logError("A rejection is recorded later", error))
      return toCommand(moved)
    })
  })

  handle(SetPolicy, {
    look: ({ name }) =>
      Effect.map(unkept(policies.all), (known) => {
        const before = known.find((policy) => policy.name === name)
        return {
          target: { kind: "approvalPolicy", id: name },
          before: before === undefined ? null : encodePolicy(before)
        }
      }),
    act: Effect.fnUntraced(function* ({ name, rule }) {
      const policy = { name, rule, setBy: actorOf(yield* CurrentPrincipal), setAt: yield* DateTime.now }
      yield* unkept(policies.set(policy))
      return policy
    })
  })

  handle(RemovePolicy, {
    look: ({ name }) =>
      Effect.map(unkept(policies.all), (known) => {
        const before = known.find((policy) => policy.name === name)
        return before === undefined
          ? undefined
          : { target: { kind: "approvalPolicy", id: name }, before: encodePolicy(before) }
      }),
    act: ({ name }) =>
      Effect.flatMap(unkept(policies.remove(name)), (removed) =>
        removed ? Effect.succeed(null) : refuse(new ApprovalPolicyNotFound({ policy: name }))
      )
  })
})
