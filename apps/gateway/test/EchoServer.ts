import { createServer } from "node:http"
import { Effect } from "effect"

interface EchoServer {
  readonly url: string
  /** The credentials that came, each with the path that it came to. */
  readonly asked: Array<string>
  /** Until this it makes vectors for those who ask for them. */
  readonly refuse: () => void
  readonly close: () => void
}

/** A system behind that refuses everybody, and tells everybody what it was sent, credentials first. */
export const echoing = (status: number) =>
  Effect.acquireRelease(
    Effect.callback<EchoServer>((resume) => {
      const asked: Array<string> = []
      let refusing = false
      const server = createServer((request, response) => {
        let body = ""
        request.on("data", (piece) => {
          body += piece
        })
        request.on("end", () => {
          if (request.url?.endsWith("/openid-configuration") === true) {
            const issuer = `http://${request.headers.host}`
            const endpoints = { authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token` }
            response
              .writeHead(200, { "content-type": "application/json" })
              .end(JSON.stringify({ issuer, ...endpoints, jwks_uri: `${issuer}/keys` }))
            return
          }
          const credential = String(request.headers.authorization ?? request.headers["x-api-key"])
          asked.push(`${request.url} ${credential}`)
          if (request.url?.endsWith("/embeddings") === true && !refusing) {
            const { input } = JSON.parse(body)
            const data = input.map((_: string, index: number) => ({ index, embedding: [1, index + 1, 2, 3] }))
            response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data }))
            return
          }
          const message = `Incorrect credential provided: ${credential.replace(/^\w+ /, "")} (${credential}) ${body}`
          response
            .writeHead(status, credential, { "content-type": "application/json", "x-debug": credential })
            .end(JSON.stringify({ error: { message, code: credential }, messages: [message], detail: message }))
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(
          Effect.succeed({
            url: `http://127.0.0.1:${port}`,
            asked,
            refuse: () => {
              refusing = true
            },
            close: () => server.close().closeAllConnections()
          })
        )
      })
    }),
    ({ close }) => Effect.sync(close)
  )
