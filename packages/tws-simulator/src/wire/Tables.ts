import { like } from "../oql/Like.ts"
import { valuesAt } from "../oql/OqlEvaluate.ts"
import { everything, parsePlanFilter } from "../oql/PlanFilter.ts"
import { statusName } from "../plan/JobStatus.ts"
import type { Plan } from "../plan/Plan.ts"
import { resyncMillis } from "../plan/PlanDay.ts"
import { findJob, findObject, findStream } from "../plan/PlanId.ts"
import { IdKind } from "../plan/Uuid.ts"
import { type ApiError, apiError } from "./ApiError.ts"
import { jobFields, jobStreamFields } from "./JobFields.ts"
import { streamStatus } from "./JobStreamStatusV2.ts"
import { planJobName, planStreamFolder, planStreamName, workstationName } from "./Naming.ts"
import { fileView, promptView, resourceView } from "./PlanObjectsV2.ts"
import type { Table } from "./Select.ts"
import { workstationView } from "./WorkstationV2.ts"

/**
 * How much of the mirror is there: all of it, except while it is rebuilt after a new plan took over. Then it fills up row
 * by row, and in the first fifth of that time nothing can be read at all.
 */
export const mirrored = (plan: Plan, rows: number): number => {
  const left = plan.resyncUntil - plan.now
  return left <= 0 ? rows : Math.floor(rows * (1 - left / resyncMillis))
}

/** The refusal of every read while the mirror is not loaded yet, or `undefined`. */
export const unloaded = (plan: Plan): ApiError | undefined =>
  plan.resyncUntil - plan.now > resyncMillis * 0.8
    ? apiError(
        500,
        "DatabaseException",
        "AWSJDB801E An internal error occurred: the plan is being loaded in the database."
      )
    : undefined

const streamMatches = (plan: Plan, filter: ReturnType<typeof parsePlanFilter>) => {
  const { streams } = plan
  return (stream: number): boolean =>
    (filter.workstation === everything ||
      filter.workstation("/", workstationName(plan, streams.workstation.get(stream)))) &&
    (filter.stream === everything || filter.stream(planStreamFolder(plan, stream), planStreamName(plan, stream)))
}

export const jobTable = (plan: Plan, baseFolder?: string): Table => ({
  total: mirrored(plan, plan.jobs.count),
  fields: jobFields(plan),
  find: (id) => findJob(plan, id),
  planFilter: (source) => {
    const filter = parsePlanFilter(source, "job", baseFolder)
    const inStream = streamMatches(plan, filter)
    return (job) =>
      (filter.states === undefined || filter.states.has(statusName(plan.jobs.status.get(job)))) &&
      inStream(plan.jobs.stream.get(job)) &&
      (filter.job === everything || filter.job(planJobName(plan, job)))
  }
})

export const jobStreamTable = (plan: Plan, baseFolder?: string): Table => ({
  total: mirrored(plan, plan.streams.count),
  fields: jobStreamFields(plan),
  find: (id) => findStream(plan, id),
  planFilter: (source) => {
    const filter = parsePlanFilter(source, "stream", baseFolder)
    const matches = streamMatches(plan, filter)
    return (stream) => (filter.states === undefined || filter.states.has(streamStatus(plan, stream))) && matches(stream)
  }
})

const objectTable = (
  plan: Plan,
  size: number,
  view: (plan: Plan, index: number) => unknown,
  find: (id: string) => number | undefined,
  planFilter?: Table["planFilter"]
): Table => ({
  total: size,
  fields: (path) => {
    const name = path === "key.name" ? "name" : path
    return (row) => valuesAt(view(plan, row), name)
  },
  find,
  ...(planFilter === undefined ? {} : { planFilter })
})

export const workstationTable = (plan: Plan, baseFolder?: string): Table =>
  objectTable(
    plan,
    mirrored(plan, plan.workstations.length),
    workstationView,
    (id) => findObject(plan, IdKind.workstation, id),
    (source) => {
      const filter = parsePlanFilter(source, "workstation", baseFolder)
      return (row) => filter.workstation("/", workstationName(plan, row))
    }
  )

export const resourceTable = (plan: Plan, baseFolder?: string): Table =>
  objectTable(
    plan,
    mirrored(plan, plan.resources.length),
    resourceView,
    (id) => findObject(plan, IdKind.resource, id),
    (source) => {
      const filter = parsePlanFilter(source, "stream", baseFolder)
      return (row) =>
        filter.workstation("/", workstationName(plan, plan.resources[row]?.workstation ?? 0)) &&
        filter.stream("/", plan.resources[row]?.name ?? "")
    }
  )

export const promptTable = (plan: Plan): Table =>
  objectTable(
    plan,
    mirrored(plan, plan.prompts.length),
    promptView,
    (id) => findObject(plan, IdKind.prompt, id),
    (source) => {
      const test = like(source.slice(source.lastIndexOf("/") + 1))
      return (row) => test(plan.prompts[row]?.name ?? "")
    }
  )

export const fileTable = (plan: Plan): Table =>
  objectTable(
    plan,
    mirrored(plan, plan.files.length),
    fileView,
    (id) => findObject(plan, IdKind.file, id),
    (source) => {
      const hash = source.indexOf("#")
      const test = like(source.slice(hash + 1))
      return (row) => test(plan.files[row]?.name ?? "")
    }
  )
