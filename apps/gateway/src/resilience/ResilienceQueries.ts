import { Api } from "@resync/api/Api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Queries } from "../dispatch/Queries.ts"
import * as StreamAnswer from "../events/StreamAnswer.ts"
import * as Group from "../http/Group.ts"
import * as Kinds from "./GuardQueries.ts"

/** What the guards are set to and how they fare. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const { ask } = yield* Queries
    const answer = yield* StreamAnswer.make
    return HttpApiBuilder.group(Api, "resilience", (handlers) =>
      handlers.handleAll({
        breakers: ({ query }) => ask(Kinds.Breakers, query),
        breaker: ({ params }) => ask(Kinds.OneBreaker, params),
        policies: () => ask(Kinds.Policies, {}),
        breakerEvents: ({ headers, query }) =>
          Effect.flatMap(ask(Kinds.Events, { lastEventId: headers["last-event-id"], breaker: query.breaker }), answer)
      })
    )
  })
)
