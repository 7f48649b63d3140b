import { Api } from "@resync/api/Api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { PlanEvents } from "./PlanEvents.ts"

/** What happens in the plan. */
export const layer = HttpApiBuilder.group(
  Api,
  "twsEvents",
  Effect.fnUntraced(function* (handlers) {
    const events = yield* PlanEvents
    return handlers.handleAll({
      planEvents: ({ headers }) => events.respond(headers["last-event-id"])
    })
  })
)
