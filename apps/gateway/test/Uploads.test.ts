import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { DocumentId, IngestionJobId } from "@resync/rag/model/Ids"
import { Rag } from "@resync/rag/Rag"
import { RagTest } from "@resync/rag/RagTest"
import { Effect, Latch, Layer, Stream } from "effect"
import { answer, open } from "./RawSocket.ts"
import { get, TestGateway, withKnowledge } from "./TestGateway.ts"

const maxFileSize = 65_536
const uploads = mkdtempSync(join(tmpdir(), "resync-uploads-test-"))

const limits = {
  RESYNC_MAX_BODY_SIZE: "1024",
  RAG_MAX_FILE_SIZE: String(maxFileSize),
  RESYNC_UPLOAD_MAX_FILES: "2",
  RESYNC_UPLOAD_DIR: uploads
}
const knowledge = withKnowledge(RagTest.layer(), limits)

const boundary = "----edge"
const part = (disposition: string, content: string) =>
  `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`
const file = (content: string, name = "a.txt") => part(`name="file"; filename="${name}"`, content)
const field = (name: string, value: string) => part(`name="${name}"`, value)
const end = `--${boundary}--\r\n`

const head = (headers: string, type = `multipart/form-data; boundary=${boundary}`) =>
  `POST /api/v1/rag/documents HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\n${headers}\r\n\r\n`
const sized = (body: string, type?: string) => head(`Content-Length: ${Buffer.byteLength(body)}`, type) + body
const chunked = (body: string) =>
  `${head("Transfer-Encoding: chunked")}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`

/** Nothing is kept of an upload that was refused: neither here nor in the knowledge base. */
const nothingLeft = Effect.gen(function* () {
  assert.deepStrictEqual(readdirSync(uploads), [])
  assert.deepStrictEqual((yield* Rag.use((rag) => rag.documents({}))).items, [])
})

const over = "x".repeat(maxFileSize + 1)

const refused: ReadonlyArray<
  readonly [title: string, sent: string, status: number, type: string, place?: ReadonlyArray<string>]
