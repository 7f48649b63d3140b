import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { modelId } from "../plan/PlanId.ts"
import { IdKind } from "../plan/Uuid.ts"
import { Simulator } from "../Simulator.ts"
import { apiError, badRequest } from "../wire/ApiError.ts"
import { isoDate } from "../wire/Instant.ts"
import { metrics } from "../wire/Metrics.ts"
import { objectsInfo } from "../wire/ObjectsInfo.ts"
import { contract } from "./Contract.ts"
import { json, orFail, route } from "./Exchange.ts"
import { answer } from "./PlanRequest.ts"

const engineInfo = route("GET", "/twsd/api/v2/engine/info", () =>
  Effect.gen(function* () {
    const { options, read } = yield* Simulator
    const referenceId = yield* read((plan) => modelId(plan, IdKind.engine, 0))
    return json({
      displayVersion: options.version,
      fullVersion: `HCL Workload Automation ${options.version} (simulated)`,
      capabilities: { engine: { type: "DIST", restApi: "2.0" }, plan: { rerunSuccessors: "true", prompts: "true" } },
      adminRoles: { admin: [] },
      referenceId,
      licenseType: "PERSERVER",
      locale: "en_US",
      timezone: options.timeZone
    })
  })
)

const permissions = route("GET", "/twsd/api/v2/engine/read_permission", () =>
  answer(() => ({
    JOB: "LIST,DISPLAY",
    JOBSTREAM: "LIST,DISPLAY",
    WORKSTATION: "LIST,DISPLAY",
    PROMPT: "LIST,DISPLAY"
  }))
)

const configuration = route("GET", "/twsd/api/v2/engine/configuration", () =>
  answer(() => ({
    "com.hcl.tws.conn.plan.rerun.successors.maxjobs": {
      value: "1000",
      description: "The largest number of successors that are run again at a time"
    }
  }))
)

const count = (total: number, successful: number, unique: number) => ({ total, successful, unique })

const consumedJobs = route("GET", "/twsd/api/v2/plan/consumed-jobs/runs", (exchange) =>
  answer((plan) => {
    const period = exchange.query["period"] ?? "day"
    if (period !== "day" && period !== "month") return badRequest(`The period "${period}" is not valid.`)
    const today = {
      day: plan.dayStart,
      total: plan.completed,
      successful: plan.succeeded,
      unique: Math.min(plan.completed, plan.jobs.count)
    }
    let total = 0
    let successful = 0
    const days = [...plan.history, today].map((one) => {
      total += one.total
      successful += one.successful
      const cumulative = count(total, successful, one.unique)
      return {
        date: isoDate(one.day),
        dailyJobs: count(one.total, one.successful, one.unique),
        monthlyJobs: cumulative,
        cumulativeJobs: cumulative,
        jobsToSend: 0,
        integrity: "ok"
      }
    })
    return period === "day" ? days : days.slice(-1)
  })
)

const info = route("GET", "/twsd/api/v2/objects-info", (exchange) =>
  Effect.gen(function* () {
    const found = objectsInfo(exchange.query["object_type"])
    return json(yield* orFail(found ?? badRequest("The parameter object_type is not valid.")))
  })
)

const openMetrics = route("GET", "/metrics", () =>
  Effect.gen(function* () {
    const { read } = yield* Simulator
    return HttpServerResponse.text(yield* read(metrics), {
      contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    })
  })
)

const served = json(contract)

const description = route("GET", "/twsd/WA_API3_v2.json", () => Effect.succeed(served))

/** There is no session to log in to: credentials go with every call. */
const login = route("POST", "/twsd/api/v2/login", () =>
  Effect.fail(apiError(401, "AuthenticationException", "AWSJCO010E The user credentials are missing or not valid."))
)

/** What the engine tells about itself. */
export const engineRoutes = [
  engineInfo,
  permissions,
  configuration,
  consumedJobs,
  info,
  openMetrics,
  description,
  login
] as const
