import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { directory, start } from "@resync/service/testing/ServiceProcess"
import { Effect, Stream } from "effect"
import { FetchHttpClient, HttpBody, HttpClient, HttpClientRequest } from "effect/http"
import * as ModelServer from "./ModelServer.ts"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

// That a sentence is complete shows by the next one.
const first = "Unlock the heron ledger with the skeleton key [1]. Then"
const second = " release the heron stream [1]."
const content = "# Heron ledger\n\nUnlock the heron ledger with the skeleton key. Then release the heron stream."
const question = "How is the heron ledger unlocked?"

describe("The gateway with a model server for answers and vectors", () => {
  it.live(
    "asks it as it is set up, and goes on without it",
    () =>
      Effect.gen(function* () {
        const models = yield* ModelServer.make(first, second)
        const gateway = yield* start(main, {
          RESYNC_PORT: "0",
          RESYNC_DATA_DIR: yield* directory,
          RESYNC_STORE_DURABLE: "false",
          RESYNC_AUTH: "off",
          RESYNC_LOG_LEVEL: "error",
          RAG_STARTER_CORPUS: "false",
          LLM_BASE_URL: models.baseUrl,
          LLM_MODEL: "answers",
          LLM_API_KEY: "key-of-answers",
          EMBEDDING_BASE_URL: models.baseUrl,
          EMBEDDING_MODEL: "vectors",
          EMBEDDING_API_KEY: "key-of-vectors"
        })
        const url = `${yield* gateway.url}/api/v1`
        const execute = (request: HttpClientRequest.HttpClientRequest) =>
          HttpClient.execute(HttpClientRequest.prependUrl(request, url))
        const send = (request: HttpClientRequest.HttpClientRequest) =>
          Effect.flatMap(execute(request), (response) =>
            Effect.map(response.text, (text) => ({ status: response.status, body: JSON.parse(text) }))
          )
        const post = (path: string, body: object) =>
          HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.post(path), body)
        const upload = Effect.fnUntraced(function* (fields: Readonly<Record<string, string>>) {
          const form = new FormData()
          form.append("file", new Blob([content]), "heron.md")
          for (const [name, value] of Object.entries(fields)) form.append(name, value)
          const { body } = yield* send(HttpClientRequest.post("/rag/documents", { body: HttpBody.formData(form) }))
          const events = yield* Effect.flatMap(
            execute(HttpClientRequest.get(`/rag/jobs/${body.jobId}/events`)),
            ({ text }) => text
          )
          assert.include(events.slice(events.lastIndexOf("data: ")), '"state":"completed"')
          return body.documentId as string
        })
        const embedded = () =>
          models.asked.flatMap(({ body }) => body.input ?? []).filter((text) => text.includes("Then"))

        // Vectors, once for each text.
        const documentId = yield* upload({})
        assert.strictEqual(embedded().length, 1)
        assert.deepInclude(models.asked[0], { path: "/v1/embeddings", authorization: "Bearer key-of-vectors" })
        assert.strictEqual(models.asked[0]?.body["model"], "vectors")
        assert.strictEqual(yield* upload({ replaces: documentId, tags: "heron" }), documentId)
        assert.strictEqual(embedded().length, 1, "its words were embedded before")
        const { hits } = yield* Effect.repeat(
          Effect.delay(
            Effect.map(send(post("/rag/search", { query: question })), ({ body }) => body),
            "100 millis"
          ),
          { until: (found) => found.vectors === true }
        )
        assert.strictEqual(hits[0].documentId, documentId)

        // An answer, as the model says it: the second sentence is not said before the first has come.
        const asking = post("/rag/answer", { question }).pipe(
          HttpClientRequest.setHeader("accept", "text/event-stream")
        )
        let said = ""
        yield* Stream.unwrap(Effect.map(execute(asking), ({ stream }) => stream)).pipe(
          Stream.decodeText(),
          Stream.runForEach((piece) => {
            const before = said
            said += piece
            return said.includes("event: Claimed") && !before.includes("event: Claimed") ? models.go : Effect.void
          })
        )
        const events = said.split("\n").filter((line) => line.startsWith("event: "))
        assert.deepStrictEqual(events, ["event: Claimed", "event: Claimed", "event: Finished"])
        const { answer } = JSON.parse(said.slice(said.lastIndexOf("data: ") + 6))
        assert.deepInclude(answer, { _tag: "Answered", by: "model" })
        assert.strictEqual(answer.citations[0].documentId, documentId)
        const chat = models.asked.find(({ path }) => path === "/v1/chat/completions")
        assert.deepInclude(chat, { authorization: "Bearer key-of-answers" })
        assert.deepInclude(chat?.body, { model: "answers", stream: true })

        // Without it: the passages' own sentences, marked as such, and soon without asking it at all.
        yield* models.close
        yield* send(
          HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.patch("/resilience/policies/llm"), {
            retry: { maxAttempts: 1 }
          })
        )
        const breaker = Effect.map(send(HttpClientRequest.get("/resilience/breakers/llm")), ({ body }) => body.state)
        assert.strictEqual(yield* breaker, "CLOSED")
        const without = Effect.gen(function* () {
          const { body, status } = yield* send(post("/rag/answer", { question }))
          assert.strictEqual(status, 200)
          assert.deepInclude(body, { _tag: "Answered", by: "extraction" })
          assert.include(body.text, "skeleton key")
          return yield* breaker
        })
        yield* Effect.repeat(without, { until: (state) => state === "OPEN" })
        yield* without
        const { body } = yield* send(HttpClientRequest.get("/resilience/breakers"))
        const states = JSON.stringify(body)
        for (const name of ["llm", "embedding"]) assert.include(states, `"${name}"`)
      }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
    120_000
  )
})
