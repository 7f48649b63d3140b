import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { isTerminal } from "../plan/JobStatus.ts"
import { jobNode, jobsOfStream, type Plan } from "../plan/Plan.ts"
import { type Order, Simulator } from "../Simulator.ts"
import { badRequest, isApiError } from "../wire/ApiError.ts"
import { criticalNetworks } from "../wire/CriticalNetwork.ts"
import { jobFilterV1, readFilter } from "../wire/FilterV1.ts"
import { after, walk } from "../wire/Graph.ts"
import { issuesOf } from "../wire/Issues.ts"
import { logLines } from "../wire/JobLogText.ts"
import { criticalViewV1, findJobV1, jobIdV1, jobViewV1 } from "../wire/V1.ts"
import { type Exchange, integer, json, route } from "./Exchange.ts"
import { jobActions, rerun } from "./JobActions.ts"
import { answer, readPlan } from "./PlanRequest.ts"
import type { RowAction } from "./RowAction.ts"

const base = "/twsd/plan/:plan_id"

/** The row of the job that the path names by its composite id. */
export const jobOf = (plan: Plan, exchange: Exchange) => findJobV1(plan, exchange.params["job_id"] ?? "")

/** Actions of V1 are answered 202 without a body. */
export const accepted = HttpServerResponse.empty({ status: 202 })

/** A body is read where the action needs one, and taken as empty when there is none. */
const bodyOf = (action: RowAction, exchange: Exchange): Effect.Effect<unknown> =>
  action.body === true ? Effect.orElseSucceed(exchange.json, () => ({})) : Effect.void

/** Orders an action and answers that it is accepted. */
export const act = (find: (plan: Plan, exchange: Exchange) => ReturnType<typeof jobOf>, action: RowAction) =>
  Effect.fnUntraced(function* (exchange: Exchange) {
    const simulator = yield* Simulator
    const body = yield* bodyOf(action, exchange)
    const orders = yield* readPlan((plan) => {
      const row = find(plan, exchange)
      return isApiError(row) ? row : action.orders(plan, row, { exchange, body })
    })
    yield* simulator.order(orders)
    return accepted
  })

/** V1 spells its verbs with `_`. */
export const spelled = (verb: string): string => verb.replaceAll("-", "_")

const ownRoutes = [
  route("GET", `${base}/job/:job_id`, (exchange) =>
    answer((plan) => {
      const job = jobOf(plan, exchange)
      return isApiError(job) ? job : jobViewV1(plan, job)
    })
  ),
  route("GET", `${base}/job/:job_id/joblog`, (exchange) =>
    answer((plan) => {
      const job = jobOf(plan, exchange)
      if (isApiError(job)) return job
      const lines = integer(exchange, "lines", 1000, { min: 1, max: 1_000_000 })
      if (isApiError(lines)) return lines
      const page = integer(exchange, "pageNumber", 1, { min: 1, max: 1_000_000 })
      if (isApiError(page)) return page
      const from = (page - 1) * lines + 1
      const all = logLines(plan, job, Math.max(1, plan.jobs.run.get(job)), {
        contentOnly: false,
        from: 1,
        to: 1_000_000
      })
      return {
        fileId: jobIdV1(plan, job),
        pageNumber: page,
        totalPages: Math.max(1, Math.ceil(all.length / lines)),
        content: all.slice(from - 1, from - 1 + lines).join("\n")
      }
    })
  ),
  route("GET", `${base}/job/:job_id/jobsuccessors/preview`, (exchange) =>
    answer((plan) => {
      const job = jobOf(plan, exchange)
      if (isApiError(job)) return job
      const nodes = walk(plan, jobNode(job), after, 1000)
      const jobs = nodes.flatMap((node) => (node % 2 === 0 ? [node >> 1] : jobsOfStream(plan, node >> 1)))
      if (jobs.length > 1000 && exchange.query["failOnMaxJobs"] === "true") {
        return badRequest("The number of successors exceeds 1000.")
      }
      const shown = jobs.slice(0, 1000)
      const inner = (one: number): boolean => plan.jobs.stream.get(one) === plan.jobs.stream.get(job)
      return {
        job: jobViewV1(plan, job),
        internalSuccessors: shown.filter(inner).map((one) => jobViewV1(plan, one)),
        externalSuccessors: shown.filter((one) => !inner(one)).map((one) => jobViewV1(plan, one)),
        maxJobsReached: jobs.length > shown.length
      }
    })
  ),
  route("GET", `${base}/job/:job_id/critical_successors`, (exchange) =>
    answer((plan) => {
      const job = jobOf(plan, exchange)
      if (isApiError(job)) return job
      const nodes = new Set(walk(plan, jobNode(job), after, 1000))
      return criticalNetworks(plan)
        .filter((network) => nodes.has(jobNode(network.job)))
        .map((network) => criticalViewV1(plan, network))
    })
  ),
  route("POST", `${base}/job/issues`, (exchange) =>
    Effect.gen(function* () {
      const filter = readFilter(yield* exchange.json, "jobInPlanFilter")
      const issues = yield* readPlan((plan) => {
        const test = jobFilterV1(plan, filter)
        const rows = Array.from({ length: plan.jobs.count }, (_, row) => row)
        return rows.filter(test ?? (() => true)).flatMap((job) => issuesOf(plan, job))
      })
      return json({ issues: issues.slice(0, 1000) })
    })
  ),
  ...jobActions.map((action) => route("PUT", `${base}/job/:job_id/action/${spelled(action.verb)}`, act(jobOf, action))),
  route("PUT", `${base}/job/:job_id/action/rerun`, act(jobOf, rerun))
]

/** Runs the ended jobs after this one again, those of its own stream only when asked. */
const rerunSuccessors = (exchange: Exchange) =>
  Effect.gen(function* () {
    const simulator = yield* Simulator
    const orders = yield* readPlan((plan) => {
      const job = jobOf(plan, exchange)
      if (isApiError(job)) return job
      const nodes = walk(plan, jobNode(job), after, 1000)
      const jobs = nodes.flatMap((node) => (node % 2 === 0 ? [node >> 1] : jobsOfStream(plan, node >> 1)))
      const internalOnly = exchange.query["internalOnly"] === "true"
      const skipped = exchange.query["toSkipJobId"]
      return [job, ...jobs]
        .filter((one) => !internalOnly || plan.jobs.stream.get(one) === plan.jobs.stream.get(job))
        .filter((one) => isTerminal(plan.jobs.status.get(one)) && jobIdV1(plan, one) !== skipped)
        .map((one): Order => ({ _tag: "RerunJob", job: one, type: "RERUN_FROM", at: undefined, priority: 10 }))
    })
    yield* simulator.order(orders)
    return accepted
  })

/** The calls of V1 for one job. */
export const v1JobRoutes = [
  ...ownRoutes,
  ...["action/rerun", "list/action/rerun"].map((path) =>
    route("PUT", `${base}/job/:job_id/jobsuccessors/${path}`, rerunSuccessors)
  )
]
