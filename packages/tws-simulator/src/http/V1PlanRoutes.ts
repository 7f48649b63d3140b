import { Effect } from "effect"
import type { Plan } from "../plan/Plan.ts"
import { findObject } from "../plan/PlanId.ts"
import { IdKind } from "../plan/Uuid.ts"
import { Simulator } from "../Simulator.ts"
import { badRequest, isApiError, notFound } from "../wire/ApiError.ts"
import { criticalNetwork, criticalNetworks } from "../wire/CriticalNetwork.ts"
import {
  criticalFilterV1,
  jobFilterV1,
  promptFilterV1,
  resourceFilterV1,
  streamFilterV1,
  workstationFilterV1
} from "../wire/FilterV1.ts"
import {
  criticalViewV1,
  findStreamV1,
  jobIdV1,
  jobViewV1,
  promptViewV1,
  resourceViewV1,
  streamViewV1,
  workstationViewV1
} from "../wire/V1.ts"
import { route } from "./Exchange.ts"
import { jobStreamActions } from "./JobStreamActions.ts"
import { answer, readPlan } from "./PlanRequest.ts"
import { accepted, act, jobOf, spelled } from "./V1JobRoutes.ts"
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
export const v1PlanRoutes = [...queries, ...streamRoutes, ...criticalRoutes, ...promptRoutes, ...domainRoutes]