> = [
  ["a file over its limit", sized(file(over) + end), 413, "content-too-large"],
  ["a file over its limit, in chunks", chunked(file(over) + end), 413, "content-too-large"],
  ["a good file before one over its limit", sized(file("good") + file(over) + end), 413, "content-too-large"],
  ["a body over all limits", head("Content-Length: 999999999"), 413, "content-too-large"],
  [
    "a field over its limit",
    chunked(field("title", "x".repeat(1_100_000)) + file("a") + end),
    413,
    "content-too-large"
  ],
  ["too many files", sized(file("1") + file("2") + file("3") + end), 413, "too-many-files"],
  ["no file", sized(field("title", "x") + end), 400, "invalid-request", ["payload", "file"]],
  ["a form in which no file was chosen", sized(file("", "") + end), 400, "invalid-request", ["payload", "file"]],
  ["no parts at all", sized(end), 400, "invalid-request", ["payload", "file"]],
  ["an empty body", sized(""), 400, "malformed-request"],
  ["a body that ends within a file", sized(file("cut").slice(0, -8)), 400, "malformed-request"],
  ["a body without its last line", sized(file("cut")), 400, "malformed-request"],
  ["a form without a boundary", sized(file("a") + end, "multipart/form-data"), 400, "malformed-request"],
  ["another media type", sized("{}", "application/json"), 415, "unsupported-media-type"],
  [
    "no media type",
    `POST /api/v1/rag/documents HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
    415,
    "unsupported-media-type"
  ],
  [
    "a file under another name",
    sized(part('name="title"; filename="t"', "x") + file("a") + end),
    400,
    "invalid-request",
    ["payload", "title"]
  ],
  [
    "a field that does not exist",
    sized(field("tag", "x") + file("a") + end),
    400,
    "invalid-request",
    ["payload", "tag"]
  ],
  [
    "a field after the file that does not fit",
    sized(file("a") + field("authority", "mine") + end),
    400,
    "invalid-request",
    ["payload", "authority"]
  ],
  [
    "a tag among others that is too long",
    sized(file("a") + field("tags", `payroll,${"x".repeat(101)}`) + end),
    400,
    "invalid-request",
    ["payload", "tags", "1"]
  ],
  [
    "a title for two files",
    sized(file("1") + file("2") + field("title", "x") + end),
    400,
    "invalid-request",
    ["payload", "title"]
  ],
  ["a file with nothing in it", sized(file("") + end), 422, "upload-rejected"]
]

describe("an upload is refused, and leaves nothing behind, with", () => {
  for (const [title, sent, status, type, place] of refused) {
    it.live(title, () =>
      Effect.gen(function* () {
        const socket = yield* open((yield* TestGateway).port)
        yield* socket.write(sent)
        const { body, ...response } = answer(yield* socket.closed)
        assert.deepStrictEqual([response.status, body.type], [status, `urn:problem-type:resync:${type}`])
        if (place !== undefined) assert.deepStrictEqual(body.errors[0].path, place)
        yield* nothingLeft
      }).pipe(Effect.scoped, Effect.provide(knowledge))
    )
  }
})

describe("an upload", () => {
  it.live("may be larger than other bodies, whose limit stays", () =>
    Effect.gen(function* () {
      const { port } = yield* TestGateway
      const socket = yield* open(port)
      yield* socket.write(sized(file("x".repeat(maxFileSize)) + end))
      assert.strictEqual(answer(yield* socket.closed).status, 202)
      assert.deepStrictEqual(readdirSync(uploads), [])
      const other = yield* open(port)
      yield* other.write("POST /api/v1/rag/search HTTP/1.1\r\nHost: x\r\nContent-Length: 1025\r\n\r\n")
      assert.strictEqual(answer(yield* other.closed).body.limit, 1024)
    }).pipe(Effect.scoped, Effect.provide(knowledge))
  )

  it.live("with a path in its file's name is known by the name alone", () =>
    Effect.gen(function* () {
      const { port } = yield* TestGateway
      for (const name of ["../../../etc/cron.d/job.md", "..\\\\..\\\\job.md", "/etc/job.md"]) {
        const socket = yield* open(port)
        yield* socket.write(sized(file(`by ${name}`, name) + end))
        assert.strictEqual(answer(yield* socket.closed).body.fileName, "job.md", name)
      }
      assert.deepStrictEqual(readdirSync(uploads), [])
    }).pipe(Effect.scoped, Effect.provide(knowledge))
  )

  it.live("whose client hangs up leaves nothing behind", () =>
    Effect.gen(function* () {
      const { port } = yield* TestGateway
      yield* Effect.gen(function* () {
        const socket = yield* open(port)
        yield* socket.write(head("Content-Length: 50000") + file("x".repeat(30_000)).slice(0, -10))
        // Until it is on the disk.
        yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => readdirSync(uploads).length > 0 })
      }).pipe(Effect.scoped)
      yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => readdirSync(uploads).length === 0 })
      yield* nothingLeft
    }).pipe(Effect.provide(knowledge))
  )

  const begun = Latch.makeUnsafe(false)
  const gone = Latch.makeUnsafe(false)
  it.live("that has begun goes on when its client hangs up, with its files, which then go", () =>
    Effect.gen(function* () {
      const taken: Array<string> = []
      const service = withKnowledge(
        Layer.mock(Rag, {
          upload: ({ content, fileName }) =>
            Effect.gen(function* () {
              yield* begun.open
              yield* gone.await
              taken.push(`${fileName}: ${yield* Stream.mkString(Stream.decodeText(Stream.orDie(content)))}`)
              return {
                jobId: IngestionJobId.make("00000000-0000-7000-8000-000000000001"),
                documentId: DocumentId.make("00000000-0000-7000-8000-000000000002"),
                repeated: false
              }
            })
        }),
        limits
      )
      yield* Effect.gen(function* () {
        yield* Effect.gen(function* () {
          const socket = yield* open((yield* TestGateway).port)
          yield* socket.write(sized(file("1") + file("2", "b.txt") + end))
          yield* begun.await
        }).pipe(Effect.scoped)
        // The service has heard that the client is gone.
        yield* Effect.sleep("50 millis")
        yield* gone.open
        yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => readdirSync(uploads).length === 0 })
        assert.deepStrictEqual(taken, ["a.txt: 1", "b.txt: 2"])
        const { body } = yield* get("/api/v1/commands?name=knowledge.document.upload")
        assert.deepInclude(body.items[0], { state: "done" })
      }).pipe(Effect.provide(service))
    })
  )

  it.live("may take longer than other requests, but not for ever", () =>
    Effect.gen(function* () {
      const { port } = yield* TestGateway
      const slow = yield* open(port)
      yield* slow.write(head("Content-Length: 50000") + file("begun").slice(0, -10))
      const other = yield* open(port)
      yield* other.write("POST /api/v1/rag/search HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
      assert.strictEqual(answer(yield* other.closed).status, 408)
      // The other one came later and is over; this one goes on, to its own end.
      const { body, status } = answer(yield* slow.closed)
      assert.deepStrictEqual([status, body.type], [408, "urn:problem-type:resync:request-timeout"])
      yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => readdirSync(uploads).length === 0 })
    }).pipe(
      Effect.scoped,
      Effect.provide(
        withKnowledge(RagTest.layer(), {
          ...limits,
          RESYNC_HEADERS_TIMEOUT: "200 millis",
          RESYNC_REQUEST_TIMEOUT: "400 millis",
          RESYNC_UPLOAD_TIMEOUT: "2 seconds"
        })
      )
    )
  )

  it.live(
    "is never held in memory",
    () =>
      Effect.gen(function* () {
        const size = 256 * 1_048_576
        const socket = yield* open((yield* TestGateway).port)
        const block = new Uint8Array(1_048_576)
        const start = file("").slice(0, -2)
        yield* socket.write(head(`Content-Length: ${start.length + size + 2 + end.length}`) + start)
        let most = 0
        const before = process.memoryUsage.rss()
        for (let sent = 0; sent < size; sent += block.length) {
          yield* socket.flush(block)
          most = Math.max(most, process.memoryUsage.rss() - before)
        }
        yield* socket.write(`\r\n${end}`)
        assert.strictEqual(answer(yield* socket.closed).status, 202)
        assert.isBelow(most, size / 2)
      }).pipe(
        Effect.scoped,
        Effect.provide(
          withKnowledge(
            Layer.mock(Rag, {
              upload: ({ content }) =>
                Effect.as(Effect.orDie(Stream.runDrain(content)), {
                  jobId: "00000000-0000-7000-8000-000000000001" as never,
                  documentId: "00000000-0000-7000-8000-000000000002" as never,
                  repeated: false
                })
            }),
            { RESYNC_UPLOAD_DIR: uploads, RAG_MAX_FILE_SIZE: "300000000" }
          )
        )
      ),
    { timeout: 60_000 }
  )
})

process.on("exit", () => rmSync(uploads, { recursive: true, force: true }))
