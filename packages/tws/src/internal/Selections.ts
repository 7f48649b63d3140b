import { DateTime } from "effect"
import type { Job } from "../model/Job.ts"
import type { JobStream } from "../model/JobStream.ts"
import type { ModelObject } from "../model/ModelObject.ts"
import type { Prompt } from "../model/Prompt.ts"
import type {
  JobQuery,
  JobStreamQuery,
  ModelQuery,
  PromptQuery,
  ResourceQuery,
  WorkstationQuery
} from "../model/Query.ts"
import type { Resource } from "../model/Resource.ts"
import type { Workstation } from "../model/Workstation.ts"
import * as Oql from "../Oql.ts"
import type { Selection } from "./Lists.ts"

/** One thing that a query demands: as the scheduler can be told, and as a test of the item where that says too much. */
interface Demand<A> {
  readonly condition?: Oql.Condition
  readonly residual?: { readonly key: string; readonly holds: (item: A) => boolean }
}

const select = <A>(
  demands: ReadonlyArray<Demand<A> | undefined>,
  rest: Pick<Selection<A>, "orderBy" | "headers">
): Selection<A> => {
  const given = demands.filter((demand) => demand !== undefined)
  const residuals = given.flatMap(({ residual }) => (residual === undefined ? [] : [residual]))
  return {
    ...rest,
    conditions: given.flatMap(({ condition }) => (condition === undefined ? [] : [condition])),
    residual:
      residuals.length === 0
        ? undefined
        : {
            key: residuals.map(({ key }) => key).join("&"),
            holds: (item) => residuals.every(({ holds }) => holds(item))
          }
  }
}

const named = <A>(
  field: string,
  pattern: string | undefined,
  read: (item: A) => string | undefined
): Demand<A> | undefined => {
  if (pattern === undefined) return undefined
  const condition = Oql.matches(field, pattern)
  if (Oql.isExact(pattern)) return { condition }
  const matches = Oql.matcher(pattern)
  return { condition, residual: { key: `${field}~${pattern}`, holds: (item) => matches(read(item) ?? "") } }
}

/** A workstation is a path. A bare name means the workstation of that name in any folder. */
const onWorkstation = <A>(
  pattern: string | undefined,
  read: (item: A) => string | undefined
): Demand<A> | undefined => {
  if (pattern === undefined || pattern.startsWith("/")) return named("workstation", pattern, read)
  const anywhere = `*/${pattern}`
  const demand = named("workstation", anywhere, read)
  return pattern.includes("*") || pattern.includes("?")
    ? demand
    : { ...demand, condition: Oql.or(Oql.equals("workstation", `/${pattern}`), Oql.matches("workstation", anywhere)) }
}

const oneOf = <A>(field: string, values: ReadonlyArray<string> | undefined): Demand<A> | undefined =>
  values === undefined || values.length === 0 ? undefined : { condition: Oql.isIn(field, values) }

/** The query language compares instants on newer engines only, so the period is judged here. */
const within = <A>(
  from: DateTime.Utc | undefined,
  to: DateTime.Utc | undefined,
  read: (item: A) => DateTime.Utc | undefined
): Demand<A> | undefined =>
  from === undefined && to === undefined
    ? undefined
    : {
        residual: {
          key: `from${from?.epochMilliseconds ?? ""}to${to?.epochMilliseconds ?? ""}`,
          holds: (item) => {
            const at = read(item)
            return (
              at !== undefined &&
              (from === undefined || DateTime.isGreaterThanOrEqualTo(at, from)) &&
              (to === undefined || DateTime.isLessThan(at, to))
            )
          }
        }
      }

const order = (
  fields: Readonly<Record<string, string>>,
  query: { readonly sort?: string; readonly direction?: "asc" | "desc" }
): ReadonlyArray<Oql.OrderBy> => {
  const field = query.sort === undefined ? undefined : fields[query.sort]
  return field === undefined ? [] : [{ field, direction: query.direction ?? "asc" }]
}

const scope = (dependencies: boolean | undefined) => ({
  scope: dependencies === true ? "WHOLE" : "WHOLE_NO_DEPENDENCIES"
})

export const jobs = (query: JobQuery): Selection<Job> =>
  select<Job>(
    [
      oneOf("id", query.ids),
      oneOf("lastRunCommonStatus", query.status),
      onWorkstation(query.workstation, (job) => job.workstation),
      named("jobStreamName", query.jobStream, (job) => job.jobStreamName),
      query.jobStreamId === undefined ? undefined : { condition: Oql.equals("jobStreamId", query.jobStreamId) },
      named("name", query.name, (job) => job.name),
      query.critical === undefined
        ? undefined
        : { residual: { key: `critical${query.critical}`, holds: (job) => job.critical === query.critical } },
      within(query.from, query.to, (job) => job.scheduledAt)
    ],
    {
      orderBy: order(
        {
          name: "name",
          workstation: "workstation",
          jobStream: "jobStreamName",
          scheduledAt: "schedTime",
          priority: "priority",
          status: "lastRunCommonStatus"
        },
        query
      ),
      headers: scope(query.dependencies)
    }
  )

export const jobStreams = (query: JobStreamQuery): Selection<JobStream> =>
  select<JobStream>(
    [
      oneOf("commonStatus", query.status),
      onWorkstation(query.workstation, (stream) => stream.workstation),
      named("name", query.name, (stream) => stream.name),
      within(query.from, query.to, (stream) => stream.scheduledAt)
    ],
    {
      orderBy: order(
        {
          name: "name",
          workstation: "workstation",
          scheduledAt: "schedTime",
          priority: "priority",
          status: "commonStatus"
        },
        query
      ),
      headers: scope(query.dependencies)
    }
  )

export const workstations = (query: WorkstationQuery): Selection<Workstation> =>
  select<Workstation>(
    [
      named("name", query.name, (workstation) => workstation.name),
      query.linked === undefined
        ? undefined
        : { residual: { key: `linked${query.linked}`, holds: ({ linked }) => linked === query.linked } }
    ],
    { orderBy: order({ name: "name", type: "type" }, query) }
  )

export const resources = (query: ResourceQuery): Selection<Resource> =>
  select<Resource>(
    [
      named("name", query.name, (resource) => resource.name),
      onWorkstation(query.workstation, (resource) => resource.workstation)
    ],
    { orderBy: order({ name: "name", workstation: "workstation" }, query) }
  )

export const prompts = (query: PromptQuery): Selection<Prompt> =>
  select<Prompt>([oneOf("status", query.status)], { orderBy: [] })

export const modelObjects = (query: ModelQuery): Selection<ModelObject> =>
  select<ModelObject>(
    [
      named("name", query.name, (object) => object.name),
      named("folder", query.folder, (object) => object.folder),
      onWorkstation(query.workstation, (object) => object.workstation)
    ],
    { orderBy: [] }
  )
