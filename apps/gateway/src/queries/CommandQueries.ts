import type { ApprovalPolicy } from "@resync/api/Approvals"
import type { Command } from "@resync/api/Command"
import { CommandId } from "@resync/api/CommandId"
import { type AuditUnavailable, CommandNotFound } from "@resync/api/CommandProblems"
import { type CommandListing, CommandQuery } from "@resync/api/Commands"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { Principal } from "@resync/identity/model/Principal"
import { Effect, Schema } from "effect"
import { ApprovalPolicies } from "../commands/pipeline/ApprovalPolicies.ts"
import * as CommandAudit from "../commands/pipeline/CommandAudit.ts"
import { toCommand } from "../commands/pipeline/CommandRecord.ts"
import { CommandStore } from "../commands/pipeline/CommandStore.ts"
import { Commands } from "../commands/pipeline/Commands.ts"
import { Queries } from "../dispatch/Queries.ts"
import * as Query from "../dispatch/Query.ts"

const Nothing = Schema.Struct({})

export const ListCommands = Query.make<typeof CommandListing.Type, AuditUnavailable, CurrentPrincipal>()("commands", {
  request: CommandQuery,
  access: "commands:read"
})
export const GetCommand = Query.make<Command, AuditUnavailable | CommandNotFound, CurrentPrincipal>()("command", {
  request: Schema.Struct({ id: CommandId }),
  access: "commands:read"
})
export const PendingApprovals = Query.make<{ readonly items: ReadonlyArray<Command> }, AuditUnavailable>()(
  "approvals",
  {
    request: Nothing,
    access: "approvals:read"
  }
)
export const ListPolicies = Query.make<{ readonly items: ReadonlyArray<ApprovalPolicy> }, AuditUnavailable>()(
  "approval-policies",
  { request: Nothing, access: "approvals:read" }
)

const unavailable = CommandAudit.storeUnavailable({ sent: false })

/** Puts the queries about commands and approvals in place. */
export const register = Effect.gen(function* () {
  const store = yield* CommandStore
  const policies = yield* ApprovalPolicies
  const { handle } = yield* Queries
  const commands = yield* Commands

  /** What others do with users and keys is not for all who may look at commands. */
  const hiddenFrom = ({ permissions }: Principal) =>
    [...commands.all.values()]
      .filter(({ readableBy }) => readableBy !== undefined && !permissions.has(readableBy))
      .map(({ name }) => name)

  handle(ListCommands, {
    // Who is narrowed sees his own.
    everything: true,
    ask: Effect.fnUntraced(function* ({ mine, ...query }) {
      const principal = yield* CurrentPrincipal
      const own = mine === true || principal.scopes.length > 0
      const { items, nextCursor } = yield* Effect.catchTag(
        store.list(query, { principalId: principal.id, own, hidden: hiddenFrom(principal) }),
        "SqlError",
        unavailable
      )
      return { items: items.map(toCommand), nextCursor }
    })
  })
  handle(GetCommand, {
    everything: true,
    ask: Effect.fnUntraced(function* ({ id }) {
      const principal = yield* CurrentPrincipal
      const record = yield* Effect.catchTag(store.get(id), "SqlError", unavailable)
      const others = record?.principalId !== principal.id
      if (
        record === undefined ||
        (others && (principal.scopes.length > 0 || hiddenFrom(principal).includes(record.name)))
      ) {
        return yield* new CommandNotFound({ commandId: id })
      }
      return toCommand(record)
    })
  })
  handle(PendingApprovals, {
    ask: () =>
      Effect.map(Effect.catchTag(store.awaiting, "SqlError", unavailable), (records) => ({
        items: records.map(toCommand)
      })),
    narrow: ({ items }, allows) => ({ items: items.filter(({ target }) => allows(target ?? {})) })
  })
  handle(ListPolicies, {
    everything: true,
    ask: () => Effect.map(Effect.catchTag(policies.all, "SqlError", unavailable), (items) => ({ items }))
  })
})
