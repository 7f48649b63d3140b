import { assert, layer } from "@effect/vitest"
import type { Role } from "@resync/identity/model/Role"
import { Users } from "@resync/identity/users/Users"
import { Effect, Layer, Logger, Redacted } from "effect"
import { HttpClientRequest } from "effect/http"
import * as Authenticate from "../src/security/Authenticate.ts"
import { open, type RawSocket } from "./RawSocket.ts"
import { over, scheduler, send, TestGateway } from "./TestGateway.ts"

const gateway = over(
  scheduler({}),
  { RESYNC_AUTH: "on", RESYNC_SIGN_IN_RATE_LIMIT: "1000", RESYNC_EVENTS_HEARTBEAT: "50 millis" },
  Authenticate.layer
).pipe(Layer.provide(Logger.layer([])))

const post = (path: string, body: unknown, token?: string) =>
  send(
    HttpClientRequest.bodyJsonUnsafe(
      HttpClientRequest.post(path, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }),
      body
    )
  )

const next = "the night shift drinks tea"

/** Somebody who has signed in. */
const member = Effect.fnUntraced(function* (name: string, roles: ReadonlyArray<Role>) {
  const { oneTimePassword, user } = yield* (yield* Users).create({ name, roles, scopes: [] })
  const current = Redacted.value(oneTimePassword)
  const { body } = yield* post("/api/v1/auth/login", { name, password: current })
  const token: string = body.tokens.accessToken
  yield* post("/api/v1/auth/password", { current, next }, token)
  return { id: user.id, token }
})

const ask = Effect.fnUntraced(function* (token: string) {
  const { port } = yield* TestGateway
  const socket = yield* open(port)
  const headers = ["Host: x", "Connection: close", `Authorization: Bearer ${token}`]
  yield* socket.write(`GET /api/v1/resilience/events HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`)
  return socket
})

const end = "\r\n0\r\n\r\n"
const beat = ":\n\n"

/** A listener, who has heard that nothing has happened. */
const listen = (token: string) => Effect.tap(ask(token), (socket) => socket.until(beat))

/** How much has come so far. */
const heard = (socket: RawSocket) => Effect.map(socket.until(""), (received) => received.split(beat).length)

layer(gateway, { timeout: "60 seconds", excludeTestServices: true })("a stream of events", (it) => {
  it.effect("ends with the session it was asked for in, and with no other", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* member("one", ["viewer"]), yield* member("other", ["viewer"])]
      const [ending, going] = [yield* listen(one.token), yield* listen(other.token)]
      assert.strictEqual((yield* post("/api/v1/auth/logout", {}, one.token)).status, 204)
      assert.include(yield* ending.closed, end)
      const before = yield* heard(going)
      // Each beat is a look, or more.
      yield* Effect.repeat(Effect.delay(heard(going), "10 millis"), { until: (beats) => beats > before + 3 })
      assert.notInclude(yield* going.until(""), end)
    }).pipe(Effect.scoped)
  )

  it.effect("ends when its listener may do something else than before, who is then judged anew", () =>
    Effect.gen(function* () {
      const { id, token } = yield* member("moved", ["viewer"])
      const before = yield* listen(token)
      const users = yield* Users
      yield* users.update(id, { scopes: [{ folder: "/PAYROLL/*" }] })
      assert.include(yield* before.closed, end)
      const narrowed = yield* listen(token)
      yield* users.update(id, { roles: [] })
      assert.include(yield* narrowed.closed, end)
      const again = yield* ask(token)
      assert.match(yield* again.closed, /^HTTP\/1.1 403 /)
    }).pipe(Effect.scoped)
  )
})
