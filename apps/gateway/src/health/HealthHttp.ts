import { Api } from "@resync/api/Api"
import * as Prometheus from "@resync/telemetry/Prometheus"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Health } from "./Health.ts"

/** How the service is, and its figures. */
export const layer = HttpApiBuilder.group(
  Api,
  "health",
  Effect.fnUntraced(function* (handlers) {
    const health = yield* Health
    return handlers.handleAll({
      live: () => Effect.succeed({ status: "up" } as const),
      ready: () => health.ready,
      health: () => health.report,
      metrics: () => Prometheus.handler
    })
  })
)
