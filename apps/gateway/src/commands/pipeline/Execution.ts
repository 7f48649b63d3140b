import { CommandFateUnknown } from "@resync/api/CommandProblems"
import type { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { Problem } from "@resync/api/Problem"
import type { Audit } from "@resync/identity/audit/Audit"
import { Cause, DateTime, Duration, Effect, Exit } from "effect"
import type { Failed, Seen } from "../../dispatch/Command.ts"
import type { AuditOutbox } from "./AuditOutbox.ts"
import * as CommandAudit from "./CommandAudit.ts"
import type { CommandEvent } from "./CommandLife.ts"
import type { Facts, Result } from "./CommandRecord.ts"
import type { Change, CommandStore } from "./CommandStore.ts"
import type { Slot } from "./Slot.ts"

/** When the effect of an action is looked for first: the scheduler's mirror of the plan lags. */
export const firstLook = Duration.seconds(2)

/** What came of an action: where the command goes, what it answers, and what is written down. */
interface End {
  readonly event: CommandEvent
  readonly result?: Result
  readonly exit: Exit.Exit<unknown, Problem>
  readonly outcome: "accepted" | "done" | "refused" | "failed" | "unknown"
  readonly facts?: Facts
  /** What went wrong where the fate is unknown. */
  readonly cause?: Problem
}

const failureOf = <E>(cause: Cause.Cause<E>): E | undefined =>
  cause.reasons.find((reason) => reason._tag === "Fail")?.error

const endOf = (slot: Slot, told: CommandAudit.Told, exit: Exit.Exit<unknown, Failed<Problem>>): End => {
  const { command, handler } = slot
  if (exit._tag === "Success") {
    const expects = handler.expects?.(exit.value)
    return {
      event: expects === undefined ? "finish" : "accept",
      outcome: expects === undefined ? "done" : "accepted",
      result: { _tag: "Answer", answer: slot.encodeAnswer(exit.value) },
      exit: Exit.succeed(exit.value),
      ...(expects === undefined ? {} : { facts: { ...told.facts, expects } })
    }
  }
  const failure = failureOf(exit.cause)
  if (failure !== undefined && failure.fate !== "unknown") {
    return {
      event: failure.fate === "refused" ? "refuse" : "fail",
      outcome: failure.fate === "refused" ? "refused" : "failed",
      result: { _tag: "Problem", problem: slot.encodeProblem(failure.problem) },
      exit: Exit.fail(failure.problem)
    }
  }
  // An end that nobody expected, or the service going down: it may have been sent.
  const problem = new CommandFateUnknown({
    commandId: told.id,
    state: "unknown",
    detail: `${command.name} was sent, and it is not known whether it was carried out: look at /api/v1/commands/${told.id}`
  })
  return {
    event: "lose",
    outcome: "unknown",
    exit: Exit.fail(command.repeatable && failure !== undefined ? failure.problem : problem),
    ...(failure === undefined ? {} : { cause: failure.problem })
  }
}

/** What is told of how a command ended. */
const entryOf = (slot: Slot, { cause, exit, outcome, result }: End): CommandAudit.Entry => ({
  phase: "outcome",
  outcome,
  ...(exit._tag === "Success" && slot.handler.made !== undefined ? { target: slot.handler.made(exit.value) } : {}),
  ...(exit._tag === "Success" && slot.handler.after !== undefined
    ? { after: slot.handler.after(exit.value) }
    : result?._tag === "Answer"
      ? { after: result.answer }
      : {}),
  ...(result?._tag === "Problem" ? { detail: result.problem } : {}),
  ...(cause === undefined ? {} : { detail: slot.encodeProblem(cause) })
})

/**
 * Carries a command out once it may be. The intent is in the audit trail before anything is done, so that nothing is ever done
 * that is not; the outcome follows. From the intent on nothing interrupts it but the end of the service, and then it is
 * written down that its fate is unknown.
 */
export const execute = Effect.fnUntraced(function* (
  services: {
    readonly store: CommandStore["Service"]
    readonly audit: Audit["Service"]
    readonly outbox: AuditOutbox["Service"]
  },
  slot: Slot,
  told: CommandAudit.Told,
  request: unknown,
  seen: Seen | undefined
): Effect.fn.Return<unknown, Problem, CurrentPrincipal> {
  const { audit, outbox, store } = services
  const approval = told.facts.approval
  const intent = CommandAudit.draft(told, {
    phase: "intent",
    before: seen?.before,
    detail: {
      request: told.facts.request,
      ...(approval?.decidedBy === undefined ? {} : { approvedBy: { ...approval.decidedBy }, policy: approval.policy })
    }
  })
  yield* CommandAudit.write(audit, [intent], { commandId: told.id, sent: false }).pipe(
    Effect.tapError(() => CommandAudit.endUnrecorded(store, told, "fail"))
  )
  return yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(restore(slot.handler.act(request, { commandId: told.id, seen })))
      const unexpected = exit._tag === "Failure" && failureOf(exit.cause) === undefined
      if (unexpected && !Cause.hasInterruptsOnly(exit.cause)) yield* Effect.logError("A command failed", exit.cause)
      const end = endOf(slot, told, exit)
      const waits = end.event === "accept" || end.event === "lose"
      const owes = CommandAudit.owe(told, entryOf(slot, end))
      const change: Change = {
        ...(end.result === undefined ? {} : { result: end.result }),
        facts: end.facts ?? told.facts,
        owes,
        ...(waits ? { dueAt: DateTime.addDuration(yield* DateTime.now, firstLook) } : {}),
        ...(end.event === "fail" || (end.event === "lose" && slot.command.repeatable) ? { releaseKey: true } : {})
      }
      // Where it cannot be kept it stays as it is; its lease runs out, and then it is looked for in the plan.
      const [kept, written] = yield* Effect.all(
        [
          Effect.exit(store.move(told.id, end.event, change)),
          Effect.exit(CommandAudit.orFail({ commandId: told.id, sent: true })(audit.append([owes.entry])))
        ],
        { concurrency: 2 }
      )
      if (written._tag === "Failure") {
        // It had moved elsewhere, which keeps nothing of this end.
        if (kept._tag === "Success" && kept.value === undefined) yield* Effect.ignore(store.owed.owe(told.id, owes))
        return yield* Effect.failCause(written.cause)
      }
      if (kept._tag === "Failure") {
        return yield* CommandAudit.storeUnavailable({ commandId: told.id, sent: true })(Cause.squash(kept.cause))
      }
      outbox.settle(owes)
      return yield* end.exit
    })
  )
})
