import { assert, describe, it } from "@effect/vitest"
import { Rag } from "@resync/rag/Rag"
import { RagUnavailable } from "@resync/rag/RagError"
import { RagTest } from "@resync/rag/RagTest"
import { CircuitOpen } from "@resync/resilience/CircuitOpen"
import { Duration, Effect, Layer, Stream } from "effect"
import { HttpBody, HttpClientRequest } from "effect/http"
import { get, send, TestGateway, withKnowledge } from "./TestGateway.ts"

const urn = (name: string) => `urn:problem-type:resync:${name}`

const post = (path: string, body?: object, headers: Readonly<Record<string, string>> = {}) => {
  const request = HttpClientRequest.post(`/api/v1/rag${path}`, { headers })
  return send(body === undefined ? request : HttpClientRequest.bodyJsonUnsafe(request, body))
}

const form = (files: ReadonlyArray<readonly [name: string, text: string]>, fields: Record<string, string> = {}) => {
  const data = new FormData()
  for (const [name, text] of files) data.append("file", new Blob([text]), name)
  for (const [name, value] of Object.entries(fields)) data.append(name, value)
  return data
}

const upload = (data: FormData, headers: Readonly<Record<string, string>> = {}) =>
  send(HttpClientRequest.post("/api/v1/rag/documents", { body: HttpBody.formData(data), headers }))

const unknown = "00000000-0000-7000-8000-0000000000ff"
const knowledge = withKnowledge(RagTest.layer())
const byHand = withKnowledge(RagTest.layer({ ingest: "by hand" }))

