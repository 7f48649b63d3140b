import { NodeHttpClient, NodeServices } from "@effect/platform-node"
import { Rag } from "@resync/rag/Rag"
import * as RagEngine from "@resync/rag-engine/RagEngine"
import * as Resilience from "@resync/resilience/Resilience"
import * as Embedded from "@resync/store/Embedded"
import { Effect, Layer } from "effect"

/** A knowledge base in a directory of its own, with the starter corpus in it. */
export const knowledge = (dataDir: string) =>
  RagEngine.layer({ dataDir }).pipe(
    Layer.provide([Embedded.layer({ dataDir }), Resilience.layer(), NodeServices.layer, NodeHttpClient.layerUndici])
  )

/** The passages that speak of a message, best first. */
export const explain = Effect.fn("explain")(function* (messageId: string) {
  const { hits } = yield* Rag.use((rag) => rag.search({ query: messageId, limit: 3 }))
  return hits.map(({ headings, text }) => `${headings.join(" / ")}: ${text}`)
})
