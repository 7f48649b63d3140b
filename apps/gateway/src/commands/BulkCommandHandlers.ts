import {
  type BulkAction,
  type BulkItem,
  type BulkItemReport,
  type BulkReport,
  BulkTooLarge,
  PreviewNotFound
} from "@resync/api/BulkCommands"
import type { CommandId } from "@resync/api/CommandId"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { AuditTarget } from "@resync/identity/audit/AuditEntry"
import type { Principal } from "@resync/identity/model/Principal"
import type { Accepted } from "@resync/tws/model/Accepted"
import type { JobId, JobStreamId } from "@resync/tws/model/Ids"
import type { Justification } from "@resync/tws/model/Justification"
import { Tws } from "@resync/tws/Tws"
import { Config, DateTime, Effect, Schema, Stream } from "effect"
import * as Command from "../dispatch/Command.ts"
import { denied } from "../dispatch/denied.ts"
import { Queries } from "../dispatch/Queries.ts"
import { within } from "../dispatch/within.ts"
import { problem } from "../security/Permit.ts"
import * as TwsProblem from "../upstream/TwsProblem.ts"
import { PreviewBulk, RunBulk } from "./BulkKinds.ts"
import * as BulkPreviews from "./BulkPreviews.ts"
import * as CommandAudit from "./pipeline/CommandAudit.ts"
import type { CommandRecord } from "./pipeline/CommandRecord.ts"
import { CommandStore } from "./pipeline/CommandStore.ts"
import { Commands } from "./pipeline/Commands.ts"
import { unkept } from "./pipeline/unkept.ts"
import * as Kinds from "./TwsCommandKinds.ts"

/** How many objects one bulk command may touch. */
export const cap = Config.schema(
  Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 })),
  "RESYNC_BULK_CAP"
).pipe(Config.withDefault(100))

/** How many are acted on at once. The scheduler's own bulkhead has eight places, and others want some. */
const concurrency = 4

const jobKinds = {
  Cancel: Kinds.CancelJob,
  Rerun: Kinds.RerunJob,
  Kill: Kinds.KillJob,
  Hold: Kinds.HoldJob,
  Release: Kinds.ReleaseJob,
  ConfirmSuccess: Kinds.ConfirmJob,
  ConfirmAbend: Kinds.ConfirmJob
} as const
const jobStreamKinds = {
  Cancel: Kinds.CancelJobStream,
  Hold: Kinds.HoldJobStream,
  Release: Kinds.ReleaseJobStream
} as const

/** The command that is done with each. */
// biome-ignore lint/suspicious/noExplicitAny: the requests differ, and `requestOf` makes the one that fits.
const kindOf = (bulk: BulkAction): Command.Command<any, Accepted, Kinds.TwsCommandProblem> =>
  bulk.on === "jobs" ? jobKinds[bulk.action._tag] : jobStreamKinds[bulk.action._tag]

const requestOf = ({ action }: BulkAction, id: string, justification: Justification | undefined) => {
  const { _tag, ...options } = action
  const outcome = _tag === "ConfirmSuccess" ? "success" : _tag === "ConfirmAbend" ? "abend" : undefined
  return {
    id,
    ...options,
    ...(outcome === undefined ? {} : { outcome }),
    ...(justification === undefined ? {} : { justification })
  }
}

const item = (found: {
  readonly id: JobId | JobStreamId
  readonly name: string
  readonly workstation?: string
  readonly folder?: string
}): BulkItem => ({
  id: found.id,
  name: found.name,
  ...(found.workstation === undefined ? {} : { workstation: found.workstation }),
  ...(found.folder === undefined ? {} : { folder: found.folder })
})

const targetOf = ({ on }: BulkAction, { id, ...rest }: BulkItem): AuditTarget => ({
  kind: on === "jobs" ? "job" : "jobStream",
  id,
  ...rest
})

const reportOf = (commandId: CommandId, items: ReadonlyArray<BulkItemReport>): BulkReport => {
  const states: Record<string, number> = {}
  for (const { state } of items) states[state] = (states[state] ?? 0) + 1
  return { state: "done", commandId, count: items.length, states, items }
}