describe("the knowledge base over HTTP", () => {
  it.live("takes in a file, follows its job, finds it and answers from it", () =>
    Effect.gen(function* () {
      const accepted = yield* upload(
        form([["limits.md", "A limit of 0 keeps every job READY."]], {
          title: "Limits",
          tags: "limits, stuck",
          authority: "approved",
          source: "",
          platform: "distributed",
          version: "10.1"
        })
      )
      assert.strictEqual(accepted.status, 202)
      const { documentId, jobId } = accepted.body
      assert.deepStrictEqual(accepted.body, { fileName: "limits.md", jobId, documentId, repeated: false })
      assert.isUndefined(accepted.headers["idempotent-replayed"])

      const { body: job } = yield* get(`/api/v1/rag/jobs/${jobId}`)
      assert.deepInclude(job, { id: jobId, documentId, state: "completed" })
      const { body: document } = yield* get(`/api/v1/rag/documents/${documentId}`)
      assert.deepInclude(document, { title: "Limits", tags: ["limits", "stuck"], source: null, version: "10.1" })
      const { body: jobs } = yield* get("/api/v1/rag/jobs?state=completed&state=failed&limit=1")
      assert.deepStrictEqual([jobs.items.length, jobs.nextCursor], [1, null])
      const { body: found } = yield* post("/search", { query: "READY limit", filter: { tags: ["stuck"] } })
      assert.strictEqual(found.hits[0].documentId, documentId)
      const { body: answer } = yield* post("/answer", { question: "Why is every job READY?" })
      assert.deepInclude(answer, { _tag: "Answered", by: "extraction" })
      assert.strictEqual(answer.citations[0].documentId, documentId)

      const removed = yield* send(HttpClientRequest.delete(`/api/v1/rag/documents/${documentId}`))
      assert.strictEqual(removed.status, 204)
      assert.strictEqual((yield* get(`/api/v1/rag/documents/${documentId}`)).body.type, urn("document-not-found"))
    }).pipe(Effect.provide(knowledge))
  )

  it.live("answers several files with an item for each, in their order", () =>
    Effect.gen(function* () {
      const { body, status } = yield* upload(
        form([
          ["one.txt", "alpha"],
          ["C:\\texts\\two.json", "{}"]
        ])
      )
      assert.strictEqual(status, 202)
      assert.deepStrictEqual(
        body.items.map(({ fileName }: { readonly fileName: string }) => fileName),
        ["one.txt", "two.json"]
      )
      assert.lengthOf((yield* get("/api/v1/rag/documents")).body.items, 2)
    }).pipe(Effect.provide(knowledge))
  )

  it.live("says of a repeated upload that it is one, by its key and by its content", () =>
    Effect.gen(function* () {
      const headers = { "idempotency-key": "night-shift-1" }
      const first = yield* upload(form([["a.txt", "alpha"]]), headers)
      const again = [
        [headers, first.body],
        [{}, { ...first.body, repeated: true }]
      ] as const
      for (const [sent, answer] of again) {
        const { body, headers } = yield* upload(form([["a.txt", "alpha"]]), sent)
        assert.deepStrictEqual(body, answer)
        assert.strictEqual(headers["idempotent-replayed"], "true")
      }
      const reused = yield* upload(form([["a.txt", "beta"]]), headers)
      assert.strictEqual(reused.status, 422)
      assert.strictEqual(reused.body.type, urn("idempotency-key-reused"))
    }).pipe(Effect.provide(knowledge))
  )

  it.live("takes a new version of a document", () =>
    Effect.gen(function* () {
      const { body: first } = yield* upload(form([["a.txt", "alpha"]]))
      const { body: second } = yield* upload(form([["a.txt", "beta"]], { replaces: first.documentId }))
      assert.strictEqual(second.documentId, first.documentId)
      const lost = yield* upload(form([["a.txt", "gamma"]], { replaces: unknown }))
      assert.deepStrictEqual([lost.status, lost.body.type], [404, urn("document-not-found")])
    }).pipe(Effect.provide(knowledge))
  )

  it.live("streams a job until it is final", () =>
    Effect.gen(function* () {
      const { client } = yield* TestGateway
      const control = yield* RagTest
      const { body } = yield* upload(form([["a.txt", "alpha"]]))
      const response = yield* client.get(`/api/v1/rag/jobs/${body.jobId}/events`)
      assert.match(response.headers["content-type"] ?? "", /^text\/event-stream/)
      const seen: Array<string> = []
      yield* response.stream.pipe(
        Stream.decodeText,
        Stream.splitLines,
        Stream.filter((line) => line.startsWith("data: ")),
        Stream.tap((line) => {
          const { state } = JSON.parse(line.slice(6))
          seen.push(state)
          // Each state is told before the next one comes.
          return state === "queued"
            ? control.step(body.jobId, { state: "parsing" })
            : control.step(body.jobId, { state: "failed", failure: { reason: "corrupt", detail: "cut off" } })
        }),
        Stream.runDrain
      )
      assert.deepStrictEqual(seen, ["queued", "parsing", "failed"])
      assert.strictEqual((yield* post(`/jobs/${body.jobId}/actions/retry`)).body.state, "queued")
      assert.strictEqual((yield* post(`/jobs/${body.jobId}/actions/cancel`)).body.state, "cancelled")
      const again = yield* post(`/jobs/${body.jobId}/actions/cancel`)
      assert.strictEqual(again.status, 409)
      assert.deepInclude(again.body, { type: urn("ingestion-job-conflict"), state: "cancelled" })
    }).pipe(Effect.provide(byHand))
  )

  it.live("streams an answer when asked for events, and only then", () =>
    Effect.gen(function* () {
      const { add } = yield* RagTest
      yield* add("limits.md", "A limit of 0 keeps every job READY.")
      const question = { question: "What keeps every job READY?" }
      const events = yield* post("/answer", question, { accept: "application/json;q=0.5, text/event-stream" })
      assert.match(events.text, /event: Claimed\ndata: .+\n\nevent: Finished\ndata: .+\n\n$/)
      for (const accept of ["*/*", "application/json, text/event-stream;q=0.1", "text/event-stream;q=0"]) {
        assert.strictEqual((yield* post("/answer", question, { accept })).body._tag, "Answered", accept)
      }
    }).pipe(Effect.provide(knowledge))
  )
})

