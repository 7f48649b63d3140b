import { type Dependency, dependencyKey } from "../plan/Dependency.ts"
import type { Plan } from "../plan/Plan.ts"
import { findJob, findObject, findStream } from "../plan/PlanId.ts"
import { IdKind } from "../plan/Uuid.ts"
import { type ApiError, isApiError, notFound } from "./ApiError.ts"
import type { DependenciesInfo, DependencyPayload } from "./Payload.ts"

type Payload = typeof DependencyPayload.Type

const target = (plan: Plan, one: Payload): readonly [kind: Dependency["kind"], row: number | undefined] => {
  const id = one.id ?? ""
  switch (one.dependencyType) {
    case "INTERNAL":
    case "EXTERNAL_JOB":
      return ["job", findJob(plan, one.jobId ?? id)]
    case "EXTERNAL_JOBSTREAM":
      return ["stream", findStream(plan, one.jobStreamId ?? id)]
    case "PROMPT":
      return ["prompt", findObject(plan, IdKind.prompt, id)]
    case "FILE":
      return ["file", findObject(plan, IdKind.file, one.file?.id ?? id)]
    default:
      return ["resource", findObject(plan, IdKind.resource, id)]
  }
}

/** The dependencies that a body names, in the plan's terms. */
export const readDependencies = (
  plan: Plan,
  info: typeof DependenciesInfo.Type
): ReadonlyArray<Dependency> | ApiError => {
  const found: Array<Dependency> = []
  for (const one of info.dependencies) {
    const [kind, row] = target(plan, one)
    if (row === undefined) return notFound("dependency", one.id ?? one.jobId ?? one.jobStreamId ?? one.dependencyType)
    found.push({ kind, target: row, quantity: one.quantity ?? 1 })
  }
  return found
}

/** The keys of the dependencies that a body names; AWSBHU043E when the node does not have one of them. */
export const readKeys = (
  plan: Plan,
  info: typeof DependenciesInfo.Type,
  current: ReadonlyArray<Dependency>,
  missing: ApiError
): ReadonlyArray<string> | ApiError => {
  const named = readDependencies(plan, info)
  if (isApiError(named)) return named
  const keys = new Set(current.map(dependencyKey))
  return named.every((one) => keys.has(dependencyKey(one))) ? named.map(dependencyKey) : missing
}
