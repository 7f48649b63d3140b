import { Api } from "@resync/api/Api"
import type { IngestionJobId } from "@resync/rag/model/Ids"
import { Rag } from "@resync/rag/Rag"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import * as Group from "../http/Group.ts"
import * as RagProblem from "../upstream/RagProblem.ts"
import * as Uploading from "./Uploading.ts"

/** Changes of the knowledge base. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const rag = yield* Rag
    const upload = yield* Uploading.make

    const act = (action: "cancelJob" | "retryJob", id: IngestionJobId) =>
      rag[action](id).pipe(
        Effect.tap(() => Effect.logInfo("command accepted")),
        Effect.annotateLogs({ command: action, object: id }),
        Effect.mapError(RagProblem.of)
      )

    return HttpApiBuilder.group(Api, "ragCommands", (handlers) =>
      handlers.handleAll({
        upload: ({ headers, payload }) => upload(payload, headers["idempotency-key"]),
        deleteDocument: ({ params }) =>
          rag.deleteDocument(params.id).pipe(
            Effect.tap(() => Effect.logInfo("command accepted")),
            Effect.annotateLogs({ command: "deleteDocument", object: params.id }),
            Effect.mapError(RagProblem.of)
          ),
        cancelIngestionJob: ({ params }) => act("cancelJob", params.id),
        retryIngestionJob: ({ params }) => act("retryJob", params.id)
      })
    )
  })
)
