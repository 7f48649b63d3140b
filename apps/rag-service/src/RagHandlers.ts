import { RagApi } from "@resync/rag/http/RagApi"
import type { IngestionJobId } from "@resync/rag/model/Ids"
import { Rag } from "@resync/rag/Rag"
import { RagUnavailable } from "@resync/rag/RagError"
import { Effect, Schedule, Stream } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { RagServiceConfig } from "./RagServiceConfig.ts"
import { Shutdown } from "./Shutdown.ts"

/** `Rag` behind its HTTP contract, whichever layer it comes from. */
export const layer = HttpApiBuilder.group(
  RagApi,
  "rag",
  Effect.fn(function* (handlers) {
    const rag = yield* Rag
    const { heartbeat } = yield* RagServiceConfig
    const shutdown = yield* Shutdown

    /** A stream that is cut because the service goes down says so, and is not taken for one that has come to its end. */
    const untilShutdown =
      (operation: string) =>
      <A, E>(stream: Stream.Stream<A, E>) =>
        Stream.interruptWhen(
          stream,
          Effect.andThen(
            shutdown.begun,
            Effect.fail(new RagUnavailable({ operation, reason: "transport", detail: "the service goes down" }))
          )
        )

    /** The same again in silence, so that nobody between here and the client takes the connection for dead. */
    const follow = (id: IngestionJobId) =>
      rag.followJob(id).pipe(
        Stream.merge(
          Stream.mapEffect(Stream.fromSchedule(Schedule.spaced(heartbeat)), () => rag.job(id)),
          {
            haltStrategy: "left"
          }
        ),
        untilShutdown("followJob")
      )

    return handlers.handleAll({
      upload: ({ headers, payload, query: { fileName, metadata, replaces } }) =>
        rag.upload({
          fileName,
          metadata,
          // A body that breaks off interrupts the request: nobody is left to be told.
          content: Stream.orDie(payload),
          ...(replaces === undefined ? {} : { replaces }),
          ...(headers["idempotency-key"] === undefined ? {} : { idempotencyKey: headers["idempotency-key"] })
        }),
      documents: ({ query }) => rag.documents(query),
      document: ({ params }) => rag.document(params.id),
      deleteDocument: ({ params }) => rag.deleteDocument(params.id),
      jobs: ({ query }) => rag.jobs(query),
      job: ({ params }) => rag.job(params.id),
      // The first look decides between an answer and an error; what follows is a stream.
      followJob: ({ params }) => Effect.as(rag.job(params.id), follow(params.id)),
      cancelJob: ({ params }) => rag.cancelJob(params.id),
      retryJob: ({ params }) => rag.retryJob(params.id),
      search: ({ payload }) => rag.search(payload),
      answer: ({ payload }) => rag.answer(payload),
      answerStream: ({ payload }) => Effect.succeed(untilShutdown("answerStream")(rag.answerStream(payload)))
    })
  })
)
