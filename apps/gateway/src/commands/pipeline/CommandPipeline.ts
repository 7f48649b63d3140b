import { createHash } from "node:crypto"
import type { Approval } from "@resync/api/Command"
import { CommandId } from "@resync/api/CommandId"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import { IdempotencyKeyReused } from "@resync/api/Idempotency"
import type { Problem } from "@resync/api/Problem"
import * as UpstreamProblems from "@resync/api/UpstreamProblems"
import { Audit } from "@resync/identity/audit/Audit"
import { canonicalJson } from "@resync/identity/audit/canonicalJson"
import type { Principal } from "@resync/identity/model/Principal"
import { Clock, DateTime, Duration, Effect, Fiber, Schedule, Schema } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import type { Any, Failed, Seen } from "../../dispatch/Command.ts"
import { denied } from "../../dispatch/denied.ts"
import { outcomeOf } from "../../dispatch/outcomeOf.ts"
import { within } from "../../dispatch/within.ts"
import { AuditOutbox } from "./AuditOutbox.ts"
import * as Caller from "./Caller.ts"
import * as CommandAudit from "./CommandAudit.ts"
import type { CommandRecord, Facts } from "./CommandRecord.ts"
import { CommandStore, lease } from "./CommandStore.ts"
import type { Commands, Ran, RunOptions } from "./Commands.ts"
import { execute } from "./Execution.ts"
import * as Gates from "./Gates.ts"
import { awaiting, replay } from "./replay.ts"
import * as Slot from "./Slot.ts"

/** The justification in a request, which goes into the audit trail by itself. */
const justificationOf = (request: Schema.Json): Facts["justification"] => {
  const { justification } = request as { readonly justification?: Facts["justification"] }
  return justification
}

/** In the name of who asked, by the rights of who agrees. */
const inNameOf = ({ facts: { ownerId, requestedBy } }: CommandRecord, approver: Principal) => ({
  ...approver,
  ...requestedBy,
  kind: approver.kind,
  ownerId
})

const isUpstream = Schema.is(Schema.Union(UpstreamProblems.all))

/** What is seen where nobody looks. */
const nothing: Effect.Effect<Seen | undefined> = Effect.undefined

