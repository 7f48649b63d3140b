import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"

/** What a model server was asked. */
export interface Asked {
  readonly path: string
  readonly authorization: string | undefined
  readonly body: { readonly input?: ReadonlyArray<string>; readonly [key: string]: unknown }
}

/** A model server on a real socket, for tests: answers as it is told, and remembers what it was asked. */
export const stubModelServer = (answer: (asked: Asked, response: ServerResponse) => void) =>
  Effect.gen(function* () {
    const asked: Array<Asked> = []
    const server = createServer((request: IncomingMessage, response) => {
      let text = ""
      request.on("data", (piece) => {
        text += piece
      })
      request.on("end", () => {
        const one: Asked = {
          path: request.url ?? "",
          authorization: request.headers.authorization,
          body: JSON.parse(text)
        }
        asked.push(one)
        answer(one, response)
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
    return { asked, baseUrl: `http://127.0.0.1:${port}/v1`, close }
  })

/** Answers with JSON. */
export const json = (response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}) => {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))
}

/** What a server streams: each text a piece, then how it ended, then the mark of the end. */
export const stream = (response: ServerResponse, texts: ReadonlyArray<string>) => {
  response.writeHead(200, { "content-type": "text/event-stream" })
  const send = (data: unknown) => response.write(`data: ${JSON.stringify(data)}\n\n`)
  for (const content of texts) send({ choices: [{ delta: { content } }] })
  send({ choices: [{ delta: {}, finish_reason: "stop" }] })
  send({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } })
  response.end("data: [DONE]\n\n")
}
