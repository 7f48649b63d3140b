import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"

export interface Asked {
  readonly path: string
  readonly authorization: string | undefined
  readonly body: { readonly model: string; readonly input?: ReadonlyArray<string>; readonly stream?: boolean }
}

/** A text as a vector of whole numbers: how often its letters stand in it. */
const vectorOf = (text: string) =>
  Array.from({ length: 26 }, (_, letter) => text.toLowerCase().split(String.fromCharCode(97 + letter)).length - 1)

/**
 * A server on a real socket that speaks OpenAI's protocol. It says the first of two sentences when it is asked, and the second
 * when it may.
 */
export const make = (first: string, second: string) =>
  Effect.gen(function* () {
    const asked: Array<Asked> = []
    let goOn = () => {}
    const server = createServer((request, response) => {
      let text = ""
      request.on("data", (piece) => {
        text += String(piece)
      })
      request.on("end", () => {
        const one: Asked = {
          path: request.url ?? "",
          authorization: request.headers.authorization,
          body: JSON.parse(text)
        }
        asked.push(one)
        if (one.body.input !== undefined) {
          const data = one.body.input.map((input, index) => ({ index, embedding: vectorOf(input) }))
          response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data }))
          return
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
    })
    const close = Effect.callback<void>((resume) => {
      server.closeAllConnections()
      server.close(() => resume(Effect.void))
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () => close
    )
    const { port } = server.address() as AddressInfo
    return { asked, url: `http://127.0.0.1:${port}/v1`, go: Effect.sync(() => goOn()), close }
  })
