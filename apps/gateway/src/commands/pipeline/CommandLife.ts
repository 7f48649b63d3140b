import type { CommandState } from "@resync/api/Command"

/** What happens to a command. */
export type CommandEvent =
  | "approve"
  | "reject"
  | "expire"
  | "accept"
  | "finish"
  | "refuse"
  | "fail"
  | "lose"
  | "confirm"
  | "giveUp"

/**
 * The life of a command: where each event leads to, from where. What is not here does not happen. An answer that comes after a
 * command was given up for lost still counts, since it says more than the plan does.
 */
export const life: Readonly<
  Record<CommandEvent, { readonly from: ReadonlyArray<CommandState>; readonly to: CommandState }>
> = {
  approve: { from: ["awaitingApproval"], to: "sending" },
  reject: { from: ["awaitingApproval"], to: "rejected" },
  expire: { from: ["awaitingApproval"], to: "expired" },
  accept: { from: ["sending", "unknown"], to: "accepted" },
  finish: { from: ["sending", "unknown"], to: "done" },
  refuse: { from: ["sending", "unknown"], to: "refused" },
  fail: { from: ["sending", "unknown"], to: "failed" },
  lose: { from: ["sending"], to: "unknown" },
  confirm: { from: ["accepted", "unknown"], to: "confirmed" },
  giveUp: { from: ["accepted", "unknown"], to: "unconfirmed" }
}

/** Where an event leads to; nothing when it does not happen there. */
export const step = (state: CommandState, event: CommandEvent): CommandState | undefined =>
  life[event].from.includes(state) ? life[event].to : undefined

/** States that last. */
export const isFinal = (state: CommandState): boolean => !Object.values(life).some(({ from }) => from.includes(state))
