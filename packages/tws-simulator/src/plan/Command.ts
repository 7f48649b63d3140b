import type { Dependency } from "./Dependency.ts"

/** What an operator can order. Rows are those of the plan when the command was accepted. */
export type Command = { readonly epoch: number } & (
  | { readonly _tag: "HoldJob" | "ReleaseJob" | "CancelJob" | "CancelPendingJob" | "KillJob"; readonly job: number }
  | { readonly _tag: "ConfirmJob"; readonly job: number; readonly success: boolean }
  | {
      readonly _tag: "RerunJob"
      readonly job: number
      readonly type: "RERUN" | "RERUN_FROM" | "RERUN_STEP"
      readonly at: number | undefined
      readonly priority: number | undefined
    }
  | { readonly _tag: "SetJobPriority"; readonly job: number; readonly priority: number }
  | { readonly _tag: "HoldStream" | "ReleaseStream" | "CancelStream" | "CancelPendingStream"; readonly stream: number }
  | { readonly _tag: "SetStreamPriority"; readonly stream: number; readonly priority: number }
  | { readonly _tag: "SetStreamLimit"; readonly stream: number; readonly limit: number }
  | { readonly _tag: "AddDependencies"; readonly node: number; readonly dependencies: ReadonlyArray<Dependency> }
  | { readonly _tag: "RemoveDependencies"; readonly node: number; readonly keys: ReadonlyArray<string> | "all" }
  | {
      readonly _tag: "ControlWorkstation"
      readonly workstation: number
      readonly order:
        | "link"
        | "unlink"
        | "start"
        | "stop"
        | "set-online"
        | "set-offline"
        | "start-event-monitoring"
        | "stop-event-monitoring"
        | "start-event-processor"
        | "stop-event-processor"
        | "become-mdm"
    }
  | { readonly _tag: "SetWorkstationLimit"; readonly workstation: number; readonly limit: number }
  | { readonly _tag: "SetWorkstationFence"; readonly workstation: number; readonly fence: number }
  | { readonly _tag: "SetResourceQuantity"; readonly resource: number; readonly quantity: number }
  | { readonly _tag: "ReplyPrompt"; readonly prompt: number; readonly answer: boolean }
  | {
      readonly _tag: "SubmitStream"
      readonly serial: number
      readonly definition: number
      readonly at: number | undefined
      readonly alias: string | undefined
      readonly priority: number | undefined
      readonly limit: number | undefined
    }
  | {
      readonly _tag: "SubmitJob"
      readonly serial: number
      /** The stream that the job is added to; by default JOBS of the workstation. */
      readonly stream: number | undefined
      readonly workstation: number
      readonly name: string
      readonly task: Record<string, unknown>
      readonly user: string
      readonly script: string
      readonly isCommand: boolean
      readonly estimatedMillis: number
      readonly definition: number | undefined
      readonly priority: number | undefined
      readonly at: number | undefined
    }
)

/** The commands with this tag. */
export type CommandOf<Tag extends Command["_tag"]> = Extract<Command, { readonly _tag: Tag }>
