import { Api } from "@resync/api/Api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Queries } from "../dispatch/Queries.ts"
import * as Group from "../http/Group.ts"
import { Events } from "../queries/TwsQueryKinds.ts"
import * as StreamAnswer from "./StreamAnswer.ts"

/** What happens in the plan. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const { ask } = yield* Queries
    const answer = yield* StreamAnswer.make
    return HttpApiBuilder.group(Api, "twsEvents", (handlers) =>
      handlers.handleAll({
        planEvents: ({ headers }) => Effect.flatMap(ask(Events, { lastEventId: headers["last-event-id"] }), answer)
      })
    )
  })
)
