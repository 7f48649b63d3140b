import { createServer } from "node:http"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Resilience from "@resync/resilience/Resilience"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServer, HttpServerResponse } from "effect/http"
import { Tws } from "../src/Tws.ts"
import * as TwsHttp from "../src/TwsHttp.ts"

/** A server that answers every list with nothing, a little later, and counts the connections made to it. */
const counted = () => {
  const connections = { made: 0, open: 0, mostOpen: 0 }
  const server = createServer().on("connection", (socket) => {
    connections.made++
    connections.open++
    connections.mostOpen = Math.max(connections.mostOpen, connections.open)
    socket.on("close", () => connections.open--)
  })
  const answer = Effect.delay(Effect.orDie(HttpServerResponse.json({ count: 0, results: [] })), "5 millis")
  const layer = HttpRouter.serve(HttpRouter.add("*", "/*", answer), {
    disableLogger: true,
    disableListenLog: true
  }).pipe(Layer.provideMerge(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" })))
  return { connections, layer }
}

describe("connections", () => {
  it.live("are no more than the bound, and are used again", () => {
    const { connections, layer } = counted()
    return Effect.gen(function* () {
      const server = yield* HttpServer.HttpServer
      const url = new URL(HttpServer.formatAddress(server.address))
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        yield* Effect.forEach(
          Array.from({ length: 80 }, (_, index) => index + 1),
          (limit) => tws.jobs({ limit }),
          { concurrency: "unbounded", discard: true }
        )
      }).pipe(
        Effect.provide(
          TwsHttp.layer({ urls: [url], connections: { perHost: 4 } }).pipe(Layer.provide(Resilience.layer()))
        )
      )
      assert.isAtMost(connections.mostOpen, 4)
      assert.isAtMost(connections.made, 8)
    }).pipe(Effect.provide(layer))
  })
})