describe("while the knowledge base fails", () => {
  const unavailable = (reason: RagUnavailable["reason"]) =>
    new RagUnavailable({ operation: "search", reason, detail: "so it is", retryAfter: Duration.millis(1500) })
  const failures = [
    [unavailable("transport"), 502, "upstream-unreachable"],
    [unavailable("protocol"), 502, "upstream-bad-answer"],
    [unavailable("status"), 502, "upstream-bad-answer"],
    [unavailable("refused"), 502, "upstream-refused"],
    [unavailable("store"), 503, "upstream-unavailable", "2"],
    [unavailable("disk-full"), 503, "upstream-unavailable", "2"],
    [unavailable("timeout"), 504, "upstream-timeout"],
    [
      new CircuitOpen({ name: "rag_service", state: "OPEN", retryAfter: Duration.seconds(42) }),
      503,
      "circuit-open",
      "42"
    ]
  ] as const
  for (const [error, status, type, retryAfter] of failures) {
    it.effect(`${"reason" in error ? error.reason : error._tag} is answered with ${status} ${type}`, () =>
      Effect.gen(function* () {
        const { fail } = yield* RagTest
        yield* fail("search", error)
        const { body, headers, ...response } = yield* post("/search", { query: "x" })
        assert.deepStrictEqual([response.status, body.type, body.upstream], [status, urn(type), "rag"])
        assert.strictEqual(headers["retry-after"], retryAfter)
        if (type === "circuit-open") assert.strictEqual(body.breaker, "rag_service")
      }).pipe(Effect.provide(knowledge))
    )
  }

  it.effect("a full disk refuses an upload", () =>
    Effect.gen(function* () {
      const { fail } = yield* RagTest
      yield* fail("upload", unavailable("disk-full"))
      const { body, status } = yield* upload(form([["a.txt", "alpha"]]))
      assert.deepStrictEqual([status, body.type], [507, urn("storage-full")])
    }).pipe(Effect.provide(knowledge))
  )

  it.live("a stream that has begun ends with the problem", () =>
    Effect.gen(function* () {
      const { text } = yield* post("/answer", { question: "Why?" }, { accept: "text/event-stream" })
      assert.match(text, /event: Claimed\ndata: .+\n\nevent: Problem\ndata: \{"type":"urn:.+:upstream-unavailable"/)
    }).pipe(
      Effect.provide(
        withKnowledge(
          Layer.mock(Rag, {
            answerStream: () =>
              Stream.concat(
                Stream.succeed({ _tag: "Claimed" as const, text: "a", passageIds: [] }),
                Stream.fail(unavailable("store"))
              )
          })
        )
      )
    )
  )

  it.effect("what does not exist is 404, what does not fit is 400 with its place", () =>
    Effect.gen(function* () {
      for (const path of [`/jobs/${unknown}`, `/jobs/${unknown}/events`]) {
        const { body, status } = yield* get(`/api/v1/rag${path}`)
        assert.deepStrictEqual([status, body.type], [404, urn("ingestion-job-not-found")], path)
      }
      assert.strictEqual((yield* post(`/jobs/${unknown}/actions/retry`)).status, 404)
      const cases = [
        ["/search", { query: " " }, ["payload", "query"]],
        ["/search", { query: "x", limit: 1000 }, ["payload", "limit"]],
        ["/search", { query: "x", filtre: {} }, ["payload", "filtre"]],
        ["/answer", {}, ["payload", "question"]]
      ] as const
      for (const [path, body, place] of cases) {
        const refused = yield* post(path, body)
        assert.strictEqual(refused.status, 400)
        assert.deepStrictEqual(refused.body.errors[0].path, place)
      }
      assert.strictEqual((yield* get("/api/v1/rag/documents/none")).status, 400)
      assert.strictEqual((yield* get("/api/v1/rag/documents?tags=x")).status, 400)
    }).pipe(Effect.provide(knowledge))
  )
})
