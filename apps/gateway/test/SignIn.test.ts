import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it, layer } from "@effect/vitest"
import { Audit } from "@resync/identity/audit/Audit"
import * as Totp from "@resync/identity/mfa/Totp"
import type { Role } from "@resync/identity/model/Role"
import * as FirstAdmin from "@resync/identity/users/FirstAdmin"
import { Users } from "@resync/identity/users/Users"
import { Clock, Effect, Layer, Logger, Redacted, Stream } from "effect"
import { HttpClientRequest, type HttpMethod } from "effect/http"
import * as Authenticate from "../src/security/Authenticate.ts"
import { over, scheduler, send, TestGateway } from "./TestGateway.ts"

const gateway = (variables: Readonly<Record<string, string>> = {}) =>
  over(scheduler({}), { RESYNC_AUTH: "on", RESYNC_SIGN_IN_RATE_LIMIT: "1000", ...variables }, Authenticate.layer).pipe(
    Layer.provide(Logger.layer([]))
  )

const call = (
  method: HttpMethod.HttpMethod,
  path: string,
  { body, headers = {}, token }: { body?: unknown; token?: string | undefined; headers?: Record<string, string> } = {}
) =>
  send(
    HttpClientRequest.make(method)(path, {
      headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
    }).pipe((request) => (body === undefined ? request : HttpClientRequest.bodyJsonUnsafe(request, body)))
  )

const password = "the night shift drinks tea"

const login = (name: string, secret = password, more: object = {}) =>
  call("POST", "/api/v1/auth/login", { body: { name, password: secret, ...more } })

const enroll = (token: string, body: object = { password }) => call("POST", "/api/v1/auth/mfa/enroll", { token, body })

/** A user who has signed in with a chosen password; the access token. */
const member = Effect.fnUntraced(function* (name: string, roles: ReadonlyArray<Role> = ["viewer"]) {
  const users = yield* Users
  const { oneTimePassword, user } = yield* users.create({ name, roles, scopes: [] })
  const first = yield* login(name, Redacted.value(oneTimePassword))
  const token: string = first.body.tokens.accessToken
  const changed = yield* call("POST", "/api/v1/auth/password", {
    token,
    body: { current: Redacted.value(oneTimePassword), next: password }
  })
  assert.strictEqual(changed.status, 204)
  return { id: user.id, token }
})

