import { assert, describe, it } from "@effect/vitest"
import type { Accepted } from "@resync/tws/model/Accepted"
import { TwsObjectNotFound } from "@resync/tws/TwsError"
import { DateTime, Effect } from "effect"
import { answer, open, type RawSocket } from "./RawSocket.ts"
import { over, scheduler, TestGateway } from "./TestGateway.ts"

const id = "0b7c7f0e-7a44-4c1c-9d0a-3f1f0b1c2d3e"

const accepted = DateTime.makeUnsafe("2026-03-04T10:00:00Z")

const gateway = over(
  scheduler({
    // What the job was before is for the audit trail, and may be missing there.
    job: () => Effect.fail(new TwsObjectNotFound({ kind: "job", id })),
    actOnJob: (job, action) =>
      Effect.succeed<Accepted>({ ids: [job], acceptedAt: accepted, expects: { _tag: "Job", id: job, action } })
  }),
  {
    RESYNC_MAX_HEADER_SIZE: "2048",
    RESYNC_MAX_URL_SIZE: "1024",
    RESYNC_MAX_BODY_SIZE: "1024",
    RESYNC_HEADERS_TIMEOUT: "200 millis",
    RESYNC_REQUEST_TIMEOUT: "400 millis",
    RESYNC_IDLE_TIMEOUT: "2 seconds",
    RESYNC_MAX_CONNECTIONS: "4",
    RESYNC_MAX_REQUESTS_PER_CONNECTION: "3"
  }
)

const command = `POST /api/v1/tws/jobs/${id}/actions/hold HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`

/** What is sent, and what must come back before the connection is closed. */
const cases: ReadonlyArray<readonly [title: string, sent: string, status: number, type: string]> = [
  ["bytes that are no HTTP", "NONSENSE\r\n\r\n", 400, "malformed-request"],
  ["a request without Host", "GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "malformed-request"],
  [
    "two lengths, which is how requests are smuggled",
    `${command}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
    400,
    "malformed-request"
  ],
  [
    "a header that is too large",
    `GET /health/live HTTP/1.1\r\nHost: x\r\nX-Large: ${"a".repeat(8192)}\r\n\r\n`,
    431,
    "header-fields-too-large"
  ],
  [
    "too many headers",
    `GET /health/live HTTP/1.1\r\nHost: x\r\n${"X-Many: a\r\n".repeat(1000)}\r\n`,
    431,
    "header-fields-too-large"
  ],
  ["a URL over its limit", `GET /${"a".repeat(1500)} HTTP/1.1\r\nHost: x\r\n\r\n`, 414, "uri-too-long"],
  ["a URL that is too large for a header", `GET /${"a".repeat(9000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 414, "uri-too-long"],
  ["a body that is announced as too large", `${command}Content-Length: 1025\r\n\r\n`, 413, "content-too-large"],
  [
    "a body that turns out too large",
    `${command}Transfer-Encoding: chunked\r\n\r\n500\r\n${" ".repeat(0x500)}\r\n0\r\n\r\n`,
    413,
    "content-too-large"
  ],
  ["a header that does not end", "GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ", 408, "request-timeout"],
  ["a body that does not end", `${command}Content-Length: 100\r\n\r\n{"justi`, 408, "request-timeout"],
  [
    "an unknown expectation",
    "GET /health/live HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\n\r\n",
    417,
    "expectation-failed"
  ]
]

describe("a raw connection gets", () => {
  for (const [title, sent, status, type] of cases) {
    it.live(`${status} ${type} for ${title}, and is closed`, () =>
      Effect.gen(function* () {
        const { port } = yield* TestGateway
        const socket = yield* open(port)
        yield* socket.write(sent)
        const { body, head, ...response } = answer(yield* socket.closed)
        assert.strictEqual(response.status, status)
        assert.include(head, "content-type: application/problem+json")
        assert.include(head, "connection: close")
        assert.strictEqual(body.type, `urn:problem-type:resync:${type}`)
        assert.strictEqual(body.status, status)
        assert.isString(body.correlationId)
        assert.include(head, `x-correlation-id: ${body.correlationId}`)
      }).pipe(Effect.scoped, Effect.provide(gateway))
    )
  }
})

const live = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"

describe("a connection", () => {
  it.live("that sends a header byte by byte is cut at the time limit", () =>
    Effect.gen(function* () {
      const { port } = yield* TestGateway
      const socket = yield* open(port)
      yield* socket.write("GET / HTTP/1.1\r\nHost: x\r\n")
      yield* socket.write("x").pipe(Effect.delay("20 millis"), Effect.forever, Effect.forkScoped)
      assert.strictEqual(answer(yield* socket.closed).status, 408)
    }).pipe(Effect.scoped, Effect.provide(gateway))
  )

  it.live("is asked to close after its last request", () =>
    Effect.gen(function* () {
      const { port } = yield* TestGateway
      const socket = yield* open(port)
      yield* socket.write(live.repeat(3))
      const answers = (yield* socket.until("Connection: close")).toLowerCase().split("http/1.1 200")
      assert.strictEqual(answers.length - 1, 3)
      assert.notInclude(answers[2], "connection: close")
      assert.include(answers[3], "connection: close")
    }).pipe(Effect.scoped, Effect.provide(gateway))
  )

  it.live("beyond the cap is closed, and the others are served", () =>
    Effect.gen(function* () {
      const { port } = yield* TestGateway
      const sockets: Array<RawSocket> = []
      for (let n = 0; n < 4; n++) {
        const socket = yield* open(port)
        yield* socket.write(live)
        yield* socket.until('{"status":"up"}')
        sockets.push(socket)
      }
      const beyond = yield* open(port)
      assert.strictEqual(yield* beyond.closed, "")
      yield* sockets[0]?.write(live) ?? Effect.void
      assert.match(yield* sockets[0]?.until('up"}HTTP') ?? Effect.succeed(""), /up/)
    }).pipe(Effect.scoped, Effect.provide(gateway))
  )
})

it.live("a body within its limit is taken, in pieces too", () =>
  Effect.gen(function* () {
    const { port } = yield* TestGateway
    const socket = yield* open(port)
    yield* socket.write(`${command}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\n{\r\n`)
    yield* socket.write("1\r\n}\r\n0\r\n\r\n")
    assert.include(yield* socket.closed, "HTTP/1.1 202")
  }).pipe(Effect.scoped, Effect.provide(gateway))
)

it.live("HTTP/1.0 needs no Host", () =>
  Effect.gen(function* () {
    const { port } = yield* TestGateway
    const socket = yield* open(port)
    yield* socket.write("GET /health/live HTTP/1.0\r\n\r\n")
    assert.include(yield* socket.closed, "HTTP/1.1 200")
  }).pipe(Effect.scoped, Effect.provide(gateway))
)

it.live("a client that does not read its answers is cut", () =>
  Effect.gen(function* () {
    const { port } = yield* TestGateway
    const socket = yield* open(port)
    const asked = 400
    yield* socket.pause
    yield* socket.write("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(asked))
    // Long enough for the server to see that nothing moves, looking twice.
    yield* Effect.sleep("2 seconds")
    yield* socket.resume
    const received = yield* socket.closed
    assert.isBelow(received.split("HTTP/1.1 200").length - 1, asked)
  }).pipe(
    Effect.scoped,
    Effect.provide(over(scheduler({}), { RESYNC_IDLE_TIMEOUT: "300 millis", RESYNC_KEEP_ALIVE_TIMEOUT: "1 second" }))
  )
)
