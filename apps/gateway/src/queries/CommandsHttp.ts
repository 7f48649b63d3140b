import { Api } from "@resync/api/Api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Queries } from "../dispatch/Queries.ts"
import * as Group from "../http/Group.ts"
import { GetCommand, ListCommands } from "./CommandQueries.ts"

/** What became of commands. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const { ask } = yield* Queries
    return HttpApiBuilder.group(Api, "commands", (handlers) =>
      handlers.handleAll({
        commands: ({ query }) => ask(ListCommands, query),
        command: ({ params }) => ask(GetCommand, params)
      })
    )
  })
)
