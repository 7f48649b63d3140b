import { CommandFateUnknown, CommandInProgress, CommandNotApproved, SecretShownOnce } from "@resync/api/CommandProblems"
import type { Problem } from "@resync/api/Problem"
import { Effect } from "effect"
import type { CommandRecord } from "./CommandRecord.ts"
import type { Ran } from "./Commands.ts"
import type { Slot } from "./Slot.ts"

/** The answer that waits for somebody else to agree. */
export const awaiting = (
  { facts, id }: Pick<CommandRecord, "facts" | "id">,
  replayed: boolean
): Ran<never> | undefined =>
  facts.approval === undefined
    ? undefined
    : {
        _tag: "Awaiting",
        awaiting: {
          state: "awaitingApproval",
          commandId: id,
          policy: facts.approval.policy,
          expiresAt: facts.approval.expiresAt
        },
        commandId: id,
        replayed
      }

/** What a command is answered with that was begun before: what it was answered with then, and never a second action. */
export const replay = (slot: Slot, record: CommandRecord): Effect.Effect<Ran<unknown>, Problem> => {
  const { id, result, state } = record
  const waiting = awaiting(record, true)
  if (state === "awaitingApproval" && waiting !== undefined) return Effect.succeed(waiting)
  if (state === "rejected" || state === "expired") {
    return Effect.fail(new CommandNotApproved({ commandId: id, reason: state }))
  }
  if (state === "sending") return Effect.fail(new CommandInProgress({ commandId: id, retryAfter: 1 }))
  if (result?._tag === "Answer" && slot.command.shownOnce) {
    return Effect.fail(
      new SecretShownOnce({ commandId: id, detail: "It was carried out, and its secret was shown then" })
    )
  }
  if (result?._tag === "Answer") {
    return Effect.succeed({ _tag: "Answered", answer: slot.decodeAnswer(result.answer), commandId: id, replayed: true })
  }
  if (result?._tag === "Problem") return Effect.fail(slot.decodeProblem(result.problem))
  return Effect.fail(
    new CommandFateUnknown({
      commandId: id,
      state: state === "unconfirmed" ? "unconfirmed" : "unknown",
      detail:
        state === "unconfirmed"
          ? "It was sent, and the plan never showed its effect. It is not sent again with this key"
          : `It was sent, and its effect is looked for in the plan: look at /api/v1/commands/${id}`
    })
  )
}
