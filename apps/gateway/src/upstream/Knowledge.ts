import { NodeHttpClient } from "@effect/platform-node"
import { Rag } from "@resync/rag/Rag"
import { RagUnavailable } from "@resync/rag/RagError"
import * as RagHttp from "@resync/rag/RagHttp"
import { Config, Context, Effect, Layer, Option, Stream } from "effect"

/** Which knowledge base the service answers from, for its operator. */
export class Knowledge extends Context.Service<Knowledge, { readonly description: string }>()(
  "@resync/gateway/Knowledge"
) {}

const remote = (url: URL) =>
  Layer.unwrap(
    Effect.map(Config.option(Config.Redacted("RAG_TOKEN")), (token) =>
      Layer.merge(
        RagHttp.layer({ url, token: Option.getOrUndefined(token) }),
        Layer.succeed(Knowledge, { description: url.origin })
      )
    )
  ).pipe(Layer.provide(NodeHttpClient.layerUndici))

const fail = (operation: string) =>
  Effect.fail(new RagUnavailable({ operation, reason: "store", detail: "RAG_URL names no knowledge service" }))

const none = Layer.merge(
  Layer.succeed(
    Rag,
    Rag.of({
      upload: () => fail("upload"),
      jobs: () => fail("jobs"),
      job: () => fail("job"),
      followJob: () => Stream.fromEffect(fail("followJob")),
      cancelJob: () => fail("cancelJob"),
      retryJob: () => fail("retryJob"),
      documents: () => fail("documents"),
      document: () => fail("document"),
      deleteDocument: () => fail("deleteDocument"),
      search: () => fail("search"),
      answer: () => fail("answer"),
      answerStream: () => Stream.fromEffect(fail("answer"))
    })
  ),
  Layer.succeed(Knowledge, { description: "none (set RAG_URL)" })
)

/** The knowledge base that the environment names. */
export const layer = Layer.unwrap(
  Effect.map(Config.option(Config.URL("RAG_URL")), (url) => (Option.isSome(url) ? remote(url.value) : none))
)
