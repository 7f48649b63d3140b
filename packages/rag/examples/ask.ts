import { NodeHttpClient } from "@effect/platform-node"
import { Rag } from "@resync/rag/Rag"
import * as RagHttp from "@resync/rag/RagHttp"
import * as Resilience from "@resync/resilience/Resilience"
import { Effect, Layer, Stream } from "effect"

/** Takes in a note, waits until it can be found, and asks. */
export const learn = Effect.fn("learn")(function* (note: string, question: string) {
  const rag = yield* Rag
  const { jobId } = yield* rag.upload({
    fileName: "note.md",
    metadata: { tags: ["night-shift"], authority: "working" },
    content: Stream.encodeText(Stream.succeed(note))
  })
  yield* Stream.runForEach(rag.followJob(jobId), ({ state }) => Effect.logDebug(state))
  const answer = yield* rag.answer({ question })
  return answer._tag === "Answered" ? answer.text : "nobody has written that down"
})

/** The knowledge base of another process. */
export const remote = RagHttp.layer({ url: new URL("http://127.0.0.1:8090") }).pipe(
  Layer.provide([Resilience.layer(), NodeHttpClient.layerUndici])
)