/** Finds the commands, keeps them, asks for approval, and carries them out. */
export const make = Effect.gen(function* () {
  const store = yield* CommandStore
  const audit = yield* Audit
  const outbox = yield* AuditOutbox
  const scope = yield* Effect.scope
  const slots = new Map<Any, Slot.Slot>()
  const byName = new Map<string, Slot.Slot>()
  const all = new Map<string, Any>()
  /** What this process carries out now. */
  const running = new Map<string, Fiber.Fiber<unknown, Problem>>()

  const unkept = CommandAudit.storeUnavailable({ sent: false })

  const { policyFor, refuse, withinScopes } = yield* Gates.make

  /** Carries a command out in the scope of the service: a caller who hangs up does not stop it. */
  const start = Effect.fnUntraced(function* (
    slot: Slot.Slot,
    told: CommandAudit.Told,
    request: unknown,
    seen: Seen | undefined
  ) {
    const { command, metrics } = slot
    const clock = yield* Clock.Clock
    const began = clock.currentTimeNanosUnsafe()
    const context = yield* Effect.context()
    const fiber = yield* execute({ store, audit, outbox }, slot, told, request, seen).pipe(
      Effect.withSpan(command.name, { attributes: { "resync.kind": "command", "resync.command.id": told.id } }),
      Effect.annotateLogs({ command: command.name, "command.id": told.id, object: told.facts.target?.id }),
      Effect.onExit((exit) =>
        Effect.sync(() => {
          running.delete(told.id)
          metrics.record(outcomeOf(exit), Number(clock.currentTimeNanosUnsafe() - began) / 1e9, context)
        })
      ),
      Effect.forkIn(scope)
    )
    if (fiber.pollUnsafe() === undefined) running.set(told.id, fiber)
    return fiber
  })

  const again = (slot: Slot.Slot, record: CommandRecord): Effect.Effect<Ran<unknown>, Problem> => {
    const fiber = running.get(record.id)
    return fiber === undefined
      ? replay(slot, record)
      : Effect.map(Fiber.join(fiber), (answer) => ({
          _tag: "Answered",
          answer,
          commandId: record.id,
          replayed: true
        }))
  }

  /** The command that the key belongs to, if it was used before; refused when it was used for another. */
  const known = Effect.fnUntraced(function* (principalId: string, key: string, fingerprint: string) {
    const record = yield* Effect.catchTag(store.find(principalId, key), "SqlError", unkept)
    if (record !== undefined && record.fingerprint !== fingerprint) {
      return yield* new IdempotencyKeyReused({ detail: "The key was used for another command" })
    }
    return record
  })

  const run = Effect.fnUntraced(function* (
    command: Any,
    request: unknown,
    options: RunOptions & { readonly parentId?: CommandId }
  ): Effect.fn.Return<Ran<unknown>, Problem, CurrentPrincipal> {
    const slot = slots.get(command)
    if (slot === undefined) return yield* Effect.die(new Error(`no handler for the command ${command.name}`))
    const caller = yield* Caller.current
    const { handler } = slot
    const encoded = slot.encodeRequest(request)
    const target = command.target(request)
    const justification = justificationOf(encoded)
    const id = CommandId.make(uuidV7Unsafe())
    const facts: Facts = {
      requestedBy: caller.actor,
      ...(caller.principal.ownerId === undefined ? {} : { ownerId: caller.principal.ownerId }),
      request: encoded,
      ...(target === undefined ? {} : { target }),
      ...(justification === undefined ? {} : { justification }),
      ...(caller.source === undefined ? {} : { source: caller.source }),
      ...(caller.correlationId === undefined ? {} : { correlationId: caller.correlationId }),
      ...(caller.traceId === undefined ? {} : { traceId: caller.traceId })
    }
    const told = { id, name: command.name, facts }
    const look = yield* Effect.cached(handler.look?.(request) ?? nothing)
    const denial = denied(command.access, caller.principal)
    if (denial !== undefined) return yield* refuse(denial, told)

    const { key, parentId } = options
    const principalId = caller.principal.id
    const fingerprint = createHash("sha256")
      .update(`${command.name}\n${canonicalJson(encoded)}`)
      .digest("hex")
    if (key !== undefined) {
      const record = yield* known(principalId, key, fingerprint)
      // What was answered before was asked within what the caller may.
      if (record !== undefined) return yield* again(slot, record)
    }
    yield* withinScopes(slot, caller, look, told)

    const approval = parentId === undefined ? yield* policyFor(slot, look, told) : undefined
    const seen = yield* Effect.orElseSucceed(look, () => undefined)
    const complete: Facts = {
      ...facts,
      ...(seen === undefined
        ? {}
        : {
            target: seen.target,
            before: seen.before,
            ...(seen.expects === undefined ? {} : { expects: seen.expects })
          }),
      ...(approval === undefined ? { sentAt: yield* DateTime.now } : { approval })
    }
    const begunTold = { id, name: command.name, facts: complete }
    const owes =
      approval === undefined
        ? undefined
        : CommandAudit.owe(begunTold, {
            phase: "event",
            before: seen?.before,
            detail: { approvalAskedBy: approval.policy, request: encoded }
          })
    const begin = store.begin({
      id,
      name: command.name,
      state: approval === undefined ? "sending" : "awaitingApproval",
      principalId,
      key,
      fingerprint,
      targetId: (seen?.target ?? target)?.id,
      parentId,
      dueAt: approval?.expiresAt ?? DateTime.addDuration(yield* DateTime.now, lease),
      facts: complete,
      ...(owes === undefined ? {} : { owes })
    })
    return yield* Effect.uninterruptibleMask(
      Effect.fnUntraced(function* (restore): Effect.fn.Return<Ran<unknown>, Problem, CurrentPrincipal> {
        if (!(yield* Effect.catchTag(begin, "SqlError", unkept))) {
          if (key === undefined) return yield* Effect.die(new Error("a command that was begun before is not there"))
          // Somebody else was first with the same key, and may have given it free by now.
          const record = yield* known(principalId, key, fingerprint)
          return yield* restore(record === undefined ? run(command, request, options) : again(slot, record))
        }
        const waits = awaiting({ id, facts: complete }, false)
        if (waits !== undefined && owes !== undefined) {
          yield* CommandAudit.orFail({ commandId: id, sent: false })(outbox.write(owes)).pipe(
            Effect.tapError(() => CommandAudit.endUnrecorded(store, begunTold, "expire"))
          )
          return waits
        }
        const fiber = yield* start(slot, begunTold, request, seen)
        return { _tag: "Answered", answer: yield* restore(Fiber.join(fiber)), commandId: id, replayed: false }
      })
    )
  })

  const perform = Effect.fnUntraced(function* (record: CommandRecord, approval: Approval) {
    const slot = byName.get(record.name)
    if (slot === undefined) return yield* Effect.die(new Error(`no handler for the command ${record.name}`))
    const request = slot.decodeRequest(record.facts.request)
    const approver = yield* CurrentPrincipal
    const principal = inNameOf(record, approver)
    const seen = yield* Effect.orElseSucceed(slot.handler.look?.(request) ?? nothing, () => undefined).pipe(
      Effect.provideService(CurrentPrincipal, principal)
    )
    const sentAt = yield* DateTime.now
    const facts: Facts = {
      ...record.facts,
      ...(seen?.expects === undefined ? {} : { expects: seen.expects }),
      approval,
      sentAt
    }
    const fiber = yield* Effect.uninterruptible(
      Effect.flatMap(
        store.move(record.id, "approve", { facts, dueAt: DateTime.addDuration(sentAt, lease) }),
        (moved) =>
          moved === undefined
            ? Effect.undefined
            : start(slot, { id: record.id, name: record.name, facts }, request, seen).pipe(
                Effect.provideService(CurrentPrincipal, principal)
              )
      )
    )
    if (fiber === undefined) return undefined
    yield* Fiber.await(fiber)
    return yield* store.get(record.id)
  })

  const outside: Commands["Service"]["outside"] = Effect.fnUntraced(function* (record) {
    const approver = yield* CurrentPrincipal
    const slot = byName.get(record.name)
    if (slot === undefined || approver.scopes.length === 0 || slot.command.everywhere) return undefined
    const target = record.facts.target ?? {}
    if (slot.handler.look === undefined) return within(approver)(target) ? undefined : target
    const seen = yield* slot.handler.look(slot.decodeRequest(record.facts.request)).pipe(
      Effect.provideService(CurrentPrincipal, inNameOf(record, approver)),
      Effect.catch(({ problem }) =>
        isUpstream(problem)
          ? Effect.fail<Failed<UpstreamProblems.UpstreamProblem>>({ fate: "notDone", problem })
          : Effect.undefined
      )
    )
    return Gates.outside(seen, approver)
  })

  // What takes longer than its lease is not taken for dead.
  yield* Effect.suspend(() => store.renew([...running.keys()])).pipe(
    Effect.catchCause((cause) => Effect.logWarning("The leases of commands could not be renewed", cause)),
    Effect.schedule(Schedule.spaced(Duration.divideUnsafe(lease, 3))),
    Effect.forkScoped
  )

  // A handler is kept under its command and has the command's types.
  const service = {
    all,
    handle: (command, handler) => {
      const slot = Slot.make(command, handler)
      slots.set(command, slot)
      byName.set(command.name, slot)
      all.set(command.name, command)
    },
    run: (command: Any, request: unknown, options: RunOptions = {}) => run(command, request, options),
    runItem: ({ id }: { readonly id: CommandId }, command: Any, request: unknown) =>
      run(command, request, { parentId: id }),
    perform,
    outside
  } as Commands["Service"]
  return { service, slotOf: (name: string) => byName.get(name), running }
})

export type CommandPipeline = Effect.Success<typeof make>
