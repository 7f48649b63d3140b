import { type Plan } from "../plan/Plan.ts"
import { findJob } from "../plan/PlanId.ts"
import { isUuid } from "../plan/Uuid.ts"
import { type ApiError, badKey, notFound } from "../wire/ApiError.ts"
import { jobView } from "../wire/JobV2.ts"
import { jobTable, mirrored } from "../wire/Tables.ts"
import { type Exchange, route } from "./Exchange.ts"
import { answer, listPage, scopeOf } from "./PlanRequest.ts"

/** The row of the job that the path names. */
export const jobOfPath = (plan: Plan, exchange: Exchange): number | ApiError => {
  const id = exchange.params["job_id"] ?? ""
  if (!isUuid(id)) return id.includes(";") ? badKey(id) : notFound("job", id)
  const job = findJob(plan, id)
  return job === undefined || job >= mirrored(plan, plan.jobs.count) ? notFound("job", id) : job
}

export const planJobRoutes = [
  route("GET", "/twsd/api/v2/plan/job", (exchange) =>
    answer((plan) => {
      const scope = scopeOf(exchange, false)
      return listPage(exchange, jobTable(plan, exchange.headers["base-folder"]), (job) => jobView(plan, job, scope))
    })
  ),
  route("GET", "/twsd/api/v2/plan/job/:job_id", (exchange) =>
    answer((plan) => {
      const job = jobOfPath(plan, exchange)
      return typeof job === "number" ? jobView(plan, job, scopeOf(exchange, true)) : job
    })
  )
] as const
