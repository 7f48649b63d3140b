import { Api } from "@resync/api/Api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { answerOver } from "../commands/http/runOver.ts"
import { Commands } from "../commands/pipeline/Commands.ts"
import { Queries } from "../dispatch/Queries.ts"
import * as Group from "../http/Group.ts"
import { Clear } from "./CacheCommandHandlers.ts"
import { Caches } from "./CacheQueries.ts"

/** What is kept of the scheduler's answers. */
export const queries = Group.layer(
  Effect.gen(function* () {
    const { ask } = yield* Queries
    return HttpApiBuilder.group(Api, "caches", (handlers) => handlers.handleAll({ listCaches: () => ask(Caches, {}) }))
  })
)

/** Has the scheduler asked again. */
export const commands = Group.layer(
  Effect.gen(function* () {
    const run = answerOver(yield* Commands)
    return HttpApiBuilder.group(Api, "cacheCommands", (handlers) =>
      handlers.handleAll({
        clearCaches: (input) =>
          run(Clear, { ...input.payload }, input).pipe(
            // Without a name there is none to be missing.
            Effect.catchTag("CacheNotFound", Effect.die)
          ),
        clearCache: (input) => run(Clear, { name: input.params.name, ...input.payload }, input)
      })
    )
  })
)
