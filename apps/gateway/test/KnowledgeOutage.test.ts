import { createServer } from "node:net"
import { fileURLToPath } from "node:url"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as RagHttp from "@resync/rag/RagHttp"
import { directory, start } from "@resync/service/testing/ServiceProcess"
import { Effect, Layer, Redacted } from "effect"
import { HttpClientRequest } from "effect/http"
import { get, send, withKnowledge } from "./TestGateway.ts"

const main = fileURLToPath(new URL("../../rag-service/src/main.ts", import.meta.url))
const token = "between-these-two"

/** A port that was free a moment ago, so that the service can come back where it was. */
const freePort = Effect.callback<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const search = send(HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.post("/api/v1/rag/search"), { query: "limit" }))
const until = (status: number, type?: string) =>
  Effect.repeat(Effect.delay(search, "20 millis"), {
    until: (answer) =>
      answer.status === status && (type === undefined || answer.body.type === `urn:problem-type:resync:${type}`)
  })
const breaker = Effect.map(get("/api/v1/resilience/breakers/rag_service"), ({ body }) => body.state as string)

describe("a remote knowledge service that is killed under load", () => {
  it.live(
    "is held back by its breaker with 503, the breaker's name and Retry-After, and found again by a probe",
    () =>
      Effect.gen(function* () {
        const port = yield* freePort
        const dataDir = yield* directory
        const service = start(main, {
          RAG_PORT: String(port),
          RAG_TOKEN: token,
          RAG_STARTER_CORPUS: "false",
          RESYNC_DATA_DIR: dataDir,
          RESYNC_LOG_LEVEL: "error"
        })
        yield* Effect.gen(function* () {
          const first = yield* service
          yield* first.url
          // One try, so that nothing has to be waited for, and a probe soon.
          yield* send(
            HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.patch("/api/v1/resilience/policies/rag_service"), {
              retry: { maxAttempts: 1 },
              circuitBreaker: { waitDurationInOpenState: "2 seconds" }
            })
          )
          yield* until(200)
          const seen = new Set<number>()
          yield* search.pipe(
            Effect.tap(({ status }) => Effect.sync(() => seen.add(status))),
            Effect.delay("10 millis"),
            Effect.forever,
            Effect.forkScoped,
            Effect.replicateEffect(4)
          )
          yield* first.kill("SIGKILL")
          const rejected = yield* until(503, "circuit-open")
          assert.strictEqual(rejected.body.breaker, "rag_service")
          assert.strictEqual(rejected.body.upstream, "rag")
          assert.include(["1", "2"], rejected.headers["retry-after"])
          assert.strictEqual(yield* breaker, "OPEN")
          assert.deepStrictEqual(
            [...seen].filter((status) => ![200, 502, 503].includes(status)),
            []
          )
          assert.strictEqual((yield* get("/health/ready")).status, 200)

          const second = yield* service
          yield* second.url
          yield* until(200)
          assert.strictEqual(yield* breaker, "CLOSED")
          yield* second.kill("SIGTERM")
          assert.deepStrictEqual(yield* second.exit, { code: 0 })
        }).pipe(
          Effect.provide(
            withKnowledge(
              RagHttp.layer({ url: new URL(`http://127.0.0.1:${port}`), token: Redacted.make(token) }).pipe(
                Layer.provide(NodeHttpClient.layerUndici)
              )
            )
          )
        )
      }).pipe(Effect.scoped, Effect.timeout("150 seconds")),
    160_000
  )
})
