import { Api } from "@resync/api/Api"
import * as Prometheus from "@resync/telemetry/Prometheus"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import * as Group from "../http/Group.ts"
import { Health } from "./Health.ts"

/** How the service is, and its figures. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const health = yield* Health
    return HttpApiBuilder.group(Api, "health", (handlers) =>
      handlers.handleAll({
        live: () => Effect.succeed({ status: "up" } as const),
        ready: () => health.ready,
        health: () => health.report,
        metrics: () => Prometheus.handler
      })
    )
  })
)
