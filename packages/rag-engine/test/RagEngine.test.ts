import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import type { Answer } from "@resync/rag/model/Answer"
import { Rag } from "@resync/rag/Rag"
import * as RagEngine from "@resync/rag-engine/RagEngine"
import { config } from "@resync/rag-engine/RagEngineConfig"
import type { RagEngineOptions } from "@resync/rag-engine/RagEngineOptions"
import * as Resilience from "@resync/resilience/Resilience"
import * as TestStores from "@resync/store/testing/TestStores"
import { ConfigProvider, Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { ended, file, folder } from "./ingestion/TestEngine.ts"
import * as TinyOnnx from "./models/TinyOnnx.ts"
import * as Samples from "./parsing/Samples.ts"

const engine = (dataDir: string, corpus: boolean, embedding?: RagEngineOptions["embedding"]) =>
  RagEngine.layer({ dataDir, corpus, embedding }).pipe(
    Layer.provide([NodeServices.layer, Resilience.layer(), FetchHttpClient.layer])
  )

const firstClaim = (answer: Answer) => (answer._tag === "Answered" ? answer.claims[0].text : answer._tag)

const html = `<!doctype html><html><head><title>Calendars</title></head><body><h1>Calendars</h1>
<p>The calendar UKHOL excludes the holidays of the bank.</p></body></html>`

for (const { engine: name, layer, skip } of await TestStores.all()) {
  /** Starts processes, which a busy machine does slowly. */
  describe.skipIf(skip)(`The engine on ${name}`, { timeout: 600_000 }, () => {
    it.live("answers from the starter corpus at its first start", () =>
      Effect.gen(function* () {
        const dataDir = yield* folder
        yield* Effect.gen(function* () {
          const rag = yield* Rag
          const { items } = yield* Effect.repeat(Effect.delay(rag.jobs({}), "100 millis"), {
            until: ({ items }) => items.length === 5
          })
          yield* Effect.forEach(items, ({ id }) => ended(id))
          const id = yield* rag.answer({ question: "what does AWSBHT001E mean" })
          assert.strictEqual(firstClaim(id), "The job could not be started at all, so it has no output of its own.")
          const ready = yield* rag.answer({ question: "why is a job in READY with limit 0" })
          assert.include(ready.text, "When its workstation has limit 0, nothing starts there.")
          const nothing = yield* rag.answer({ question: "how do I bake sourdough bread" })
          assert.strictEqual(nothing._tag, "NotFound")
        }).pipe(Effect.provide(engine(dataDir, true)))
      }).pipe(Effect.provide(layer), Effect.scoped)
    )

    it.live("finds a PDF, a DOCX, a page of HTML and a job log by what they say", () =>
      Effect.gen(function* () {
        const dataDir = yield* folder
        const pdf = yield* Effect.promise(() =>
          Samples.pdf([{ title: "Fences", lines: ["Jobs under the fence of the workstation wait."] }], "Fences")
        )
        const docx = yield* Effect.promise(Samples.docx)
        yield* Effect.gen(function* () {
          const rag = yield* Rag
          const accepted = yield* Effect.forEach(
            [file("a.pdf", pdf), file("b.docx", docx), file("c.html", html), file("d.log", Samples.jobLog)],
            rag.upload
          )
          yield* Effect.forEach(accepted, ({ jobId }) => ended(jobId))
          for (const [at, query] of ["fence of the workstation", "STUCK", "UKHOL", "PAYROLL.CALC_NET"].entries()) {
            const { hits } = yield* rag.search({ query })
            assert.strictEqual(hits[0]?.documentId, accepted[at]?.documentId, query)
          }
        }).pipe(Effect.provide(engine(dataDir, false)))
      }).pipe(Effect.provide(layer), Effect.scoped)
    )

    it.live.skipIf(TinyOnnx.skip)("finds by the vectors of a local model what has no word of the question", () =>
      Effect.gen(function* () {
        const words = { job: [1, 0, 0], task: [0.9, 0.1, 0], bread: [0, 0, 1], workload: [0, 1, 0] }
        const embedding = { directory: yield* TinyOnnx.directory({ words }), runtime: TinyOnnx.runtime }
        yield* Effect.gen(function* () {
          const rag = yield* Rag
          const { documentId, jobId } = yield* rag.upload(file("a.txt", "a task"))
          yield* ended(jobId)
          yield* ended((yield* rag.upload(file("b.txt", "bread of some kind"))).jobId)
          yield* ended((yield* rag.upload(file("c.txt", "words that the model has never heard"))).jobId)
          // The space is made some seconds after the first documents.
          const { hits } = yield* Effect.repeat(Effect.delay(rag.search({ query: "job" }), "100 millis"), {
            until: ({ hits, vectors }) => vectors && hits.length > 0
          })
          // A question that the model gives no direction to is answered by words.
          assert.deepInclude(yield* rag.search({ query: "unheard" }), { hits: [], vectors: false })
          assert.strictEqual(hits[0]?.documentId, documentId)
        }).pipe(Effect.provide(engine(yield* folder, false, embedding)))
      }).pipe(Effect.provide(layer), Effect.scoped)
    )
  })
}

describe("The settings of the engine", () => {
  it.effect("come from the environment, each with a default", () =>
    Effect.gen(function* () {
      const read = (env: Record<string, string>) => config.parse(ConfigProvider.fromEnv({ env }))
      const plain = yield* read({})
      assert.deepInclude(plain, { dataDir: "./.resync", maxUploadBytes: 100_000_000, concurrency: 2, corpus: true })
      assert.isUndefined(plain.model)
      const set = yield* read({ RAG_MAX_FILE_SIZE: "10", RAG_PARSE_TIMEOUT: "5 seconds", LLM_BASE_URL: "http://m/v1" })
      assert.strictEqual(set.maxUploadBytes, 10)
      assert.strictEqual(set.model?.baseUrl, "http://m/v1")
      assert.match((yield* Effect.flip(read({ RAG_MAX_FILE_SIZE: "0" }))).message, /RAG_MAX_FILE_SIZE/)
    })
  )

  it.effect("name a server or a local model for vectors, not both", () =>
    Effect.gen(function* () {
      const read = (env: Record<string, string>) => config.parse(ConfigProvider.fromEnv({ env }))
      const server = { EMBEDDING_BASE_URL: "http://m/v1", EMBEDDING_MODEL: "bge" }
      const local = { EMBEDDING_ONNX_DIR: "/models/minilm", EMBEDDING_ONNX_RUNTIME: "/opt/onnx" }
      assert.deepInclude((yield* read(server)).embedding, { baseUrl: "http://m/v1", model: "bge" })
      assert.deepStrictEqual((yield* read(local)).embedding, { directory: "/models/minilm", runtime: "/opt/onnx" })
      assert.match(
        (yield* Effect.flip(read({ ...server, ...local }))).message,
        /no directory where EMBEDDING_BASE_URL is set[\s\S]+EMBEDDING_ONNX_DIR/
      )
    })
  )
})
