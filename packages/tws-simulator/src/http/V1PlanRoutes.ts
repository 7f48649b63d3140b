import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { isTerminal } from "../plan/JobStatus.ts"
import { jobNode, jobsOfStream, type Plan } from "../plan/Plan.ts"
import { findObject } from "../plan/PlanId.ts"
import { IdKind } from "../plan/Uuid.ts"
import { type Order, Simulator } from "../Simulator.ts"
import { badRequest, isApiError, notFound } from "../wire/ApiError.ts"
import { criticalNetwork, criticalNetworks } from "../wire/CriticalNetwork.ts"
import {
  criticalFilterV1,
  jobFilterV1,
  promptFilterV1,
  readFilter,
  resourceFilterV1,
  streamFilterV1,
  workstationFilterV1
} from "../wire/FilterV1.ts"
import { after, walk } from "../wire/Graph.ts"
import { issuesOf } from "../wire/Issues.ts"
import { logLines } from "../wire/JobLogText.ts"
import {
  criticalViewV1,
  findJobV1,
  findStreamV1,
  jobIdV1,
  jobViewV1,
  promptViewV1,
  resourceViewV1,
  streamViewV1,
  workstationViewV1
} from "../wire/V1.ts"
import { type Exchange, integer, json, route } from "./Exchange.ts"
import { jobActions, rerun } from "./JobActions.ts"
import { jobStreamActions } from "./JobStreamActions.ts"
import { answer, readPlan } from "./PlanRequest.ts"
import { type RowAction } from "./RowAction.ts"
import { queryRoutes } from "./V1Query.ts"

const base = "/twsd/plan/:plan_id"

const index = (total: number) => ({ total, at: (row: number) => row })

const critical = {
  base: `${base}/criticaljob`,
  filter: "criticalJobInPlanFilter",
  rows: (plan: Plan) => {
    const networks = criticalNetworks(plan)
    return { total: networks.length, at: (row: number) => networks[row] }
  },
  test: (plan: Plan, filter: Parameters<typeof criticalFilterV1>[1]) =>
    criticalFilterV1(plan, filter, criticalNetworks(plan)),
  view: (plan: Plan, network: ReturnType<typeof criticalNetworks>[number] | undefined) =>
    network === undefined ? {} : criticalViewV1(plan, network)
} as const

const queries = [
  ...queryRoutes({
    base: `${base}/job`,
    filter: "jobInPlanFilter",
    rows: (plan) => index(plan.jobs.count),
    test: jobFilterV1,
    view: jobViewV1
  }),
  ...queryRoutes({
    base: `${base}/jobstream`,
    filter: "jobStreamInPlanFilter",
    rows: (plan) => index(plan.streams.count),
    test: streamFilterV1,
    view: streamViewV1
  }),
  ...queryRoutes({
    base: `${base}/workstation`,
    filter: "workstationInPlanFilter",
    rows: (plan) => index(plan.workstations.length),
    test: workstationFilterV1,
    view: workstationViewV1
  }),
  ...queryRoutes({
    base: `${base}/prompt`,
    filter: "promptInPlanFilter",
    rows: (plan) => index(plan.prompts.length),
    test: promptFilterV1,
    view: promptViewV1
  }),
  ...queryRoutes({
    base: `${base}/resource`,
    filter: "resourceInPlanFilter",
    rows: (plan) => index(plan.resources.length),
    test: resourceFilterV1,
    view: resourceViewV1
  }),
  ...queryRoutes({
    base: `${base}/domain`,
    filter: "domainInPlanFilter",
    rows: () => index(1),
    test: () => undefined,
    view: () => ({ id: "MASTERDM", name: "MASTERDM", key: { name: "MASTERDM" }, manager: { name: "MDM" } })
  }),
  ...queryRoutes(critical)
]

const jobOf = (plan: Plan, exchange: Exchange) => findJobV1(plan, exchange.params["job_id"] ?? "")

