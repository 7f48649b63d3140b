import type { JobAction } from "../model/JobAction.ts"
import type { JobStreamAction } from "../model/JobStreamAction.ts"
import type { WorkstationAction } from "../model/WorkstationAction.ts"
import type { ActionOptions } from "../Tws.ts"

/** One action in the scheduler's words: the path's last part, the query and the body. */
export interface Wording {
  readonly path: string
  readonly method: "PUT" | "PATCH"
  readonly urlParams?: Readonly<Record<string, number>>
  readonly body?: object
}

/** An action of its own. */
export const put = (path: string, rest: Omit<Wording, "path" | "method"> = {}): Wording => ({
  method: "PUT",
  path,
  ...rest
})

const cancel = (pending: boolean | undefined): Wording =>
  put(pending === true ? "/action/cancel-pending" : "/action/cancel")

/** An action on a job. */
export const wordJobAction = (action: Exclude<JobAction, { readonly _tag: "Rerun" | "SetPriority" }>): Wording => {
  switch (action._tag) {
    case "Cancel":
      return cancel(action.pending)
    case "Kill":
      return put("/action/kill")
    case "Hold":
      return put("/action/hold")
    case "Release":
      return put("/action/release")
    case "ReleaseDependencies":
      return put("/action/release-all-dependencies")
    case "ConfirmSuccess":
      return put("/action/confirm-succ", { body: {} })
    case "ConfirmAbend":
      return put("/action/confirm-abend", { body: {} })
  }
}

/** The action of its own takes no justification; the merge patch (RFC 7396), which does the same, does. */
export const wordPriority = (priority: number, options: ActionOptions): Wording =>
  options.justification === undefined
    ? put("/action/update-priority", { urlParams: { priority } })
    : { method: "PATCH", path: "", body: { priority } }

/** An action on a job stream. */
export const wordJobStreamAction = (action: JobStreamAction): Wording => {
  switch (action._tag) {
    case "Cancel":
      return cancel(action.pending)
    case "Hold":
      return put("/action/hold")
    case "Release":
      return put("/action/release")
    case "ReleaseDependencies":
      return put("/action/release-all-dependencies")
    // Job streams have no action for these two; they are changed by a merge patch (RFC 7396).
    case "SetPriority":
      return { method: "PATCH", path: "", body: { priority: action.priority } }
    case "SetLimit":
      return { method: "PATCH", path: "", body: { limit: action.limit } }
  }
}

/** An action on a workstation. */
export const wordWorkstationAction = (action: WorkstationAction): Wording => {
  switch (action._tag) {
    case "Link":
      return put("/action/link")
    case "Unlink":
      return put("/action/unlink")
    case "Start":
      return put("/action/start")
    case "Stop":
      return put("/action/stop")
    case "SetLimit":
      return put("/action/update-limit", { urlParams: { limit: action.limit } })
    case "SetFence":
      return put("/action/update-fence", { urlParams: { priority: action.fence } })
  }
}
