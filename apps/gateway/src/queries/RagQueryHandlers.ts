import { AnswerServerSentEvent, IngestionJobServerSentEvent } from "@resync/api/RagEvents"
import type { AnswerEvent } from "@resync/rag/model/Answer"
import type { IngestionJob } from "@resync/rag/model/IngestionJob"
import type { Page } from "@resync/rag/model/Page"
import { Rag } from "@resync/rag/Rag"
import type { RagError } from "@resync/rag/RagError"
import { Effect, Schema, Stream } from "effect"
import { GatewayConfig } from "../config/GatewayConfig.ts"
import { Queries } from "../dispatch/Queries.ts"
import * as Following from "../events/Following.ts"
import { Drain } from "../process/Drain.ts"
import * as RagProblem from "../upstream/RagProblem.ts"
import * as Kinds from "./RagQueryKinds.ts"

const listing = <A>(read: Effect.Effect<Page<A>, RagError>) =>
  Effect.mapBoth(read, {
    onSuccess: ({ items, nextCursor = null }) => ({ items, nextCursor }),
    onFailure: RagProblem.of
  })

const encodeJob = Schema.encodeSync(IngestionJobServerSentEvent)
const encodeAnswer = Schema.encodeSync(AnswerServerSentEvent)
const renderJob = (data: IngestionJob) => encodeJob({ event: "IngestionJob", data })
const renderAnswer = (data: AnswerEvent) => encodeAnswer({ event: data._tag, data })

/** Puts the queries about the knowledge base in place. It lies in no workstation and no folder. */
export const register = Effect.gen(function* () {
  const rag = yield* Rag
  const drain = yield* Drain
  const { eventsHeartbeat: heartbeat } = yield* GatewayConfig
  const { handle } = yield* Queries
  const everything = true

  handle(Kinds.Documents, { everything, ask: (query) => listing(rag.documents(query)) })
  handle(Kinds.OneDocument, { everything, ask: ({ id }) => Effect.mapError(rag.document(id), RagProblem.of) })
  handle(Kinds.IngestionJobs, { everything, ask: (query) => listing(rag.jobs(query)) })
  handle(Kinds.OneIngestionJob, { everything, ask: ({ id }) => Effect.mapError(rag.job(id), RagProblem.of) })
  handle(Kinds.IngestionJobEvents, {
    everything,
    ask: ({ id }) =>
      Following.frames(Stream.mapError(rag.followJob(id), RagProblem.of), { heartbeat, render: renderJob }).pipe(
        Effect.provideService(Drain, drain)
      )
  })
  handle(Kinds.Search, { everything, ask: (request) => Effect.mapError(rag.search(request), RagProblem.of) })
  handle(Kinds.AnswerQuestion, { everything, ask: (question) => Effect.mapError(rag.answer(question), RagProblem.of) })
  handle(Kinds.AnswerStream, {
    everything,
    ask: (question) =>
      Following.frames(Stream.mapError(rag.answerStream(question), RagProblem.of), {
        heartbeat,
        render: renderAnswer
      }).pipe(Effect.provideService(Drain, drain))
  })
})
