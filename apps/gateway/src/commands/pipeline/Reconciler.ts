import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import * as AuditEntry from "@resync/identity/audit/AuditEntry"
import * as Principal from "@resync/identity/model/Principal"
import { Store } from "@resync/store/Store"
import type { Accepted } from "@resync/tws/model/Accepted"
import { Tws } from "@resync/tws/Tws"
import { Config, DateTime, Duration, Effect, Schedule } from "effect"
import { AuditOutbox } from "./AuditOutbox.ts"
import * as CommandAudit from "./CommandAudit.ts"
import type { CommandEvent } from "./CommandLife.ts"
import type { CommandPipeline } from "./CommandPipeline.ts"
import type { CommandRecord } from "./CommandRecord.ts"
import { type Change, CommandStore } from "./CommandStore.ts"
import type { Slot } from "./Slot.ts"

/** How often it is looked what is due. */
const pause = Duration.seconds(2)

/** How many are looked at between two pauses, and how many at once. */
const batch = 32
const concurrency = 4

/** The effect of an action is looked for after 2, 4, 8, … seconds, at most a minute apart. */
const nextLook = (looks: number) => Duration.seconds(Math.min(2 ** (looks + 1), 60))

/** While the scheduler is away nothing is learnt, and no look counts. */
const whileAway = Duration.seconds(15)

/** That many looks in vain at least, whatever the time: a mirror that was rebuilt meanwhile has to show itself first. */
const leastLooks = 5

/** Ended commands are forgotten after this; the audit trail keeps them. */
const forgottenAfter = Duration.days(30)

/** How long the effect of a command is looked for before it counts as not shown. */
export const reconcileFor = Config.Duration("RESYNC_COMMAND_RECONCILE_FOR").pipe(
  Config.withDefault(Duration.minutes(10))
)

/**
 * Looks after commands that nobody waits for: finds out by the plan what came of those whose fate is unknown and whether those that
 * were accepted took effect, lets approvals expire, takes over what a process left behind when it ended, and writes what is owed to the audit
 * trail. It never sends anything.
 */
export const make = Effect.fnUntraced(function* ({ running, slotOf }: CommandPipeline) {
  const store = yield* CommandStore
  const outbox = yield* AuditOutbox
  const tws = yield* Tws
  const { engine } = yield* Store
  const window = yield* reconcileFor

  /** Moves a command on, and tells the audit trail. */
  const move = Effect.fnUntraced(function* (
    record: CommandRecord,
    event: CommandEvent,
    entry: Omit<CommandAudit.Entry, "phase">,
    change: Change = {}
  ) {
    const owes = CommandAudit.owe(record, { actor: AuditEntry.service, phase: "outcome", ...entry })
    const moved = yield* store.move(record.id, event, { ...change, owes })
    if (moved !== undefined) yield* outbox.write(owes)
  })

  const expire = (record: CommandRecord) =>
    move(record, "expire", { outcome: "refused", detail: { approval: "expired" } })

  /** A process ended in the middle of it. */
  const takeOver = Effect.fnUntraced(function* (record: CommandRecord, slot: Slot) {
    if (slot.handler.recover !== undefined) {
      const answer = slot.encodeAnswer(yield* slot.handler.recover(record.id))
      return yield* move(record, "finish", { outcome: "done", after: answer }, { result: { _tag: "Answer", answer } })
    }
    yield* move(
      record,
      "lose",
      { outcome: "unknown", detail: { lost: "the service ended" } },
      { dueAt: yield* DateTime.now, releaseKey: slot.command.repeatable }
    )
  })

  /** What the plan shows: the answer if it was found, `false` if not yet, `undefined` where there is nothing to look for. */
  const look = Effect.fnUntraced(function* (record: CommandRecord, slot: Slot) {
    const { before, expects, request, sentAt } = record.facts
    const at = sentAt ?? record.createdAt
    if (expects !== undefined) {
      const accepted: Accepted = { ids: [], acceptedAt: at, expects }
      const { confirmed } = yield* tws.confirm(accepted, { within: Duration.zero })
      return confirmed ? { answer: slot.handler.found?.(expects, at) } : false
    }
    if (slot.handler.seek === undefined || record.state === "accepted") return undefined
    const answer = yield* slot.handler.seek(slot.decodeRequest(request), before)
    return answer === undefined ? false : { answer }
  })

  const confirm = Effect.fnUntraced(function* (record: CommandRecord, slot: Slot, answer: unknown) {
    const now = yield* Effect.orElseSucceed(
      Effect.provideService(
        slot.handler.look?.(slot.decodeRequest(record.facts.request)) ?? Effect.undefined,
        CurrentPrincipal,
        Principal.system("resync")
      ),
      () => undefined
    )
    yield* move(
      record,
      "confirm",
      { outcome: "confirmed", after: now?.before },
      record.result === null && answer !== undefined
        ? { result: { _tag: "Answer", answer: slot.encodeAnswer(answer) } }
        : {}
    )
  })

  const reconcile = Effect.fnUntraced(function* (record: CommandRecord, slot: Slot) {
    const now = yield* DateTime.now
    const shown = yield* Effect.result(look(record, slot))
    if (shown._tag === "Failure") {
      return yield* store.postpone(record.id, record.state, DateTime.addDuration(now, whileAway), false)
    }
    if (shown.success !== undefined && shown.success !== false)
      return yield* confirm(record, slot, shown.success.answer)
    const since = DateTime.distance(record.facts.sentAt ?? record.createdAt, now)
    const over = record.looks + 1 >= leastLooks && Duration.isGreaterThanOrEqualTo(since, window)
    if (shown.success === false && !over) {
      return yield* store.postpone(record.id, record.state, DateTime.addDuration(now, nextLook(record.looks)), true)
    }
    yield* move(record, "giveUp", { outcome: "unconfirmed" })
  })

  const attend = Effect.fnUntraced(
    function* (record: CommandRecord) {
      const slot = slotOf(record.name)
      if (slot === undefined || running.has(record.id)) return
      if (record.state === "awaitingApproval") yield* expire(record)
      else if (record.state === "sending") yield* takeOver(record, slot)
      else yield* reconcile(record, slot)
    },
    // One that cannot be looked after now is due again in half a minute, and stands in the way of no other.
    (attending, { id }) =>
      Effect.catchCause(attending, (cause) =>
        Effect.annotateLogs(Effect.logWarning("A command could not be looked after", cause), { "command.id": id })
      )
  )

  const sweep = outbox.sweep.pipe(
    Effect.andThen(store.takeDue(batch)),
    Effect.flatMap((due) => Effect.forEach(due, attend, { concurrency, discard: true })),
    Effect.catchCause((cause) => Effect.logWarning("It could not be looked which commands are due", cause))
  )
  const purge = Effect.gen(function* () {
    yield* store.purge(DateTime.subtractDuration(yield* DateTime.now, forgottenAfter))
  }).pipe(Effect.catchCause((cause) => Effect.logWarning("Old commands could not be forgotten", cause)))

  /** Nobody else can be carrying anything out on a database that one process owns. */
  const atStart =
    engine === "embedded"
      ? Effect.andThen(
          outbox.callIn,
          Effect.flatMap(store.orphans, (orphans) => Effect.forEach(orphans, attend, { discard: true }))
        )
      : Effect.void

  return {
    atStart,
    sweep,
    background: Effect.all(
      [Effect.schedule(sweep, Schedule.spaced(pause)), Effect.schedule(purge, Schedule.spaced("1 hour"))],
      { concurrency: 2, discard: true }
    )
  }
})
