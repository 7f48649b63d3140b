import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Totp from "@resync/identity/mfa/Totp"
import { directory, start } from "@resync/service/testing/ServiceProcess"
import * as TestStores from "@resync/store/testing/TestStores"
import { OtlpReceiver } from "@resync/telemetry/testing/OtlpReceiver"
import { SimulatorServer } from "@resync/tws-simulator/SimulatorServer"
import { Clock, Effect, Redacted } from "effect"
import { echoing } from "./EchoServer.ts"
import { all, session } from "./Observed.ts"
import { database } from "./SecretDatabase.ts"
import { random, Secrets } from "./Secrets.ts"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))
const [, postgres] = await TestStores.all()

const schedulerPassword = random()
const account = { user: "wauser", password: Redacted.make(schedulerPassword), role: "operator" } as const

const decode32 = (text: string) => {
  const bits = [...text].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("")
  return Uint8Array.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

const code = (secret: string) =>
  Effect.map(Clock.currentTimeMillis, (millis) => Totp.code(decode32(secret), Totp.stepAt(millis)))

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe.skipIf(postgres?.skip)("no secret of a whole run", { timeout: 300_000 }, () => {
  it.live("is in its logs, traces, metrics, audit trail or answers", () =>
    Effect.gen(function* () {
      const secrets = new Secrets()
      const folder = yield* directory
      const receiver = yield* OtlpReceiver
      const scheduler = yield* SimulatorServer
      const model = yield* echoing(401)
      const store = yield* database(random())
      secrets.keep("database password", store.password)
      const file = (name: string, content: string) => {
        const path = join(folder, name)
        writeFileSync(path, `${content}\n`)
        return path
      }
      const gateway = yield* start(main, {
        RESYNC_PORT: "0",
        RESYNC_DATA_DIR: join(folder, "data"),
        RESYNC_LOG_FORMAT: "json",
        RESYNC_LOG_LEVEL: "debug",
        RESYNC_SIGN_IN_RATE_LIMIT: "0",
        RAG_STARTER_CORPUS: "false",
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${secrets.keep("collector key", random())}`,
        DATABASE_URL: store.url,
        REDIS_URL: `redis://resync:${secrets.keep("Redis password", random())}@127.0.0.1:6379`,
        TWS_URL: scheduler.url,
        TWS_USER: "wauser",
        TWS_PASSWORD_FILE: file("tws", secrets.keep("scheduler password", schedulerPassword)),
        LLM_BASE_URL: model.url,
        LLM_API_KEY_FILE: file("llm", secrets.keep("model key", random())),
        EMBEDDING_BASE_URL: model.url,
        EMBEDDING_API_KEY: secrets.keep("embedding key", random()),
        RESYNC_AUDIT_KEY_FILE: file("audit", secrets.keep("audit key", random() + random())),
        RESYNC_SECRET_KEY: secrets.keep("secret key", random() + random())
      })
      const { call, findings } = session(secrets, yield* gateway.url)
      const password = secrets.keep("password", random())
      const wrong = secrets.keep("wrong password", random())
      const login = (name: string, given: string, more: object = {}, headers = {}) =>
        call("POST", "/api/v1/auth/login", { body: { name, password: given, ...more }, headers, shows: ["token"] })

      // Sign-in, and all the ways in which it does not work.
      const once = secrets.keep("one-time password", /one-time password (\S+)/.exec(gateway.output.stdout)?.[1] ?? "")
      const first = (yield* login("admin", once)).body.tokens
      secrets.keep("token, restricted", first.accessToken)
      const change = (next: unknown, current: unknown = once) =>
        call("POST", "/api/v1/auth/password", { body: { current, next }, headers: bearer(first.accessToken) })
      yield* change(secrets.keep("weak password", "q0weak"))
      yield* change({ x: wrong })
      yield* change(password, wrong)
      assert.strictEqual((yield* change(password)).status, 204)
      yield* login("admin", wrong)
      yield* login(secrets.keep("password in place of a name", random()), wrong)
      for (const body of [
        `{"name":"admin","password":"${wrong}"`,
        { name: wrong, password: { nested: wrong } },
        { name: "admin", password, passwort: wrong },
        { name: "admin", password: wrong.repeat(1_000) },
        [wrong]
      ]) {
        assert.strictEqual((yield* call("POST", "/api/v1/auth/login", { body })).status, 400)
      }
      const { body: signedIn } = yield* login("admin", password)
      const { accessToken, refreshToken } = signedIn.tokens
      secrets.keep("token", accessToken)
      secrets.keep("token, its signature", accessToken.split(".")[2])
      secrets.keep("token to refresh", refreshToken)
      const refresh = (token: string) =>
        call("POST", "/api/v1/auth/refresh", { body: { refreshToken: token }, shows: ["token"] })
      const next = (yield* refresh(refreshToken)).body.tokens
      secrets.keep("token, the next", next.accessToken)
      secrets.keep("token to refresh, the next", next.refreshToken)
      yield* refresh((yield* refresh(next.refreshToken)).body.tokens.refreshToken)
      assert.strictEqual((yield* refresh(refreshToken)).status, 401)
      const page = { "sec-fetch-site": "same-origin" }
      const { cookie } = yield* login("admin", password, { session: "cookie" }, page)
      secrets.keep("cookie", cookie.slice(cookie.indexOf("=") + 1))
      assert.strictEqual((yield* call("GET", "/api/v1/auth/me", { headers: { cookie } })).status, 200)
      yield* call("POST", "/api/v1/auth/logout", { headers: { cookie, "sec-fetch-site": "cross-site" } })
      const { accessToken: token } = (yield* login("admin", password)).body.tokens
      secrets.keep("token, in use", token)
      const admin = bearer(token)

      // A second factor, users and keys.
      const enrolment = (yield* call("POST", "/api/v1/auth/mfa/enroll", {
        headers: admin,
        body: { password },
        shows: ["TOTP"]
      })).body
      secrets.keep("TOTP secret", enrolment.secret)
      const good = secrets.keep("TOTP code", yield* code(enrolment.secret))
      const confirm = (given: string) =>
        call("POST", "/api/v1/auth/mfa/enroll/confirm", { body: { code: given }, headers: admin, shows: ["recovery"] })
      yield* confirm(secrets.keep("wrong TOTP code", good === "918273" ? "918274" : "918273"))
      const { recoveryCodes } = (yield* confirm(good)).body
      for (const [index, one] of recoveryCodes.entries()) secrets.keep(`recovery code ${index}`, one)
      const restricted = bearer((yield* login("admin", password)).body.tokens.accessToken)
      yield* call("POST", "/api/v1/auth/mfa/verify", { body: { code: good }, headers: restricted })
      const verified = yield* call("POST", "/api/v1/auth/mfa/verify", {
        body: { code: recoveryCodes[0] },
        headers: restricted,
        shows: ["token"]
      })
      secrets.keep("token, verified", verified.body.accessToken)
      const { body: user, text } = yield* call("POST", "/api/v1/users/", {
        body: { name: "operator", roles: ["operator"] },
        headers: admin,
        shows: ["one-time password of another"]
      })
      assert.property(user, "oneTimePassword", text)
      secrets.keep("one-time password of another", user.oneTimePassword)
      const { body: key } = yield* call("POST", "/api/v1/api-keys/", {
        body: { name: "night", permissions: ["tws:read", "jobs:hold"], expiresInDays: 1 },
        headers: admin,
        shows: ["API key"]
      })
      const machine = { "x-api-key": secrets.keep("API key", key.secret) }
      const badKey = secrets.keep("wrong API key", `${key.secret.slice(0, -12)}000000000000`)
      yield* call("GET", "/api/v1/tws/jobs", { headers: { "x-api-key": badKey } })
      yield* call("GET", "/api/v1/tws/jobs", { headers: bearer(badKey) })
      yield* call("GET", `/api/v1/tws/jobs?token=${token}&api_key=${key.secret}&password=${wrong}`, {
        headers: machine
      })

      // Commands, and systems behind that refuse.
      const { body: jobs } = yield* call("GET", "/api/v1/tws/jobs?limit=1", { headers: machine })
      const hold = (headers: object) =>
        call("POST", `/api/v1/tws/jobs/${jobs.items[0].id}/actions/hold`, {
          body: {},
          headers: { ...machine, ...headers }
        })
      assert.include([202, 409, 422], (yield* hold({ "idempotency-key": "once" })).status)
      yield* scheduler.control.setFaults([{ action: { kind: "status", status: 401 } }])
      assert.isAtLeast((yield* call("GET", "/api/v1/tws/workstations", { headers: admin })).status, 500)
      yield* hold({})
      const ask = () => call("POST", "/api/v1/rag/answer", { body: { question: "Why READY?" }, headers: admin })
      const learn = Effect.fnUntraced(function* (text: string) {
        const form = new FormData()
        form.append("file", new Blob([text]), "ready.md")
        const { body } = yield* call("POST", "/api/v1/rag/documents", { headers: admin, body: form })
        // Ends with the job.
        yield* call("GET", `/api/v1/rag/jobs/${body.jobId}/events`, { headers: admin })
      })
      yield* learn("A job waits in READY while the limit of its workstation is 0.")
      yield* ask()
      assert.isTrue(model.asked.some((one) => one.startsWith("/chat/completions")))
      model.refuse()
      yield* learn("A job waits in HOLD until somebody releases it.")
      yield* ask()
      model.close()
      yield* ask()
      yield* call("POST", "/api/v1/rag/search", { body: { query: "READY" }, headers: admin })

      // What the service tells of itself.
      for (const path of ["/metrics", "/health", "/openapi.json", "/docs", "/.well-known/jwks.json"]) {
        assert.strictEqual((yield* call("GET", path)).status, 200, path)
      }
      for (const path of ["audit/export", "audit", "commands", "users/", "api-keys/?owner=all", "auth/sessions"]) {
        assert.strictEqual((yield* call("GET", `/api/v1/${path}`, { headers: admin })).status, 200, path)
      }
      for (const path of ["resilience/policies", "resilience/breakers", "rag/jobs"]) {
        assert.strictEqual((yield* call("GET", `/api/v1/${path}`, { headers: admin })).status, 200, path)
      }

      const { banner, ...others } = yield* all(gateway)
      // The one place where it is to be read.
      assert.deepStrictEqual(secrets.in(banner), ["one-time password"])
      for (const [where, text] of Object.entries(others)) {
        if (where !== "stderr") assert.isAbove(text.length, 1_000, where)
        const found = secrets.in(text)
        assert.deepStrictEqual(found, [], `${where}: ${text.split("\n").filter((line) => secrets.in(line).length > 0)}`)
      }
      for (const marker of ["/api/v1/auth/login", "/chat/completions", "hold"]) assert.include(others.spans, marker)
      assert.deepStrictEqual(findings(), [])
      assert.isAbove(secrets.size, 30)
    }).pipe(Effect.provide([OtlpReceiver.layer, SimulatorServer.layer({ jobs: 50, accounts: [account] })]))
  )
})
