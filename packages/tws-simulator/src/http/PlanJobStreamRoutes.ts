import { Effect } from "effect"
import { isTerminal } from "../plan/JobStatus.ts"
import { jobsOfStream, type Plan, streamNode } from "../plan/Plan.ts"
import { findStream, jobId, streamId } from "../plan/PlanId.ts"
import { isUuid } from "../plan/Uuid.ts"
import { type Order, Simulator } from "../Simulator.ts"
import { type ApiError, badKey, isApiError, notFound } from "../wire/ApiError.ts"
import { groupedCount } from "../wire/Counts.ts"
import { after, before, flowNodeView, walk } from "../wire/Graph.ts"
import { jobStreamView } from "../wire/JobStreamV2.ts"
import { selectAll } from "../wire/Select.ts"
import { jobStreamTable, mirrored } from "../wire/Tables.ts"
import { type Exchange, integer, json, route } from "./Exchange.ts"
import { jobStreamActions, jobStreamPatch } from "./JobStreamActions.ts"
import { answer, foreignPlan, listPage, readPlan, scopeOf } from "./PlanRequest.ts"
import { type ActionTarget, actionRoutes, patchRoutes, single } from "./RowAction.ts"

const base = "/twsd/api/v2/plan/jobstream"

/** The row of the job stream that the path names. */
const streamOfPath = (plan: Plan, exchange: Exchange): number | ApiError => {
  const id = exchange.params["jobstream_id"] ?? ""
  const foreign = foreignPlan(plan, exchange)
  if (foreign !== undefined) return foreign
  if (!isUuid(id)) return id.includes(";") ? badKey(id) : notFound("job stream", id)
  const stream = findStream(plan, id)
  return stream === undefined || stream >= mirrored(plan, plan.streams.count) ? notFound("job stream", id) : stream
}

const streams: ActionTarget = {
  base,
  parameter: "jobstream_id",
  table: jobStreamTable,
  idOf: streamId,
  rowOf: streamOfPath
}

const neighbours = (exchange: Exchange, step: typeof before) =>
  answer((plan) => {
    const stream = streamOfPath(plan, exchange)
    if (isApiError(stream)) return stream
    const depth = integer(exchange, "depth", 1, { min: 1, max: 1000 })
    if (isApiError(depth)) return depth
    const nodes = walk(plan, streamNode(stream), step, depth)
    return { count: nodes.length, results: nodes.map((node) => flowNodeView(plan, node)) }
  })

/** Runs the ended jobs of the streams after this one again. */
const rerunSuccessors = (exchange: Exchange) =>
  Effect.gen(function* () {
    const simulator = yield* Simulator
    const { orders, results } = yield* readPlan((plan) => {
      const stream = streamOfPath(plan, exchange)
      if (isApiError(stream)) return stream
      const depth = integer(exchange, "depth", 1, { min: 1, max: 1000 })
      if (isApiError(depth)) return depth
      const jobs = walk(plan, streamNode(stream), after, depth)
        .flatMap((node) => (node % 2 === 0 ? [node >> 1] : jobsOfStream(plan, node >> 1)))
        .filter((job) => isTerminal(plan.jobs.status.get(job)))
      return {
        orders: jobs.map((job): Order => ({ _tag: "RerunJob", job, type: "RERUN_FROM", at: undefined, priority: 10 })),
        results: jobs.map((job) => {
          const id = jobId(plan, job)
          return { id, url: `${exchange.url.origin}/twsd/api/v2/plan/job/${id}`, isError: false, error: false }
        })
      }
    })
    yield* simulator.order(orders)
    return json({ successfulResourceResponses: results, failedResourceResponses: [] })
  })

export const planJobStreamRoutes = [
  route("GET", base, (exchange) =>
    answer((plan) => {
      const scope = scopeOf(exchange, false)
      return listPage(plan, exchange, jobStreamTable(plan, exchange.headers["base-folder"]), (stream) =>
        jobStreamView(plan, stream, scope)
      )
    })
  ),
  route("GET", `${base}/count`, (exchange) =>
    answer((plan) => {
      const query = { oql: undefined, planFilter: exchange.query["plan_filter"] ?? "/@/@#/@/@" }
      const selected = selectAll(jobStreamTable(plan, exchange.headers["base-folder"]), query)
      if (isApiError(selected)) return selected
      return groupedCount(plan, "stream", selected.rows, exchange.query["grouping_filters"] ?? "")
    })
  ),
  route("GET", `${base}/:jobstream_id`, (exchange) =>
    answer((plan) => {
      const stream = streamOfPath(plan, exchange)
      return isApiError(stream) ? stream : jobStreamView(plan, stream, scopeOf(exchange, true))
    })
  ),
  route("GET", `${base}/:jobstream_id/predecessors`, (exchange) => neighbours(exchange, before)),
  route("GET", `${base}/:jobstream_id/successors`, (exchange) => neighbours(exchange, after)),
  route("PUT", `${base}/:jobstream_id/successors/action/rerun`, rerunSuccessors),
  ...jobStreamActions.flatMap((action) => actionRoutes(streams, action)),
  ...patchRoutes(streams, jobStreamPatch),
  route("PATCH", `${base}/:jobstream_id/no-validate`, single(streams, jobStreamPatch))
]
