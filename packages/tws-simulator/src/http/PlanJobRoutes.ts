import { jobNode, type Plan } from "../plan/Plan.ts"
import { findJob, findRun, jobId } from "../plan/PlanId.ts"
import { isUuid } from "../plan/Uuid.ts"
import { type ApiError, badKey, badRequest, isApiError, notFound } from "../wire/ApiError.ts"
import { groupedCount } from "../wire/Counts.ts"
import { after, before, flowNodeView, walk } from "../wire/Graph.ts"
import { issuesOf } from "../wire/Issues.ts"
import { definitionInPlan, jobView } from "../wire/JobV2.ts"
import { selectAll } from "../wire/Select.ts"
import { jobTable, mirrored } from "../wire/Tables.ts"
import { type Exchange, integer, route } from "./Exchange.ts"
import { jobActions, jobPatch, jobPriorityAction, rerun } from "./JobActions.ts"
import { answer, foreignPlan, listPage, queryOf, scopeOf } from "./PlanRequest.ts"
import { type ActionTarget, actionRoutes, byFilter, patchRoutes, single } from "./RowAction.ts"

const base = "/twsd/api/v2/plan/job"

/** The row of the job that the path names. */
const jobOfPath = (plan: Plan, exchange: Exchange): number | ApiError => {
  const id = exchange.params["job_id"] ?? ""
  const foreign = foreignPlan(plan, exchange)
  if (foreign !== undefined) return foreign
  if (!isUuid(id)) return id.includes(";") ? badKey(id) : notFound("job", id)
  const job = findJob(plan, id)
  return job === undefined || job >= mirrored(plan, plan.jobs.count) ? notFound("job", id) : job
}

/** The row of the job whose last run the path names: only that one can be run again. */
const jobOfRun = (plan: Plan, exchange: Exchange): number | ApiError => {
  const id = exchange.params["run_id"] ?? ""
  const found = findRun(plan, id)
  if (found === undefined) return notFound("job run", id)
  return found.run < plan.jobs.run.get(found.job)
    ? badRequest(`The run "${id}" is not the last one of its job.`)
    : found.job
}

const jobs: ActionTarget = { base, parameter: "job_id", table: jobTable, idOf: jobId, rowOf: jobOfPath }

const neighbours = (exchange: Exchange, step: typeof before) =>
  answer((plan) => {
    const job = jobOfPath(plan, exchange)
    if (isApiError(job)) return job
    const depth = integer(exchange, "depth", 1, { min: 1, max: 1000 })
    if (isApiError(depth)) return depth
    const nodes = walk(plan, jobNode(job), step, depth)
    return { count: nodes.length, results: nodes.map((node) => flowNodeView(plan, node)) }
  })

export const planJobRoutes = [
  route("GET", base, (exchange) =>
    answer((plan) => {
      const scope = scopeOf(exchange, false)
      return listPage(plan, exchange, jobTable(plan, exchange.headers["base-folder"]), (job) =>
        jobView(plan, job, scope)
      )
    })
  ),
  route("GET", `${base}/count`, (exchange) =>
    answer((plan) => {
      const query = { oql: undefined, planFilter: exchange.query["plan_filter"] ?? "/@/@#/@/@.@" }
      const selected = selectAll(jobTable(plan, exchange.headers["base-folder"]), query)
      if (isApiError(selected)) return selected
      return groupedCount(plan, "job", selected.rows, exchange.query["grouping_filters"] ?? "")
    })
  ),
  route("GET", `${base}/issues`, (exchange) =>
    answer((plan) => {
      const selected = selectAll(jobTable(plan, exchange.headers["base-folder"]), queryOf(exchange), 1000)
      if (isApiError(selected)) return selected
      return { issues: selected.rows.flatMap((job) => issuesOf(plan, job)) }
    })
  ),
  route("GET", `${base}/:job_id`, (exchange) =>
    answer((plan) => {
      const job = jobOfPath(plan, exchange)
      return isApiError(job) ? job : jobView(plan, job, scopeOf(exchange, true))
    })
  ),
  route("GET", `${base}/:job_id/predecessors`, (exchange) => neighbours(exchange, before)),
  route("GET", `${base}/:job_id/successors`, (exchange) => neighbours(exchange, after)),
  route("GET", `${base}/:job_id/model/description`, (exchange) =>
    answer((plan) => {
      const job = jobOfPath(plan, exchange)
      return isApiError(job) ? job : { jobDefinition: definitionInPlan(plan, job) }
    })
  ),
  ...jobActions.flatMap((action) => actionRoutes(jobs, action)),
  ...patchRoutes(jobs, jobPatch),
  route("PUT", `${base}/:job_id/action/update-priority`, single(jobs, jobPriorityAction)),
  route("PUT", `${base}/action/rerun`, byFilter(jobs, rerun)),
  route("PUT", `${base}/run/:run_id/action/rerun`, single({ ...jobs, rowOf: jobOfRun }, rerun))
]