/** Actions of V1 are answered 202 without a body. */
const accepted = HttpServerResponse.empty({ status: 202 })

/** A body is read where the action needs one, and taken as empty when there is none. */
const bodyOf = (action: RowAction, exchange: Exchange): Effect.Effect<unknown> =>
  action.body === true ? Effect.orElseSucceed(exchange.json, () => ({})) : Effect.void

const act = (find: (plan: Plan, exchange: Exchange) => ReturnType<typeof jobOf>, action: RowAction) =>
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
const spelled = (verb: string): string => verb.replaceAll("-", "_")

const jobRoutes = [
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

const streamRoutes = jobStreamActions.map((action) =>
  route(
    "PUT",
    `${base}/jobstream/:jobstream_id/action/${spelled(action.verb)}`,
    act((plan, exchange) => findStreamV1(plan, exchange.params["jobstream_id"] ?? ""), action)
  )
)

const criticalRoutes = [
  route("POST", `${base}/criticaljob/summary_info`, () =>
    answer((plan) => {
      const networks = criticalNetworks(plan)
      const count = (risk: string): number => networks.filter((one) => one.risk === risk).length
      return {
        totalJobs: networks.length,
        highRisk: count("HIGH_RISK"),
        potentialRisk: count("POTENTIAL_RISK"),
        onTrack: count("ON_TRACK")
      }
    })
  ),
  ...["query_predecessors_chain", "query_next_predecessors_chain"].map((verb) =>
    route("POST", `${base}/criticaljob/:job_id/${verb}`, (exchange) =>
      answer((plan) => {
        const job = jobOf(plan, exchange)
        if (isApiError(job)) return job
        const network = criticalNetwork(plan, job)
        if (network === undefined) return notFound("critical job", jobIdV1(plan, job))
        // The chain is answered whole, so there is never more to come.
        return verb === "query_predecessors_chain" ? network.path.map((one) => jobViewV1(plan, one)) : []
      })
    )
  )
]

const promptRoutes = [
  route("GET", `${base}/prompt/:prompt_id`, (exchange) =>
    answer((plan) => {
      const id = exchange.params["prompt_id"] ?? ""
      const prompt = findObject(plan, IdKind.prompt, id)
      return prompt === undefined ? notFound("prompt", id) : promptViewV1(plan, prompt)
    })
  ),
  route("PUT", `${base}/prompt/:prompt_id/action/reply`, (exchange) =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const answered = exchange.headers["answer"]
      if (answered !== "true" && answered !== "false") {
        return yield* badRequest("The header Answer must be true or false.")
      }
      const prompt = yield* readPlan((plan) => {
        const id = exchange.params["prompt_id"] ?? ""
        return findObject(plan, IdKind.prompt, id) ?? notFound("prompt", id)
      })
      yield* simulator.order([{ _tag: "ReplyPrompt", prompt, answer: answered === "true" }])
      return accepted
    })
  )
]

const domainRoutes = [
  route("PUT", `${base}/domain/:domain_id/action/switch_domain_workstation`, () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.order([{ _tag: "ControlWorkstation", workstation: 1, order: "become-mdm" }])
      return accepted
    })
  ),
  route("PUT", `${base}/domain/:domain_id/action/link_domain_workstation`, () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const count = yield* readPlan((plan) => plan.workstations.length)
      yield* simulator.order(
        Array.from({ length: count }, (_, workstation) => ({ _tag: "ControlWorkstation", workstation, order: "link" }))
      )
      return accepted
    })
  )
]

/** The part of V1 that V2 has no match for, or that the vendor's own sample clients call. */
export const v1PlanRoutes = [
  ...queries,
  ...jobRoutes,
  ...["action/rerun", "list/action/rerun"].map((path) =>
    route("PUT", `${base}/job/:job_id/jobsuccessors/${path}`, rerunSuccessors)
  ),
  ...streamRoutes,
  ...criticalRoutes,
  ...promptRoutes,
  ...domainRoutes
]
