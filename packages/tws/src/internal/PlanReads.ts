import * as Spanned from "@resync/telemetry/Spanned"
import { Effect, Result, Schema, type Scope } from "effect"
import { HttpClientRequest } from "effect/http"
import type { Capabilities } from "../model/Capabilities.ts"
import type { EngineInfo } from "../model/EngineInfo.ts"
import type { Plan, PlanSummary } from "../model/Plan.ts"
import * as Oql from "../Oql.ts"
import type { Tws } from "../Tws.ts"
import type { TwsError } from "../TwsError.ts"
import type { TwsPolicyName } from "../TwsPolicies.ts"
import * as Wire from "../wire/EngineInfo.ts"
import { instantOf } from "../wire/Field.ts"
import { JobStreamInPlan, toJobStream } from "../wire/JobStreamInPlan.ts"
import { GroupedCount, Listing } from "../wire/Listing.ts"
import { toWorkstation, WorkstationInPlan } from "../wire/WorkstationInPlan.ts"
import { type Decoder, jsonDecoder } from "./Answers.ts"
import { type ApiError, plainly } from "./Api.ts"
import { type Core, v2 } from "./Core.ts"
import { compact } from "./compact.ts"
import type * as Routes from "./Routes.ts"

const decodeEngine = jsonDecoder(Wire.EngineInfo)
const decodeSpecification = jsonDecoder(Schema.Struct({ paths: Schema.Record(Schema.String, Schema.Unknown) }))
const decodeCount = jsonDecoder(GroupedCount)
const decodeWorkstations = jsonDecoder(Listing(WorkstationInPlan))
const decodeJobStreams = jsonDecoder(Listing(JobStreamInPlan))
const asText: Decoder<string> = Result.succeed

/** Workstations are few; the page is the vendor's own. */
const allWorkstations = 10_000

type Reads = Pick<Tws["Service"], "engine" | "capabilities" | "plan" | "summary" | "metrics">

