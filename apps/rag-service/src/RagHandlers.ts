import { RagApi } from "@resync/rag/http/RagApi"
import { Rag } from "@resync/rag/Rag"
import { Effect, Stream } from "effect"
import { HttpApiBuilder } from "effect/http-api"

/** `Rag` behind its HTTP contract, whichever layer it comes from. */
export const layer = HttpApiBuilder.group(
  RagApi,
  "rag",
  Effect.fn(function* (handlers) {
    const rag = yield* Rag
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
      followJob: ({ params }) => Effect.as(rag.job(params.id), rag.followJob(params.id)),
      cancelJob: ({ params }) => rag.cancelJob(params.id),
      retryJob: ({ params }) => rag.retryJob(params.id),
      search: ({ payload }) => rag.search(payload),
      answer: ({ payload }) => rag.answer(payload),
      answerStream: ({ payload }) => Effect.succeed(rag.answerStream(payload))
    })
  })
)
