import type { Command } from "./Command.ts"

/** What can happen in the plan by itself. */
export type PlanEvent =
  | { readonly _tag: "StreamDue"; readonly stream: number; readonly epoch: number }
  | { readonly _tag: "JobGate"; readonly job: number; readonly epoch: number }
  | { readonly _tag: "JobBegins"; readonly job: number; readonly run: number; readonly epoch: number }
  | { readonly _tag: "JobEnds"; readonly job: number; readonly run: number; readonly epoch: number }
  | {
      readonly _tag: "JobReruns"
      readonly job: number
      readonly run: number
      readonly epoch: number
      readonly type: "RECOVERY_RERUN" | "RERUN_EVERY"
    }
  | {
      readonly _tag: "OperatorReruns" | "OperatorConfirms"
      readonly job: number
      readonly run: number
      readonly epoch: number
    }
  | { readonly _tag: "OperatorReplies"; readonly prompt: number; readonly epoch: number }
  | { readonly _tag: "FileArrives"; readonly file: number; readonly epoch: number }
  | { readonly _tag: "AgentDrops"; readonly workstation: number; readonly turn: number }
  | { readonly _tag: "AgentRelinks"; readonly workstation: number; readonly turn: number }
  | { readonly _tag: "Commanded"; readonly command: Command }
