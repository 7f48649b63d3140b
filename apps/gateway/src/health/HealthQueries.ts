import type { Health as HealthReport, Liveness, Readiness } from "@resync/api/Health"
import type { ShuttingDown } from "@resync/api/ServiceProblems"
import * as Prometheus from "@resync/telemetry/Prometheus"
import { Effect, Schema } from "effect"
import type { HttpServerRequest, HttpServerResponse } from "effect/http"
import { Queries } from "../dispatch/Queries.ts"
import * as Query from "../dispatch/Query.ts"
import { Health } from "./Health.ts"
import * as Probe from "./Probe.ts"

const access = "public"
const request = Schema.Struct({})

/** What is asked of other systems is asked beforehand, and its answer may be that old. */
const cacheTime = Probe.interval

export const Live = Query.make<typeof Liveness.Type, never>()("health.live", { request, access })
export const Ready = Query.make<Readiness, ShuttingDown>()("health.ready", { request, access, cacheTime })
export const Report = Query.make<HealthReport, never>()("health", { request, access, cacheTime })
export const Metrics = Query.make<HttpServerResponse.HttpServerResponse, never, HttpServerRequest.HttpServerRequest>()(
  "metrics",
  { request, access }
)

const up = Effect.succeed({ status: "up" } as const)

/** Puts the queries about the service itself in place. */
export const register = Effect.gen(function* () {
  const health = yield* Health
  const { handle } = yield* Queries
  const everything = true
  handle(Live, { everything, ask: () => up })
  handle(Ready, { everything, ask: () => health.ready })
  handle(Report, { everything, ask: () => health.report })
  handle(Metrics, { everything, ask: () => Prometheus.handler })
})