const decode32 = (text: string) => {
  const bits = [...text].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("")
  return Uint8Array.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

const options = { timeout: "60 seconds", excludeTestServices: true } as const

layer(gateway(), options)("sign-in", (it) => {
  it.effect("is needed for everything but health, the description and the ways in", () =>
    Effect.gen(function* () {
      const { client } = yield* TestGateway
      const document = yield* Effect.flatMap(client.get("/openapi.json"), (response) => response.json)
      const { paths } = document as { paths: Record<string, Record<string, { security?: ReadonlyArray<object> }>> }
      const open: Array<string> = []
      for (const [path, operations] of Object.entries(paths)) {
        for (const [method, { security }] of Object.entries(operations)) {
          if ((security ?? []).length === 0) open.push(`${method} ${path}`)
          else {
            const url = path.replaceAll(/\{\w+\}/g, "0b7c7f0e-7a44-4c1c-9d0a-3f1f0b1c2d3e")
            const answer = yield* call(method.toUpperCase() as HttpMethod.HttpMethod, url)
            assert.strictEqual(answer.status, 401, `${method} ${path}`)
            assert.strictEqual(answer.body.type, "urn:problem-type:resync:unauthenticated")
            assert.strictEqual(answer.headers["www-authenticate"], 'Bearer realm="resync"')
          }
        }
      }
      assert.deepStrictEqual(open.sort(), [
        "get /.well-known/jwks.json",
        "get /api/v1/auth/oidc/callback",
        "get /api/v1/auth/oidc/start",
        "get /health",
        "get /health/live",
        "get /health/ready",
        "get /metrics",
        "post /api/v1/auth/login",
        "post /api/v1/auth/refresh"
      ])
    })
  )

  it.effect("begins with a one-time password, which opens nothing but the way to another one", () =>
    Effect.gen(function* () {
      const first = yield* FirstAdmin.ensure()
      if (first === undefined) return yield* Effect.die("there is an administrator already")
      const oneTime = Redacted.value(first.oneTimePassword)
      const answer = yield* login("ADMIN", oneTime)
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(answer.body.restriction, "password-change")
      const token = answer.body.tokens.accessToken
      const users = yield* call("GET", "/api/v1/users", { token })
      assert.deepInclude(users.body, { status: 403, restriction: "password-change" })
      const me = yield* call("GET", "/api/v1/auth/me", { token })
      assert.deepInclude(me.body, { name: "admin", permissions: [], restriction: "password-change" })
      const weak = yield* call("POST", "/api/v1/auth/password", {
        token,
        body: { current: oneTime, next: "Password12345" }
      })
      assert.deepInclude(weak.body, { status: 422, type: "urn:problem-type:resync:password-too-weak" })
      const changed = yield* call("POST", "/api/v1/auth/password", {
        token,
        body: { current: oneTime, next: password }
      })
      assert.strictEqual(changed.status, 204)
      assert.strictEqual((yield* call("GET", "/api/v1/users", { token })).status, 200)
    })
  )

  it.effect("is refused in one way, whatever is wrong", () =>
    Effect.gen(function* () {
      yield* member("exists")
      const answers = [yield* login("exists", "wrong"), yield* login("nobody", "wrong"), yield* login("", "wrong")]
      for (const { body, status } of answers) {
        assert.strictEqual(status, 401)
        const { correlationId, traceId, ...rest } = body
        assert.deepStrictEqual(rest, {
          type: "urn:problem-type:resync:sign-in-refused",
          title: "The name or the password is wrong",
          status: 401,
          instance: "/api/v1/auth/login"
        })
      }
    })
  )

  it.effect("is refused as no sign-in with a name that no user could have and no store could hold", () =>
    Effect.gen(function* () {
      for (const name of ["\0", "a\nb", "a".repeat(257)]) assert.strictEqual((yield* login(name)).status, 400)
      for (const name of ["", "'; DROP TABLE identity_users; --", "\ud800", "👩‍👩‍👧‍👦"]) {
        assert.strictEqual((yield* login(name)).body.type, "urn:problem-type:resync:sign-in-refused", name)
      }
    })
  )

  it.effect("waits after failures, and says how long", () =>
    Effect.gen(function* () {
      yield* member("guessed")
      const others = { "user-agent": "x" }
      const seen: Array<number> = []
      // Names that nobody has are counted alike.
      for (let i = 0; i < 6; i++) seen.push((yield* login("nobody else", "wrong")).status)
      assert.deepStrictEqual(seen, [401, 401, 401, 401, 401, 429])
      const answer = yield* call("POST", "/api/v1/auth/login", {
        headers: others,
        body: { name: "nobody else", password: "wrong" }
      })
      assert.strictEqual(answer.status, 429)
      assert.strictEqual(answer.headers["retry-after"], String(answer.body.retryAfter))
    })
  )

  it.effect("goes on by refresh tokens, and ends with one that comes twice", () =>
    Effect.gen(function* () {
      yield* member("tokens")
      const first = (yield* login("tokens")).body.tokens
      const refresh = (refreshToken: string) => call("POST", "/api/v1/auth/refresh", { body: { refreshToken } })
      const second = (yield* refresh(first.refreshToken)).body.tokens
      const third = yield* refresh(second.refreshToken)
      assert.strictEqual(third.status, 200)
      const reused = yield* refresh(first.refreshToken)
      assert.deepInclude(reused.body, { status: 401, reason: "revoked" })
      for (const token of [first.accessToken, third.body.tokens.accessToken]) {
        assert.deepInclude((yield* call("GET", "/api/v1/auth/me", { token })).body, { status: 401, reason: "revoked" })
      }
      assert.strictEqual((yield* refresh("x")).body.reason, "invalid")
    })
  )

  it.effect("ends at sign-out, and by the list of sessions", () =>
    Effect.gen(function* () {
      const { token } = yield* member("leaving")
      const other = (yield* login("leaving")).body
      const { items } = (yield* call("GET", "/api/v1/auth/sessions", { token })).body
      assert.lengthOf(items, 2)
      const ended = yield* call("DELETE", `/api/v1/auth/sessions/${other.session.id}`, { token })
      assert.strictEqual(ended.status, 204)
      const refused = yield* call("GET", "/api/v1/auth/me", { token: other.tokens.accessToken })
      assert.strictEqual(refused.body.reason, "revoked")
      assert.strictEqual((yield* call("POST", "/api/v1/auth/logout", { token })).status, 204)
      assert.strictEqual((yield* call("GET", "/api/v1/auth/me", { token })).body.reason, "revoked")
    })
  )

  it.effect("asks for the second factor once it is enrolled, takes each code once, and recovery codes", () =>
    Effect.gen(function* () {
      const { token } = yield* member("careful")
      const enrolment = (yield* enroll(token)).body
      assert.match(enrolment.uri, /^otpauth:\/\/totp\//)
      assert.match(enrolment.qrCode, /^<svg/)
      const code = Effect.map(Clock.currentTimeMillis, (millis) =>
        Totp.code(decode32(enrolment.secret), Totp.stepAt(millis))
      )
      const wrong = yield* call("POST", "/api/v1/auth/mfa/enroll/confirm", { token, body: { code: "000000" } })
      assert.strictEqual(wrong.body.type, "urn:problem-type:resync:code-refused")
      const used = yield* code
      const confirmed = yield* call("POST", "/api/v1/auth/mfa/enroll/confirm", { token, body: { code: used } })
      const { recoveryCodes } = confirmed.body
      assert.lengthOf(recoveryCodes, 10)

      const next = yield* login("careful")
      assert.strictEqual(next.body.restriction, "mfa")
      const restricted: string = next.body.tokens.accessToken
      const verify = (given: string) =>
        call("POST", "/api/v1/auth/mfa/verify", { token: restricted, body: { code: given } })
      assert.strictEqual((yield* call("GET", "/api/v1/auth/sessions", { token: restricted })).body.restriction, "mfa")
      assert.strictEqual((yield* verify(used)).status, 403)
      const verified = yield* verify(recoveryCodes[0])
      assert.strictEqual(verified.status, 200)
      assert.isNull(verified.body.restriction)
      const claims = JSON.parse(Buffer.from(verified.body.accessToken.split(".")[1], "base64url").toString())
      assert.deepStrictEqual(claims.amr, ["pwd", "recovery"])
      assert.strictEqual((yield* call("GET", "/api/v1/auth/sessions", { token: restricted })).status, 200)
      assert.strictEqual((yield* verify(recoveryCodes[0])).status, 403)
    })
  )

  it.effect("is not enough for a first second factor, which asks for the password again", () =>
    Effect.gen(function* () {
      const { token } = yield* member("stolen")
      const { body: without } = yield* enroll(token, {})
      assert.deepInclude(without, {
        status: 403,
        type: "urn:problem-type:resync:reauthentication-needed",
        by: "password"
      })
      const seen: Array<string> = []
      for (let i = 0; i < 6; i++) seen.push((yield* enroll(token, { password: `guess ${i}` })).body.type)
      assert.deepStrictEqual(seen.slice(0, 5), Array(5).fill("urn:problem-type:resync:sign-in-refused"))
      assert.strictEqual(seen[5], "urn:problem-type:resync:too-many-requests")
      const confirmed = yield* call("POST", "/api/v1/auth/mfa/enroll/confirm", { token, body: { code: "123456" } })
      assert.deepInclude(confirmed.body, { status: 409, reason: "mfa-not-begun" })
    })
  )

  it.effect("by a cookie is for pages of this service alone", () =>
    Effect.gen(function* () {
      yield* member("browser", ["operator"])
      const { url } = yield* TestGateway
      const body = { name: "browser", password, session: "cookie" }
      const foreign = yield* call("POST", "/api/v1/auth/login", { body, headers: { origin: "https://evil.example" } })
      assert.strictEqual(foreign.body.type, "urn:problem-type:resync:cross-site-request")
      const own = { origin: url }
      const answer = yield* call("POST", "/api/v1/auth/login", { body, headers: own })
      assert.strictEqual(answer.status, 200)
      assert.notProperty(answer.body, "tokens")
      const set = answer.headers["set-cookie"] ?? ""
      assert.match(set, /^resync_session=[\w-]{43};/)
      for (const attribute of ["HttpOnly", "SameSite=Lax", "Path=/"]) assert.include(set, attribute)
      // Plain HTTP: a browser would not send it back.
      assert.notInclude(set, "Secure")
      const cookie = set.slice(0, set.indexOf(";"))
      assert.strictEqual((yield* call("GET", "/api/v1/auth/me", { headers: { cookie } })).body.name, "browser")
      for (const headers of [
        { cookie },
        { cookie, origin: "https://evil.example" },
        { cookie, origin: "null" },
        { cookie, ...own, "sec-fetch-site": "cross-site" },
        { cookie, ...own, "sec-fetch-site": "same-site" }
      ]) {
        const refused = yield* call("POST", "/api/v1/auth/logout", { headers })
        assert.strictEqual(refused.body?.type, "urn:problem-type:resync:cross-site-request", JSON.stringify(headers))
      }
      const out = yield* call("POST", "/api/v1/auth/logout", { headers: { cookie, "sec-fetch-site": "same-origin" } })
      assert.strictEqual(out.status, 204)
      assert.strictEqual(out.cookies["resync_session"]?.value, "")
      assert.strictEqual(out.cookies["__Host-resync_session"]?.value, "")
      assert.match(out.headers["set-cookie"] ?? "", /Max-Age=0/)
      assert.strictEqual(out.headers["clear-site-data"], '"cache", "storage"')
      assert.strictEqual((yield* call("GET", "/api/v1/auth/me", { headers: { cookie } })).status, 401)
    })
  )

  it.effect("without an OpenID provider says so", () =>
    Effect.gen(function* () {
      const answer = yield* call("GET", "/api/v1/auth/oidc/start")
      assert.deepInclude(answer.body, { status: 403, reason: "not-configured" })
    })
  )

  it.effect("leaves what it did in the audit trail, and no secret", () =>
    Effect.gen(function* () {
      const audit = yield* Audit
      const entries = yield* Stream.runCollect(audit.all())
      const text = JSON.stringify(entries)
      const actions = new Set(entries.map(({ action }) => action))
      for (const action of [
        "auth.login",
        "auth.logout",
        "auth.password.change",
        "auth.mfa.enroll",
        "auth.mfa.verify"
      ]) {
        assert.isTrue(actions.has(action), action)
      }
      assert.isTrue(entries.some(({ action, outcome }) => action === "auth.login" && outcome === "refused"))
      assert.notInclude(text, password)
    })
  )
})

layer(gateway(), options)("permissions", (it) => {
  const commands = [
    ["POST", "/api/v1/resilience/breakers/tws_ping/actions/reset", "operator"],
    ["PATCH", "/api/v1/resilience/policies/none", "admin"],
    ["GET", "/api/v1/users", "admin"],
    ["POST", "/api/v1/users", "admin"]
  ] as const

  it.effect("are what the roles have", () =>
    Effect.gen(function* () {
      const rank = { viewer: 0, operator: 1, admin: 2 }
      for (const role of ["viewer", "operator", "admin"] as const) {
        const { token } = yield* member(`the ${role}`, [role])
        for (const [method, path, needed] of commands) {
          const { body, status } = yield* call(method, path, { token, ...(method === "GET" ? {} : { body: {} }) })
          const forbidden = status === 403 && body.type === "urn:problem-type:resync:forbidden"
          assert.strictEqual(forbidden, rank[role] < rank[needed], `${role} ${method} ${path}: ${status}`)
        }
        assert.strictEqual((yield* call("GET", "/api/v1/resilience/breakers", { token })).status, 200)
      }
    })
  )

  it.effect("change at once with the roles, and end with the user", () =>
    Effect.gen(function* () {
      const admin = (yield* member("boss", ["admin"])).token
      const worker = yield* member("worker", ["viewer"])
      const allowed = Effect.map(call("GET", "/api/v1/users", { token: worker.token }), ({ status }) => status)
      assert.strictEqual(yield* allowed, 403)
      const changed = yield* call("PATCH", `/api/v1/users/${worker.id}`, { token: admin, body: { roles: ["admin"] } })
      assert.strictEqual(changed.status, 200)
      assert.strictEqual(yield* allowed, 200)
      yield* call("POST", `/api/v1/users/${worker.id}/actions/disable`, { token: admin })
      assert.strictEqual(yield* allowed, 401)
      const enabled = yield* call("POST", `/api/v1/users/${worker.id}/actions/enable`, { token: admin })
      assert.isFalse(enabled.body.disabled)
      const reset = yield* call("POST", `/api/v1/users/${worker.id}/actions/reset-password`, { token: admin })
      assert.strictEqual((yield* login("worker")).status, 401)
      assert.strictEqual((yield* login("worker", reset.body.oneTimePassword)).body.restriction, "password-change")
      assert.strictEqual((yield* call("DELETE", `/api/v1/users/${worker.id}`, { token: admin })).status, 204)
      assert.strictEqual((yield* call("GET", `/api/v1/users/${worker.id}`, { token: admin })).status, 404)
    })
  )

  it.effect("are given to users with names of any script, once", () =>
    Effect.gen(function* () {
      const admin = (yield* member("chief", ["admin"])).token
      const make = (name: string) => call("POST", "/api/v1/users", { token: admin, body: { name, roles: ["viewer"] } })
      const made = yield* make("Мария Łukasz-山田")
      assert.strictEqual(made.status, 201)
      assert.strictEqual((yield* login("мария ŁUKASZ-山田", made.body.oneTimePassword)).status, 200)
      assert.deepInclude((yield* make("МАРИЯ łukasz-山田")).body, { status: 409, reason: "name-taken" })
      assert.strictEqual((yield* make("<script>")).status, 400)
    })
  )

  it.effect("of an API key are those it was given, and it can be ended", () =>
    Effect.gen(function* () {
      const { token } = yield* member("machinist", ["operator"])
      const tooMuch = yield* call("POST", "/api/v1/api-keys", {
        token,
        body: { name: "k", permissions: ["users:write"], expiresInDays: 1 }
      })
      assert.deepInclude(tooMuch.body, { status: 403, permission: "users:write" })
      const made = yield* call("POST", "/api/v1/api-keys", {
        token,
        body: { name: "night batch", permissions: ["resilience:read"], expiresInDays: 30 }
      })
      assert.strictEqual(made.status, 201)
      const key: string = made.body.secret
      for (const headers of [{ "x-api-key": key }, { authorization: `Bearer ${key}` }]) {
        assert.strictEqual((yield* call("GET", "/api/v1/resilience/breakers", { headers })).status, 200)
      }
      const headers = { "x-api-key": key }
      const beyond = yield* call("POST", "/api/v1/resilience/breakers/tws_ping/actions/reset", { headers, body: {} })
      assert.strictEqual(beyond.status, 403)
      // A key makes no keys.
      const more = { headers, body: { name: "k2", permissions: ["resilience:read"], expiresInDays: 1 } }
      assert.strictEqual((yield* call("POST", "/api/v1/api-keys", more)).status, 403)
      const listed = (yield* call("GET", "/api/v1/api-keys", { token })).body.items
      assert.deepInclude(listed[0], { name: "night batch", prefix: key.slice(0, 14) })
      assert.isNotNull(listed[0].lastUsedAt)
      assert.notInclude(JSON.stringify(listed), key)
      assert.strictEqual((yield* call("DELETE", `/api/v1/api-keys/${made.body.apiKey.id}`, { token })).status, 200)
      assert.strictEqual((yield* call("GET", "/api/v1/resilience/breakers", { headers })).body.reason, "revoked")
    })
  )

  it.effect("are given to no key with a name that no store could hold", () =>
    Effect.gen(function* () {
      const { token } = yield* member("namer", ["admin"])
      const body = { name: "a\0", permissions: ["tws:read"], expiresInDays: 1 }
      const { body: problem, status } = yield* call("POST", "/api/v1/api-keys", { token, body })
      assert.strictEqual(status, 400)
      assert.deepStrictEqual(problem.errors[0].path, ["payload", "name"])
    })
  )

  it.effect("are looked at for the first credential of a request only", () =>
    Effect.gen(function* () {
      const { token } = yield* member("double", ["viewer"])
      const answer = yield* call("GET", "/api/v1/auth/me", { token: "x.y.z", headers: { "x-api-key": token } })
      assert.deepInclude(answer.body, { status: 401, reason: "invalid" })
    })
  )
})

layer(gateway({ RESYNC_MFA_ROLES: "admin", RESYNC_TRUSTED_PROXIES: "127.0.0.0/8" }), options)("a policy", (it) => {
  it.effect("demands a second factor of the roles it names", () =>
    Effect.gen(function* () {
      const { token } = yield* member("boss", ["admin"])
      assert.strictEqual((yield* call("GET", "/api/v1/users", { token })).body.restriction, "mfa-enrolment")
      assert.strictEqual((yield* enroll(token)).status, 200)
      const { token: other } = yield* member("worker", ["operator"])
      assert.strictEqual((yield* call("GET", "/api/v1/resilience/breakers", { token: other })).status, 200)
    })
  )

  it.effect("believes proxies that are trusted about clients and TLS", () =>
    Effect.gen(function* () {
      const { token } = yield* member("remote")
      const { url } = yield* TestGateway
      const headers = { "x-forwarded-for": "1.1.1.1, 198.51.100.7", "x-forwarded-proto": "https", origin: url }
      const body = { name: "remote", password, session: "cookie" }
      const answer = yield* call("POST", "/api/v1/auth/login", { body, headers })
      assert.strictEqual(answer.body.session.address, "198.51.100.7")
      assert.include(answer.headers["set-cookie"] ?? "", "Secure")
      assert.strictEqual((yield* call("GET", "/api/v1/auth/me", { token })).status, 200)
    })
  )

  it.effect("keeps the cookie of a session over TLS apart from that over plain HTTP", () =>
    Effect.gen(function* () {
      yield* member("both")
      const { url } = yield* TestGateway
      const body = { name: "both", password, session: "cookie" }
      const byTls = { "x-forwarded-proto": "https", origin: url }
      const setOver = (headers: Record<string, string>) =>
        Effect.map(
          call("POST", "/api/v1/auth/login", { body, headers }),
          ({ headers: answered }) => answered["set-cookie"] ?? ""
        )
      const [secure, plain] = [yield* setOver(byTls), yield* setOver({ origin: url })]
      assert.match(secure, /^__Host-resync_session=[\w-]{43};/)
      for (const attribute of ["Secure", "Path=/", "HttpOnly"]) assert.include(secure, attribute)
      assert.notInclude(secure, "Domain")
      assert.match(plain, /^resync_session=[\w-]{43};/)
      const me = (cookie: string, headers: Record<string, string>) =>
        Effect.map(call("GET", "/api/v1/auth/me", { headers: { ...headers, cookie } }), ({ body: told, status }) =>
          status === 200 ? told.name : told.reason
        )
      const [bySecure, byPlain] = [secure, plain].map((set) => set.slice(0, set.indexOf(";"))) as [string, string]
      assert.strictEqual(yield* me(bySecure, byTls), "both")
      assert.strictEqual(yield* me(byPlain, {}), "both")
      // Each under its own name alone: what a neighbour or somebody on the way wrote under the plain one is not looked at.
      assert.strictEqual(yield* me(byPlain, byTls), "missing")
      assert.strictEqual(yield* me(bySecure, {}), "missing")
      assert.strictEqual(yield* me(`${byPlain}; ${bySecure}`, byTls), "both")
      const out = yield* call("POST", "/api/v1/auth/logout", { headers: { ...byTls, cookie: bySecure } })
      for (const name of ["__Host-resync_session", "resync_session"]) {
        assert.deepInclude(out.cookies[name], { value: "" }, name)
        assert.isTrue(out.cookies[name]?.options?.secure, name)
      }
      assert.strictEqual(yield* me(bySecure, byTls), "revoked")
    })
  )
})

describe("a new password", () => {
  it.live("is neither a common one nor one of the list of breached ones", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "resync-breached-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      const file = join(folder, "passwords.txt")
      writeFileSync(file, "nobody would guess this\n")
      yield* Effect.gen(function* () {
        const { token } = yield* member("chooser")
        const choose = (next: string) =>
          call("POST", "/api/v1/auth/password", { token, body: { current: password, next } })
        for (const next of ["leavemealone", "Sonyericsson-2026", "Nobody would guess this"]) {
          const { body } = yield* choose(next)
          assert.deepInclude(body, { status: 422, type: "urn:problem-type:resync:password-too-weak" }, next)
        }
        assert.strictEqual((yield* choose("nobody would guess that")).status, 204)
      }).pipe(Effect.provide(gateway({ RESYNC_BREACHED_PASSWORDS_FILE: file })))
    }).pipe(Effect.scoped)
  )
})

