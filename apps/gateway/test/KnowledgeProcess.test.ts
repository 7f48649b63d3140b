import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { directory, start } from "@resync/service/testing/ServiceProcess"
import { Context, Effect, Layer } from "effect"
import { FetchHttpClient, HttpBody, HttpClient, HttpClientRequest } from "effect/http"
import * as Samples from "./KnowledgeSamples.ts"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

/** The gateway as `npm start` runs it, but for its port and its data directory. */
class Started extends Context.Service<
  Started,
  { readonly url: string; readonly dataDir: string; readonly banner: () => string }
>()("@resync/gateway/test/Started") {
  static readonly layer = Layer.effect(
    Started,
    Effect.gen(function* () {
      const dataDir = yield* directory
      const gateway = yield* start(main, {
        RESYNC_PORT: "0",
        RESYNC_DATA_DIR: dataDir,
        RESYNC_AUTH: "off",
        RESYNC_LOG_LEVEL: "warn"
      })
      return { url: yield* gateway.url, dataDir, banner: () => gateway.output.stdout }
    })
  )
}

const send = Effect.fnUntraced(function* (request: HttpClientRequest.HttpClientRequest) {
  const { url } = yield* Started
  const response = yield* HttpClient.execute(HttpClientRequest.prependUrl(request, `${url}/api/v1/rag`))
  const text = yield* response.text
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) }
}, Effect.provide(FetchHttpClient.layer))

const post = (path: string, body: object) =>
  Effect.map(send(HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.post(path), body)), (answer) => answer.body)

interface Answered {
  readonly _tag: string
  readonly text: string
  readonly citations?: ReadonlyArray<{ readonly headings: ReadonlyArray<string> }>
}

/** Asks again until the document with that heading is in: the starter corpus is taken in after the start. */
const answered = (question: string, heading: string) =>
  Effect.repeat(
    Effect.delay(
      Effect.map(post("/answer", { question }), (answer): Answered => answer),
      "100 millis"
    ),
    { until: ({ citations }) => citations?.[0]?.headings.join().includes(heading) === true }
  )

const upload = Effect.fnUntraced(function* (name: string, content: string | Uint8Array<ArrayBuffer>) {
  const form = new FormData()
  form.append("file", new Blob([content]), name)
  const { body, status } = yield* send(HttpClientRequest.post("/documents", { body: HttpBody.formData(form) }))
  assert.strictEqual(status, 202, JSON.stringify(body))
  // The stream of its events ends with the job.
  const { url } = yield* Started
  const events = yield* HttpClient.get(`${url}/api/v1/rag/jobs/${body.jobId}/events`).pipe(
    Effect.flatMap(({ text }) => text),
    Effect.provide(FetchHttpClient.layer)
  )
  const last = JSON.parse(events.slice(events.lastIndexOf("data: ") + 6))
  assert.deepInclude(last, { id: body.jobId, state: "completed", failure: null })
  return body.documentId as string
})

const files: ReadonlyArray<
  readonly [
    name: string,
    content: () => Promise<string | Uint8Array<ArrayBuffer>>,
    mediaType: string,
    query: string,
    words: string
  ]
> = [
  ["manual.pdf", Samples.pdf, "application/pdf", "switch to the backup master", "switchmgr"],
  [
    "runbook.docx",
    Samples.docx,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "heron ledger locked",
    "unlock the heron ledger"
  ],
  ["howto.html", Samples.html, "text/html", "rotate the kestrel certificate", "kestrel certificate"],
  [
    "CALC_NET.log",
    Samples.log,
    "text/vnd.workload-automation.job-log",
    "marmot feed missing",
    "cannot open /data/marmot.csv"
  ]
]

describe("npm start", { timeout: 120_000 }, () => {
  it.layer(Started.layer, { timeout: "5 minutes", excludeTestServices: true })((it) => {
    it.effect("says that the knowledge base runs inside, where, and what to ask it", () =>
      Effect.gen(function* () {
        const { banner, dataDir, url } = yield* Started
        assert.include(banner(), `knowledge   in this process, with its store in ${dataDir}`)
        assert.include(banner(), `curl ${url}/api/v1/rag/answer`)
      })
    )

    it.effect("answers from the starter corpus", () =>
      Effect.gen(function* () {
        const meaning = yield* answered("what does AWSBHT001E mean", "AWSBHT001E")
        assert.include(meaning.text, "The job could not be started at all")
        const waiting = yield* answered("why is a job in READY with limit 0", "READY")
        assert.include(waiting.text, "limit")
      })
    )

    for (const [name, content, mediaType, query, words] of files) {
      it.effect(`finds ${name} by its content`, () =>
        Effect.gen(function* () {
          const documentId = yield* upload(name, yield* Effect.promise(content))
          const { body: document } = yield* send(HttpClientRequest.get(`/documents/${documentId}`))
          assert.strictEqual(document.mediaType, mediaType)
          const { hits } = yield* post("/search", { query })
          assert.strictEqual(hits[0].documentId, documentId, JSON.stringify(hits[0]))
          assert.include(hits[0].text, words)
        })
      )
    }

    it.effect("a second process on its data directory does not start, and says why in one line", () =>
      Effect.gen(function* () {
        const { dataDir } = yield* Started
        const second = yield* start(main, { RESYNC_PORT: "0", RESYNC_DATA_DIR: dataDir })
        assert.deepStrictEqual(yield* second.exit, { code: 1 })
        assert.match(second.output.stderr, /^resync: The data directory \S+ is in use by process \d+; .+\n$/)
      }).pipe(Effect.scoped)
    )
  })
})
