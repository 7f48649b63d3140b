import { Api } from "@resync/api/Api"
import { AnswerServerSentEvent, IngestionJobServerSentEvent } from "@resync/api/RagEvents"
import type { AnswerEvent } from "@resync/rag/model/Answer"
import type { IngestionJob } from "@resync/rag/model/IngestionJob"
import type { Page } from "@resync/rag/model/Page"
import { Rag } from "@resync/rag/Rag"
import type { RagError } from "@resync/rag/RagError"
import { Effect, Schema, Stream } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { GatewayConfig } from "../config/GatewayConfig.ts"
import * as Following from "../events/Following.ts"
import * as Accept from "../http/Accept.ts"
import * as Group from "../http/Group.ts"
import { Drain } from "../process/Drain.ts"
import * as RagProblem from "../upstream/RagProblem.ts"

const listing = <A>(read: Effect.Effect<Page<A>, RagError>) =>
  Effect.mapBoth(read, {
    onSuccess: ({ items, nextCursor = null }) => ({ items, nextCursor }),
    onFailure: RagProblem.of
  })

const encodeJob = Schema.encodeSync(IngestionJobServerSentEvent)
const encodeAnswer = Schema.encodeSync(AnswerServerSentEvent)
const renderJob = (data: IngestionJob) => encodeJob({ event: "IngestionJob", data })
const renderAnswer = (data: AnswerEvent) => encodeAnswer({ event: data._tag, data })

/** Reads of the knowledge base. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const rag = yield* Rag
    const drain = yield* Drain
    const { eventsHeartbeat: heartbeat } = yield* GatewayConfig
    return HttpApiBuilder.group(Api, "rag", (handlers) =>
      handlers.handleAll({
        documents: ({ query }) => listing(rag.documents(query)),
        document: ({ params }) => Effect.mapError(rag.document(params.id), RagProblem.of),
        ingestionJobs: ({ query }) => listing(rag.jobs(query)),
        ingestionJob: ({ params }) => Effect.mapError(rag.job(params.id), RagProblem.of),
        ingestionJobEvents: ({ params }) =>
          Following.respond(Stream.mapError(rag.followJob(params.id), RagProblem.of), {
            heartbeat,
            render: renderJob
          }).pipe(Effect.provideService(Drain, drain)),
        search: ({ payload }) => Effect.mapError(rag.search(payload), RagProblem.of),
        answer: ({ payload, request }) =>
          Accept.wantsEvents(request.headers["accept"])
            ? Following.respond(Stream.mapError(rag.answerStream(payload), RagProblem.of), {
                heartbeat,
                render: renderAnswer
              }).pipe(Effect.provideService(Drain, drain))
            : Effect.mapError(rag.answer(payload), RagProblem.of)
      })
    )
  })
)
