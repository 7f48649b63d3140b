import { Api } from "@resync/api/Api"
import { Effect } from "effect"
import { FetchHttpClient } from "effect/http"
import { HttpApiClient } from "effect/http-api"

/** Holds the first job that waits, and says what the plan will show once that is done. */
export const holdFirst = Effect.gen(function* () {
  const client = yield* HttpApiClient.make(Api, { baseUrl: "http://127.0.0.1:8080" })
  const { items, stale } = yield* client.tws.jobs({ query: { status: ["WAITING"], limit: 1 } })
  const [job] = items
  if (job === undefined || stale) return "nothing to hold"

  const command = yield* client.twsCommands.holdJob({
    params: { id: job.id },
    headers: { "idempotency-key": "0d6c8f1e-hold" },
    payload: { justification: { reason: "input is late", ticket: "INC-4711" } }
  })
  return command.state === "accepted" ? command.expects : `${command.policy} asks somebody else to agree`
}).pipe(
  Effect.catchTags({
    CircuitOpen: ({ breaker, retryAfter }) => Effect.succeed(`${breaker} is open for ${retryAfter ?? "?"} seconds`),
    ObjectNotFound: ({ kind, id }) => Effect.succeed(`no ${kind} ${id}`)
  }),
  Effect.provide(FetchHttpClient.layer)
)
