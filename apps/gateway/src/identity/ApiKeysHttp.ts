import { Api } from "@resync/api/Api"
import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { answerOver } from "../commands/http/runOver.ts"
import { Commands } from "../commands/pipeline/Commands.ts"
import { Queries } from "../dispatch/Queries.ts"
import * as Group from "../http/Group.ts"
import * as ClientAddress from "../security/ClientAddress.ts"
import { RateLimits } from "../security/RateLimits.ts"
import * as Done from "./ApiKeyCommands.ts"
import { ListApiKeys } from "./IdentityQueries.ts"

/** Keys for machines. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const { ask } = yield* Queries
    const run = answerOver(yield* Commands)
    const limits = yield* RateLimits
    const limited = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
      limits.consume("new-keys", ClientAddress.bucketOfClient(request))
    )

    return HttpApiBuilder.group(Api, "apiKeys", (handlers) =>
      handlers.handleAll({
        apiKeys: ({ query }) => ask(ListApiKeys, query),
        createApiKey: (input) =>
          Effect.andThen(limited, run(Done.CreateApiKey, { scopes: [], ...input.payload }, input)),
        revokeApiKey: (input) => run(Done.RevokeApiKey, input.params, input)
      })
    )
  })
)
