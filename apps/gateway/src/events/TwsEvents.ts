import { Api } from "@resync/api/Api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import * as Group from "../http/Group.ts"
import { PlanEvents } from "./PlanEvents.ts"

/** What happens in the plan. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const events = yield* PlanEvents
    return HttpApiBuilder.group(Api, "twsEvents", (handlers) =>
      handlers.handleAll({
        planEvents: ({ headers }) => events.respond(headers["last-event-id"])
      })
    )
  })
)