const itemReport = (shown: BulkItem, record: CommandRecord | undefined): BulkItemReport =>
  record === undefined
    ? { ...shown, state: "notSent" }
    : {
        ...shown,
        state: record.state,
        commandId: record.id,
        ...(record.result?._tag === "Problem" ? { problem: record.result.problem } : {})
      }

/** Puts the handlers of bulk commands in place: look first, then do exactly what was shown. */
export const register = Effect.gen(function* () {
  const tws = yield* Tws
  const store = yield* CommandStore
  const { handle, runItem } = yield* Commands
  const queries = yield* Queries
  const previews = yield* BulkPreviews.make
  const most = yield* cap

  const matching = (bulk: BulkAction) =>
    bulk.on === "jobs"
      ? Stream.map(tws.allJobs({ ...bulk.filter, limit: Math.min(1_000, most + 1) }), item)
      : Stream.map(tws.allJobStreams({ ...bulk.filter, limit: Math.min(1_000, most + 1) }), item)

  /** Who may not do it to one may not do it to many. */
  const permitted = (principal: Principal, bulk: BulkAction) => {
    const denial = denied(kindOf(bulk).access, principal)
    return denial === undefined ? Effect.void : Effect.fail(problem(denial))
  }

  queries.handle(PreviewBulk, {
    everything: true,
    ask: Effect.fnUntraced(function* (bulk) {
      const principal = yield* CurrentPrincipal
      yield* permitted(principal, bulk)
      const items = yield* matching(bulk).pipe(
        Stream.filter(within(principal)),
        Stream.take(most + 1),
        Stream.runCollect,
        Effect.mapError(TwsProblem.of)
      )
      if (items.length > most) {
        return yield* new BulkTooLarge({ cap: most, detail: `More than ${most} match: narrow the filter` })
      }
      const kept = yield* Effect.catchTag(
        previews.keep(principal.id, { bulk, items }),
        "SqlError",
        CommandAudit.storeUnavailable({ sent: false })
      )
      return { ...kept, count: items.length, cap: most, items }
    })
  })

  const reportNow = Effect.fnUntraced(function* (commandId: CommandId, items: ReadonlyArray<BulkItem>) {
    const records = yield* store.items(commandId)
    const byTarget = new Map(records.map((record) => [record.facts.target?.id, record]))
    return reportOf(
      commandId,
      items.map((shown) => itemReport(shown, byTarget.get(shown.id)))
    )
  })

  handle(RunBulk, {
    look: Effect.fnUntraced(function* ({ token }) {
      const principal = yield* CurrentPrincipal
      const shown = yield* unkept(previews.find(principal.id, token))
      if (shown === undefined) return yield* Effect.fail(Command.refused(new PreviewNotFound({})))
      const { bulk, items } = shown
      yield* Effect.mapError(permitted(principal, bulk), Command.refused)
      return {
        target: {
          kind: "bulk",
          id: BulkPreviews.nameOf(token).slice(0, 32),
          name: `${bulk.action._tag} ${items.length} ${bulk.on}`
        },
        before: { items: items.map((one) => ({ ...one })) },
        parts: items.map((one) => ({ command: kindOf(bulk).name, target: targetOf(bulk, one) }))
      }
    }),
    act: Effect.fnUntraced(function* ({ justification, token }, { commandId }) {
      const { id: principalId } = yield* CurrentPrincipal
      const record = yield* unkept(store.get(commandId))
      const askedAt = record?.createdAt ?? (yield* DateTime.now)
      const shown = yield* unkept(previews.take(token, { commandId, principalId, askedAt }))
      if (shown === undefined) return yield* Effect.fail(Command.refused(new PreviewNotFound({})))
      const kind = kindOf(shown.bulk)
      yield* Effect.forEach(
        shown.items,
        // What becomes of each is kept with its own command.
        ({ id }) => Effect.exit(runItem({ id: commandId }, kind, requestOf(shown.bulk, id, justification))),
        { concurrency, discard: true }
      )
      return yield* unkept(reportNow(commandId, shown.items))
    }),
    recover: Effect.fnUntraced(function* (commandId) {
      const shown = yield* previews.takenBy(commandId)
      return yield* reportNow(commandId, shown?.items ?? [])
    }, Effect.orDie),
    after: ({ count, states }) => ({ count, states: { ...states } })
  })
})
