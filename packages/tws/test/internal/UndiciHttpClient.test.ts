import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { assert, describe, layer } from "@effect/vitest"
import { isNotConnected } from "@resync/resilience/ResilientHttpClient"
import { Context, Deferred, Effect, Fiber, Layer, Stream } from "effect"
import { type HttpClient, HttpClientRequest } from "effect/http"
import { Agent } from "undici"
import * as UndiciHttpClient from "../../src/internal/UndiciHttpClient.ts"

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A server whose behaviour a test sets, and a client that reads up to 1,000 bytes. */
class Peer extends Context.Service<
  Peer,
  {
    readonly url: string
    readonly client: HttpClient.HttpClient
    readonly behave: (handler: Handler) => void
    readonly close: Effect.Effect<void>
  }
>()("Peer") {
  static readonly layer = Layer.effect(
    Peer,
    Effect.gen(function* () {
      let handler: Handler = (_, response) => response.end()
      const server = yield* Effect.acquireRelease(
        Effect.callback<Server>((resume) => {
          const listening = createServer((request, response) => handler(request, response))
          listening.listen(0, "127.0.0.1", () => resume(Effect.succeed(listening)))
        }),
        (listening) => close(listening)
      )
      const agent = yield* Effect.acquireRelease(
        Effect.sync(() => new Agent({ connections: 2 })),
        (made) => Effect.promise(() => made.destroy())
      )
      const address = server.address()
      return {
        url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
        client: UndiciHttpClient.make(agent, 1000),
        behave: (next: Handler) => {
          handler = next
        },
        close: close(server)
      }
    })
  )
}

const close = (server: Server) =>
  Effect.sync(() => {
    server.closeAllConnections()
    server.close()
  })

const live = { excludeTestServices: true } as const

describe("UndiciHttpClient", () => {
  layer(Peer.layer, live)("with a server", (it) => {
    it.effect("sends method, path, query, headers and body, and reads status, headers and body", () =>
      Effect.gen(function* () {
        const { behave, client, url } = yield* Peer
        behave((request, response) => {
          const chunks: Array<Buffer> = []
          request.on("data", (chunk: Buffer) => chunks.push(chunk))
          request.on("end", () => {
            response.writeHead(201, { "content-type": "application/json", "set-cookie": ["a=1", "b=2"] })
            const { headers, method, url: path } = request
            const body = Buffer.concat(chunks).toString()
            response.end(JSON.stringify({ method, path, accept: headers.accept, body }))
          })
        })
        const request = HttpClientRequest.put(`${url}/plan/job?scope=a`, {
          urlParams: undefined,
          headers: { accept: "application/json" }
        }).pipe(HttpClientRequest.bodyJsonUnsafe({ answer: true }))
        const response = yield* client.execute(request)
        assert.strictEqual(response.status, 201)
        assert.strictEqual(response.headers["content-type"], "application/json")
        assert.deepStrictEqual(Object.keys(response.cookies.cookies), ["a", "b"])
        assert.deepStrictEqual(yield* response.json, {
          method: "PUT",
          path: "/plan/job?scope=a",
          accept: "application/json",
          body: '{"answer":true}'
        })
        assert.include(yield* response.text, "PUT")
        const bytes = yield* Stream.runFold(
          response.stream,
          () => 0,
          (size, chunk) => size + chunk.byteLength
        )
        assert.strictEqual(bytes, (yield* response.arrayBuffer).byteLength)
      })
    )

    it.effect("puts the query together from the parameters of the request", () =>
      Effect.gen(function* () {
        const { behave, client, url } = yield* Peer
        behave((request, response) => response.end(request.url))
        const response = yield* client.get(`${url}/plan/job`, { urlParams: { oql: "name LIKE 'A@'", limit: 5 } })
        assert.strictEqual(yield* response.text, "/plan/job?oql=name+LIKE+%27A%40%27&limit=5")
      })
    )

    it.effect("an answer that breaks off is one whose body cannot be read", () =>
      Effect.gen(function* () {
        const { behave, client, url } = yield* Peer
        behave((_, response) => {
          response.writeHead(200, { "content-length": "100" })
          response.write("half of it", () => response.destroy())
        })
        const response = yield* client.get(`${url}/`)
        assert.strictEqual(response.status, 200)
        assert.strictEqual((yield* Effect.flip(response.text)).reason._tag, "DecodeError")
      })
    )

    it.effect("so is one that is too large, with or without a length", () =>
      Effect.gen(function* () {
        const { behave, client, url } = yield* Peer
        for (const chunked of [true, false]) {
          behave((_, response) => {
            const body = "x".repeat(2000)
            if (chunked) response.write(body)
            response.end(chunked ? undefined : body)
          })
          const response = yield* client.get(`${url}/`)
          const error = yield* Effect.flip(response.text)
          assert.strictEqual(error.reason._tag, "DecodeError")
          assert.include(String(error.reason.cause), "1000 bytes")
        }
      })
    )

    it.effect("a connection cut before the answer is a transport error, after sending", () =>
      Effect.gen(function* () {
        const { behave, client, url } = yield* Peer
        behave((request) => request.socket.destroy())
        const error = yield* Effect.flip(client.get(`${url}/`))
        assert.strictEqual(error.reason._tag, "TransportError")
        assert.isFalse(isNotConnected(error))
      })
    )

    it.effect("an interruption aborts the exchange, also one that waits for a connection", () =>
      Effect.gen(function* () {
        const { behave, client, url } = yield* Peer
        const arrived = yield* Deferred.make<void>()
        const gone = yield* Deferred.make<void>()
        let requests = 0
        behave((request) => {
          requests++
          request.on("close", () => Deferred.doneUnsafe(gone, Effect.void))
          if (requests === 2) Deferred.doneUnsafe(arrived, Effect.void)
        })
        // Two connections are busy, so the third has none yet.
        const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(client.get(`${url}/`)))
        yield* Deferred.await(arrived)
        yield* Fiber.interruptAll(fibers)
        yield* Deferred.await(gone)
        behave((_, response) => response.end("again"))
        const response = yield* client.get(`${url}/`)
        assert.strictEqual(yield* response.text, "again")
        assert.strictEqual(requests, 2)
      })
    )

    it.effect("a URL that is not absolute and a body that streams are refused before anything is sent", () =>
      Effect.gen(function* () {
        const { client, url } = yield* Peer
        const relative = yield* Effect.flip(client.get("/plan"))
        assert.strictEqual(relative.reason._tag, "EncodeError")
        const streaming = HttpClientRequest.bodyStream(
          HttpClientRequest.post(`${url}/`),
          Stream.make(new Uint8Array(1))
        )
        assert.strictEqual((yield* Effect.flip(client.execute(streaming))).reason._tag, "EncodeError")
      })
    )
  })

  layer(Peer.layer, live)("without a server", (it) => {
    it.effect("a refused connection is a transport error that shows that nothing was sent", () =>
      Effect.gen(function* () {
        const { client, close: stop, url } = yield* Peer
        yield* stop
        const error = yield* Effect.flip(client.get(`${url}/`))
        assert.strictEqual(error.reason._tag, "TransportError")
        assert.isTrue(isNotConnected(error))
      })
    )
  })
})
