import { parsePlanFilter } from "../oql/PlanFilter.ts"
import { statusName } from "../plan/JobStatus.ts"
import { type Plan } from "../plan/Plan.ts"
import { resyncMillis } from "../plan/PlanDay.ts"
import { findJob, findStream } from "../plan/PlanId.ts"
import { type ApiError, apiError } from "./ApiError.ts"
import { jobFields, jobStreamFields } from "./JobFields.ts"
import { streamStatus } from "./JobStreamStatusV2.ts"
import { planJobName, planStreamFolder, planStreamName, workstationName } from "./Naming.ts"
import { type Table } from "./Select.ts"

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
    filter.workstation("/", workstationName(plan, streams.workstation.get(stream))) &&
    filter.stream(planStreamFolder(plan, stream), planStreamName(plan, stream))
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
      filter.job(planJobName(plan, job))
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
