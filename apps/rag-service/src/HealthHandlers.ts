import { RagApi } from "@resync/rag/http/RagApi"
import { Rag } from "@resync/rag/Rag"
import { RagUnavailable } from "@resync/rag/RagError"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"

/** How long a ready knowledge base may take to say so. */
const limit = "2 seconds"

const notReady = (detail: string) => new RagUnavailable({ operation: "ready", reason: "store", detail })

/** Whether the process answers, and whether the knowledge base does. */
export const layer = HttpApiBuilder.group(
  RagApi,
  "health",
  Effect.fn(function* (handlers) {
    const rag = yield* Rag
    return handlers.handleAll({
      live: () => Effect.void,
      ready: () =>
        rag.documents({ limit: 1 }).pipe(
          Effect.asVoid,
          Effect.mapError((error) => (error._tag === "RagUnavailable" ? error : notReady(error.message))),
          Effect.timeoutOrElse({ duration: limit, orElse: () => Effect.fail(notReady(`no answer within ${limit}`)) })
        )
    })
  })
)
