import { Api } from "@resync/api/Api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Queries } from "../dispatch/Queries.ts"
import * as StreamAnswer from "../events/StreamAnswer.ts"
import * as Accept from "../http/Accept.ts"
import * as Group from "../http/Group.ts"
import * as Kinds from "./RagQueryKinds.ts"

/** Reads of the knowledge base. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const { ask } = yield* Queries
    const answer = yield* StreamAnswer.make
    return HttpApiBuilder.group(Api, "rag", (handlers) =>
      handlers.handleAll({
        documents: ({ query }) => ask(Kinds.Documents, query),
        document: ({ params }) => ask(Kinds.OneDocument, params),
        ingestionJobs: ({ query }) => ask(Kinds.IngestionJobs, query),
        ingestionJob: ({ params }) => ask(Kinds.OneIngestionJob, params),
        ingestionJobEvents: ({ params }) => Effect.flatMap(ask(Kinds.IngestionJobEvents, params), answer),
        search: ({ payload }) => ask(Kinds.Search, payload),
        answer: ({ payload, request }) =>
          Accept.wantsEvents(request.headers["accept"])
            ? Effect.flatMap(ask(Kinds.AnswerStream, payload), answer)
            : ask(Kinds.AnswerQuestion, payload)
      })
    )
  })
)
