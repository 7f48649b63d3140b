import { dependenciesOfStream } from "../plan/Dependency.ts"
import { type Plan, StreamFlag, streamNode } from "../plan/Plan.ts"
import { type ApiError, apiError, badRequest, isApiError, wrongState } from "../wire/ApiError.ts"
import { readDependencies, readKeys } from "../wire/DependencyPayload.ts"
import { planStreamKey } from "../wire/Naming.ts"
import { DependenciesInfo, PlanPatch, readPayload } from "../wire/Payload.ts"
import type { RowAction } from "./RowAction.ts"

const isOpen = (plan: Plan, stream: number): boolean =>
  (plan.streams.flags.get(stream) & (StreamFlag.done | StreamFlag.canceled)) === 0

const refuse = (plan: Plan, stream: number, action: string): ApiError =>
  wrongState(`The action ${action} is not valid for the job stream "${planStreamKey(plan, stream)}": it is complete.`)

const whileOpen = (
  verb: string,
  tag: "HoldStream" | "ReleaseStream" | "CancelStream" | "CancelPendingStream"
): RowAction => ({
  verb,
  orders: (plan, stream) => (isOpen(plan, stream) ? [{ _tag: tag, stream }] : refuse(plan, stream, verb))
})

const addDependencies: RowAction = {
  verb: "add-dependencies",
  body: true,
  orders: (plan, stream, { body }) => {
    const info = readPayload(DependenciesInfo, body)
    if (isApiError(info)) return info
    if (!isOpen(plan, stream)) return refuse(plan, stream, "add-dependencies")
    const dependencies = readDependencies(plan, info)
    return isApiError(dependencies)
      ? dependencies
      : [{ _tag: "AddDependencies", node: streamNode(stream), dependencies }]
  }
}

const dropDependencies = (verb: string): RowAction => ({
  verb,
  body: true,
  orders: (plan, stream, { body }) => {
    const info = readPayload(DependenciesInfo, body)
    if (isApiError(info)) return info
    const keys = readKeys(
      plan,
      info,
      dependenciesOfStream(plan, stream),
      apiError(400, "InvalidDependencyException", "AWSBHU043E The job stream does not have this dependency.")
    )
    return isApiError(keys) ? keys : [{ _tag: "RemoveDependencies", node: streamNode(stream), keys }]
  }
})

const releaseAll: RowAction = {
  verb: "release-all-dependencies",
  orders: (plan, stream) =>
    isOpen(plan, stream)
      ? [{ _tag: "RemoveDependencies", node: streamNode(stream), keys: "all" }]
      : refuse(plan, stream, "release-all-dependencies")
}

/** What can be ordered for a job stream. */
export const jobStreamActions: ReadonlyArray<RowAction> = [
  whileOpen("hold", "HoldStream"),
  whileOpen("release", "ReleaseStream"),
  whileOpen("cancel", "CancelStream"),
  whileOpen("cancel-pending", "CancelPendingStream"),
  addDependencies,
  dropDependencies("remove-dependencies"),
  dropDependencies("release-dependencies"),
  releaseAll
]

/** Priority and limit are changed by a merge patch. */
export const jobStreamPatch: RowAction = {
  verb: "patch",
  body: true,
  orders: (_, stream, { body }) => {
    const patch = readPayload(PlanPatch, body)
    if (isApiError(patch)) return patch
    const { limit, priority } = patch
    if (limit === undefined && priority === undefined) {
      return badRequest("Of a job stream only the priority and the limit can be changed.")
    }
    if (priority !== undefined && (priority < 0 || priority > 101)) return badRequest("The priority is not valid.")
    if (limit !== undefined && (limit < -1 || limit > 1024)) return badRequest("The limit is not valid.")
    return [
      ...(priority === undefined ? [] : [{ _tag: "SetStreamPriority" as const, stream, priority }]),
      ...(limit === undefined ? [] : [{ _tag: "SetStreamLimit" as const, stream, limit }])
    ]
  }
}
