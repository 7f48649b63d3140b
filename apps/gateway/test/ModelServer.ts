import { json, stubModelServer } from "@resync/rag-engine/testing/StubModelServer"
import { Effect } from "effect"

/** A text as a vector of whole numbers: how often its letters stand in it. */
const vectorOf = (text: string) =>
  Array.from({ length: 26 }, (_, letter) => text.toLowerCase().split(String.fromCharCode(97 + letter)).length - 1)

/** Makes vectors of texts, says the first of two sentences when it is asked, and the second when it may. */
export const make = Effect.fnUntraced(function* (first: string, second: string) {
  let goOn = () => {}
  const server = yield* stubModelServer(({ body }, response) => {
    if (body.input !== undefined) {
      return json(response, { data: body.input.map((input, index) => ({ index, embedding: vectorOf(input) })) })
    }
    response.writeHead(200, { "content-type": "text/event-stream" })
    const send = (choice: object) => response.write(`data: ${JSON.stringify({ choices: [choice] })}\n\n`)
    send({ delta: { content: first } })
    goOn = () => {
      send({ delta: { content: second } })
      send({ delta: {}, finish_reason: "stop" })
      response.end("data: [DONE]\n\n")
    }
  })
  return { ...server, go: Effect.sync(() => goOn()) }
})
