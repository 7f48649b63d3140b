import { Api } from "@resync/api/Api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Queries } from "../dispatch/Queries.ts"
import * as Group from "../http/Group.ts"
import * as Kinds from "./HealthQueries.ts"

/** How the service is, and its figures. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const { askOpenly } = yield* Queries
    return HttpApiBuilder.group(Api, "health", (handlers) =>
      handlers.handleAll({
        live: () => askOpenly(Kinds.Live, {}),
        ready: () => askOpenly(Kinds.Ready, {}),
        health: () => askOpenly(Kinds.Report, {}),
        metrics: () => askOpenly(Kinds.Metrics, {})
      })
    )
  })
)