const limited = {
  RESYNC_RATE_LIMIT: "5",
  RESYNC_ADDRESS_RATE_LIMIT: "40",
  RESYNC_SIGN_IN_RATE_LIMIT: "6"
}

layer(gateway(limited), options)("limits", (it) => {
  it.effect("are told before they are reached, and held for each user apart", () =>
    Effect.gen(function* () {
      const { token } = yield* member("eager")
      const { token: other } = yield* member("other")
      const me = (of: string) => call("GET", "/api/v1/auth/me", { token: of })
      const first = yield* me(token)
      assert.strictEqual(first.headers["ratelimit-policy"], '"principal";q=5;w=60')
      assert.match(first.headers["ratelimit"] ?? "", /^"principal";r=[0-4];t=\d+$/)
      const seen: Array<number> = []
      for (let i = 0; i < 5; i++) seen.push((yield* me(token)).status)
      assert.include(seen, 429)
      const answer = yield* me(token)
      assert.strictEqual(answer.body.type, "urn:problem-type:resync:too-many-requests")
      assert.strictEqual(answer.headers["retry-after"], String(answer.body.retryAfter))
      assert.strictEqual((yield* me(other)).status, 200)
    })
  )

  it.effect("of sign-in are apart from those of all else, and so are those of refused credentials", () =>
    Effect.gen(function* () {
      const seen: Array<number> = []
      for (let i = 0; i < 8; i++) seen.push((yield* login(`nobody ${i}`, "wrong")).status)
      assert.include(seen, 429)
      const refused: Array<number> = []
      for (let i = 0; i < 8; i++) {
        refused.push((yield* call("GET", "/api/v1/auth/me", { headers: { "x-api-key": `rsk_${i}` } })).status)
      }
      assert.deepStrictEqual(refused.slice(0, 6), Array(6).fill(401))
      assert.deepStrictEqual(refused.slice(6), [429, 429])
    })
  )

  it.effect("of an address hold for every path", () =>
    Effect.gen(function* () {
      const seen = new Set<number>()
      for (let i = 0; i < 40; i++) seen.add((yield* call("GET", i % 2 === 0 ? "/nowhere" : "/health/live")).status)
      assert.isTrue(seen.has(429))
      const answer = yield* call("GET", "/nowhere")
      assert.strictEqual(answer.status, 429)
      assert.strictEqual(answer.headers["x-content-type-options"], "nosniff")
    })
  )
})