/** What is said of the engine and the plan as a whole. */
export const make: (core: Core) => Effect.Effect<Reads, never, Scope.Scope> = Effect.fnUntraced(function* ({
  api,
  caches,
  routes
}) {
  const get = <A>(
    operation: string,
    policy: TwsPolicyName,
    path: string,
    decode: Decoder<A>,
    urlParams: Record<string, string | number> = {}
  ): Effect.Effect<A, ApiError> =>
    api.ask({ operation, policy, request: HttpClientRequest.get(path, { acceptJson: true, urlParams }) }, decode)

  const engines = yield* caches.make<EngineInfo, TwsError>("engine", "other")
  const fetchEngine = Effect.map(
    get("engine", "tws_system_status", `${v2}/engine/info`, decodeEngine),
    Wire.toEngineInfo
  )
  const engine = Spanned.withSpan(engines.get("", { load: plainly(fetchEngine), tags: [] }), "Tws.engine")

  /** What the calls so far taught, where the engine does not publish a description of its API. */
  const observed = Effect.fnUntraced(function* (engineVersion: string) {
    const has = (route: Routes.Route) => Effect.map(routes.isMissing(route), (missing) => !missing)
    const graph = yield* has("jobGraph")
    const prompts = yield* has("prompts")
    return {
      engineVersion,
      jobGraph: graph,
      jobStreamGraph: graph,
      jobStreamCount: yield* has("jobStreamCount"),
      prompts,
      files: prompts,
      source: "observation"
    } satisfies Capabilities
  })

  const capabilityCache = yield* caches.make<Capabilities, TwsError>("capabilities", "definitions")
  const fetchCapabilities = Effect.gen(function* () {
    const { version } = yield* fetchEngine
    const specification = yield* get(
      "capabilities",
      "tws_check_connection",
      "/WA_API3_v2.json",
      decodeSpecification
    ).pipe(
      Effect.catchTags({
        NotFound: () => Effect.undefined,
        TwsProtocolError: () => Effect.undefined
      })
    )
    if (specification === undefined) return yield* observed(version)
    const paths = Object.keys(specification.paths)
    const has = (ending: string) => paths.some((path) => path.endsWith(ending))
    return {
      engineVersion: version,
      jobGraph: has("/plan/job/{job_id}/successors"),
      jobStreamGraph: has("/plan/jobstream/{jobstream_id}/successors"),
      jobStreamCount: has("/plan/jobstream/count"),
      prompts: has("/plan/prompt"),
      files: has("/plan/file"),
      source: "specification"
    } satisfies Capabilities
  })
  const capabilities = Spanned.withSpan(
    capabilityCache.get("", { load: plainly(fetchCapabilities), tags: [] }),
    "Tws.capabilities"
  )

  const fetchWorkstations = get("plan", "tws_plan_details", `${v2}/plan/workstation`, decodeWorkstations, {
    limit: allWorkstations
  })

  const final = Result.getOrThrow(Oql.render(Oql.equals("name", "FINAL")))
  const plans = yield* caches.make<Plan, TwsError>("plan", "other")
  const fetchPlan = Effect.gen(function* () {
    const [workstations, finals] = yield* Effect.all(
      [
        fetchWorkstations,
        get("plan", "tws_plan_details", `${v2}/plan/jobstream`, decodeJobStreams, { limit: 100, oql: final })
      ],
      { concurrency: 2 }
    )
    const wires = workstations.results ?? []
    const master = wires.find(({ activeStates }) => activeStates?.includes("MASTER") === true) ?? wires[0]
    // Several days' FINAL can stand in one plan; the one that comes next is the one that matters.
    const streams = (finals.results ?? []).map(toJobStream)
    const last = streams.find(({ commonStatus }) => commonStatus !== "SUCCESSFUL") ?? streams.at(-1)
    return compact({
      id: master?.planId,
      runNumber: master?.runNumber,
      startedAt: instantOf(master?.createdTimestamp) ?? instantOf(master?.timeStarted),
      master: master?.key ?? master?.name,
      timeZone: master?.timeZone,
      final:
        last === undefined
          ? undefined
          : { commonStatus: last.commonStatus, ...compact({ scheduledAt: last.scheduledAt }) }
    })
  })
  const plan = Spanned.withSpan(plans.get("", { load: plainly(fetchPlan), tags: [] }), "Tws.plan")

  const summaries = yield* caches.make<PlanSummary, TwsError>("summary", "status")
  const countJobs = (group: string) =>
    get("summary", "tws_plan_details", `${v2}/plan/job/count`, decodeCount, {
      plan_filter: "/@/@#/@/@.@",
      grouping_filters: group
    })
  const countJobStreams = routes.either<number, ApiError>({
    route: "jobStreamCount",
    first: Effect.map(
      get("summary", "tws_plan_details", `${v2}/plan/jobstream/count`, decodeCount, { plan_filter: "/@/@#/@/@" }),
      ({ count }) => count ?? 0
    ),
    exists: Effect.succeed(true),
    otherwise: Effect.map(
      get("summary", "tws_plan_details", `${v2}/plan/jobstream`, decodeJobStreams, { limit: 1 }),
      ({ count }) => count ?? 0
    )
  })
  const fetchSummary = Effect.gen(function* () {
    const [byStatus, byWorkstation, jobStreams, workstations] = yield* Effect.all(
      [countJobs("status"), countJobs("workstation"), countJobStreams, fetchWorkstations],
      { concurrency: "unbounded" }
    )
    const all = (workstations.results ?? []).map(toWorkstation)
    return {
      jobs: {
        total: byStatus.count ?? 0,
        byStatus: byStatus.groupedCount ?? {},
        byWorkstation: byWorkstation.groupedCount ?? {}
      },
      jobStreams: { total: jobStreams },
      workstations: { total: all.length, unlinked: all.filter(({ linked, ignored }) => !linked && !ignored).length }
    } satisfies PlanSummary
  })
  const summary = Spanned.withSpan(
    summaries.get("", { load: plainly(fetchSummary), tags: ["jobs", "jobStreams", "workstations"] }),
    "Tws.summary"
  )

  const metricTexts = yield* caches.make<string, TwsError>("metrics", "status")
  const metrics = Spanned.withSpan(
    metricTexts.get("", {
      load: plainly(
        api.ask(
          {
            operation: "metrics",
            policy: "tws_performance_metrics",
            outsideApi: true,
            request: HttpClientRequest.get("/metrics", { accept: "text/plain" })
          },
          asText
        )
      ),
      tags: []
    }),
    "Tws.metrics"
  )

  return { engine, capabilities, plan, summary, metrics }
})
