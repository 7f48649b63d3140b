import { assert, layer } from "@effect/vitest"
import { Audit } from "@resync/identity/audit/Audit"
import type { Role } from "@resync/identity/model/Role"
import { Sessions } from "@resync/identity/sessions/Sessions"
import { Users } from "@resync/identity/users/Users"
import { Effect, Layer, Logger, Redacted, Stream } from "effect"
import { HttpClientRequest, type HttpMethod } from "effect/http"
import { SqlClient } from "effect/sql"
import * as Authenticate from "../src/security/Authenticate.ts"
import { over, scheduler, send } from "./TestGateway.ts"

const gateway = over(scheduler({}), { RESYNC_AUTH: "on", RESYNC_SIGN_IN_RATE_LIMIT: "1000" }, Authenticate.layer).pipe(
  Layer.provide(Logger.layer([]))
)

const type = (name: string) => `urn:problem-type:resync:${name}`
const call = (
  method: HttpMethod.HttpMethod,
  path: string,
  { body, key, token }: { readonly body?: unknown; readonly key?: string; readonly token?: string } = {}
) =>
  send(
    HttpClientRequest.make(method)(`/api/v1${path}`, {
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(key === undefined ? {} : { "idempotency-key": key })
      }
    }).pipe((request) => (body === undefined ? request : HttpClientRequest.bodyJsonUnsafe(request, body)))
  )

const password = "the night shift drinks tea"
const login = (name: string, secret = password) => call("POST", "/auth/login", { body: { name, password: secret } })

/** A user who has signed in with a chosen password. */
const member = Effect.fnUntraced(function* (name: string, roles: ReadonlyArray<Role>, scopes: Array<object> = []) {
  const { oneTimePassword, user } = yield* (yield* Users).create({ name, roles, scopes: scopes as never })
  const first = yield* login(name, Redacted.value(oneTimePassword))
  const token: string = first.body.tokens.accessToken
  const changed = yield* call("POST", "/auth/password", {
    token,
    body: { current: Redacted.value(oneTimePassword), next: password }
  })
  assert.strictEqual(changed.status, 204)
  return { id: user.id, token, refreshToken: first.body.tokens.refreshToken as string }
})

interface Shown {
  readonly name: string
  readonly roles: ReadonlyArray<string>
}
interface Entry {
  readonly phase: string
  readonly outcome?: string
  readonly action: string
  readonly actor: { readonly name: string; readonly id: string }
  readonly target?: { readonly kind: string; readonly id: string; readonly name?: string }
  readonly before?: Shown
  readonly after?: Shown
  readonly detail?: {
    readonly kind?: string
    readonly reason?: string
    readonly type?: string
    readonly request?: object
  }
}
const entries = Effect.map(
  Effect.flatMap(Audit, (audit) => Stream.runCollect(audit.all())),
  (all) => all as unknown as ReadonlyArray<Entry>
)
const of = (action: string) => Effect.map(entries, (all) => all.filter((entry) => entry.action === action))

/** What a test does while nothing can be written to the audit trail. */
const withoutAudit = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.acquireUseRelease(
      sql`ALTER TABLE audit_entries RENAME TO gone`,
      () => test,
      () => Effect.orDie(sql`ALTER TABLE gone RENAME TO audit_entries`)
    )
  )

const options = { timeout: "60 seconds", excludeTestServices: true } as const

layer(gateway, options)("a change of users", (it) => {
  it.effect("is a command: written down before and after, with what was and what is", () =>
    Effect.gen(function* () {
      const { id: boss, token } = yield* member("boss", ["admin"])
      const made = yield* call("POST", "/users", { token, body: { name: "newcomer", roles: ["viewer"] } })
      assert.strictEqual(made.status, 201)
      const { id } = made.body.user
      const [intent, outcome, ...more] = yield* of("user.create")
      assert.lengthOf(more, 0)
      assert.deepInclude(intent, { phase: "intent" })
      assert.deepInclude(intent?.actor, { id: boss, name: "boss" })
      assert.deepStrictEqual(intent?.detail?.request, { name: "newcomer", roles: ["viewer"], scopes: [] })
      assert.deepInclude(outcome, { phase: "outcome", outcome: "done" })
      assert.deepInclude(outcome?.target, { id, name: "newcomer" })
      assert.deepInclude(outcome?.after, { name: "newcomer", roles: ["viewer"] })

      const changed = yield* call("PATCH", `/users/${id}`, { token, body: { roles: ["operator"] } })
      assert.deepStrictEqual(changed.body.roles, ["operator"])
      const [before, after] = yield* of("user.update")
      assert.deepStrictEqual([before?.before?.roles, after?.after?.roles], [["viewer"], ["operator"]])

      for (const [method, path, action] of [
        ["POST", `/users/${id}/actions/disable`, "user.disable"],
        ["POST", `/users/${id}/actions/enable`, "user.enable"],
        ["POST", `/users/${id}/actions/reset-mfa`, "user.reset-mfa"],
        ["POST", `/users/${id}/actions/reset-password`, "user.reset-password"],
        ["DELETE", `/users/${id}`, "user.remove"]
      ] as const) {
        assert.include([200, 204], (yield* call(method, path, { token })).status, action)
        assert.deepStrictEqual(
          (yield* of(action)).map(({ outcome, phase, target }) => [phase, outcome, target?.id]),
          [
            ["intent", undefined, id],
            ["outcome", "done", id]
          ]
        )
      }
      const last = yield* call("POST", `/users/${boss}/actions/disable`, { token })
      assert.deepInclude(last.body, { status: 409, reason: "last-admin" })
      const [, refused] = (yield* of("user.disable")).slice(2)
      assert.deepInclude(refused, { outcome: "refused" })
      assert.strictEqual(refused?.detail?.reason, "last-admin")
    })
  )

  it.effect("takes a key: done once, and a secret that is shown once is shown once", () =>
    Effect.gen(function* () {
      const { token } = yield* member("chief", ["admin"])
      const create = { token, key: "k1", body: { name: "once", roles: ["viewer"] } }
      const first = yield* call("POST", "/users", create)
      assert.strictEqual(first.status, 201)
      const again = yield* call("POST", "/users", create)
      assert.deepInclude(again.body, { status: 409, type: type("secret-shown-once") })
      const other = yield* call("POST", "/users", { ...create, body: { name: "twice", roles: ["viewer"] } })
      assert.deepInclude(other.body, { status: 422, type: type("idempotency-key-reused") })
      const path = `/users/${first.body.user.id}/actions/disable`
      const disabled = yield* call("POST", path, { token, key: "k2" })
      const replayed = yield* call("POST", path, { token, key: "k2" })
      assert.deepStrictEqual(replayed.body, disabled.body)
      assert.strictEqual(replayed.headers["idempotent-replayed"], "true")
    })
  )

  it.effect("that cannot be written down is not made", () =>
    Effect.gen(function* () {
      const { id, token } = yield* member("head", ["admin"])
      const users = yield* Users
      const worker = yield* member("worker", ["viewer"])
      yield* withoutAudit(
        Effect.gen(function* () {
          for (const [method, path, body] of [
            ["POST", "/users", { name: "ghost", roles: ["admin"] }],
            ["PATCH", `/users/${worker.id}`, { roles: ["admin"] }],
            ["DELETE", `/users/${worker.id}`, undefined],
            ["POST", `/users/${worker.id}/actions/disable`, undefined],
            ["POST", "/api-keys", { name: "ghost", permissions: ["users:write"], expiresInDays: 1 }],
            ["POST", "/auth/password", { current: password, next: "another password altogether" }],
            ["POST", "/auth/mfa/enroll", { password }],
            ["POST", "/auth/logout", undefined]
          ] as const) {
            const { body: problem } = yield* call(method, path, { token, ...(body === undefined ? {} : { body }) })
            assert.deepInclude(problem, { status: 503, type: type("audit-unavailable"), sent: false }, path)
          }
        })
      )
      const { items } = yield* users.list({ limit: 100 })
      assert.isFalse(items.some(({ name }) => name === "ghost"))
      assert.deepInclude(yield* users.get(worker.id), { roles: ["viewer"], disabled: false })
      assert.strictEqual((yield* call("GET", "/auth/me", { token })).status, 200)
      assert.strictEqual((yield* login("head")).status, 200)
      assert.lengthOf((yield* call("GET", "/api-keys", { token })).body.items, 0)
      assert.deepInclude(yield* users.get(id), { mfa: false })
    })
  )

  it.effect("is for nobody who is narrowed, and none of it is for all who may look at commands", () =>
    Effect.gen(function* () {
      const { token } = yield* member("root", ["admin"])
      const narrowed = yield* member("local", ["admin"], [{ workstation: "AGENT1" }])
      const viewer = yield* member("onlooker", ["viewer"])
      const made = yield* call("POST", "/users", { token, body: { name: "seen", roles: ["viewer"] } })
      const refused = yield* call("PATCH", `/users/${narrowed.id}`, { token: narrowed.token, body: { scopes: [] } })
      assert.deepInclude(refused.body, { status: 403, reason: "scope" })
      const more = yield* call("POST", "/users", { token: narrowed.token, body: { name: "wide", roles: ["admin"] } })
      assert.deepInclude(more.body, { status: 403, reason: "scope" })
      // His own sign-in is his own.
      assert.strictEqual(
        (yield* call("POST", "/auth/mfa/enroll", { token: narrowed.token, body: { password } })).status,
        200
      )
      const names = (token: string) =>
        Effect.map(call("GET", "/commands?limit=1000", { token }), ({ body }) =>
          body.items.map(({ name }: { readonly name: string }) => name)
        )
      assert.include(yield* names(token), "user.create")
      assert.deepStrictEqual(new Set(yield* names(viewer.token)), new Set(["auth.password.change"]))
      const { headers } = made
      const path = (headers["location"] ?? "").replace("/api/v1", "")
      assert.strictEqual((yield* call("GET", path, { token })).body.name, "user.create")
      assert.strictEqual((yield* call("GET", path, { token: viewer.token })).status, 404)
    })
  )
})

layer(gateway, options)("secrets", (it) => {
  it.effect("are in no entry of the audit trail and in no command that is kept", () =>
    Effect.gen(function* () {
      const { token } = yield* member("keeper", ["admin"])
      const made = yield* call("POST", "/users", { token, body: { name: "fresh", roles: ["viewer"] } })
      const reset = yield* call("POST", `/users/${made.body.user.id}/actions/reset-password`, { token, key: "r" })
      const key = yield* call("POST", "/api-keys", {
        token,
        key: "a",
        body: { name: "batch", permissions: ["tws:read"], expiresInDays: 1 }
      })
      assert.strictEqual(key.status, 201)
      const enrolment = (yield* call("POST", "/auth/mfa/enroll", { token, body: { password } })).body
      const wrong = yield* call("POST", "/auth/mfa/enroll/confirm", { token, body: { code: "918273" } })
      assert.strictEqual(wrong.body.type, type("code-refused"))
      const chosen = "yet another passphrase"
      yield* call("POST", "/auth/password", { token, body: { current: password, next: chosen } })
      const sql = yield* SqlClient.SqlClient
      const kept = JSON.stringify([yield* entries, yield* sql`SELECT * FROM commands`])
      for (const [name, secret] of Object.entries({
        made: made.body.oneTimePassword,
        reset: reset.body.oneTimePassword,
        key: key.body.secret,
        totp: enrolment.secret,
        uri: enrolment.uri,
        code: "918273",
        password,
        chosen,
        token
      })) {
        assert.isString(secret, name)
        assert.notInclude(kept, secret, name)
      }
      assert.include(kept, "api-key.create")
      const again = yield* call("POST", "/api-keys", {
        token: (yield* login("keeper", chosen)).body.tokens.accessToken,
        key: "a",
        body: { name: "batch", permissions: ["tws:read"], expiresInDays: 1 }
      })
      assert.deepInclude(again.body, { status: 409, type: type("secret-shown-once") })
    })
  )
})

layer(gateway, options)("who is refused", (it) => {
  it.effect("is in the audit trail: a wrong password with whose, a lockout, and not what was typed", () =>
    Effect.gen(function* () {
      const { id } = yield* member("known", ["viewer"])
      yield* login("known", "not the password")
      yield* login("hunter2-typed-in-the-wrong-field", "x")
      for (let n = 0; n < 6; n++) yield* login("nobody", "x")
      const refused = (yield* of("auth.login")).filter(({ outcome }) => outcome === "refused")
      assert.deepStrictEqual(refused[0]?.target, { kind: "user", id })
      assert.deepStrictEqual(
        refused.map(({ detail }) => detail?.reason),
        [...Array(7).fill("credentials"), "locked"]
      )
      const text = JSON.stringify(yield* entries)
      assert.notInclude(text, "hunter2")
      assert.notInclude(text, "not the password")
    })
  )

  it.effect("also with a code, a refresh token that comes twice, and a key that does not hold", () =>
    Effect.gen(function* () {
      const { id, refreshToken, token } = yield* member("careful", ["operator"])
      yield* call("POST", "/auth/mfa/enroll", { token, body: { password } })
      yield* call("POST", "/auth/mfa/enroll/confirm", { token, body: { code: "000000" } })
      const [, wrong] = yield* of("auth.mfa.enroll")
      assert.deepInclude(wrong, { outcome: "refused" })
      assert.deepInclude(wrong?.target, { id })
      assert.strictEqual(wrong?.detail?.type, type("code-refused"))

      const refresh = (secret: string) => call("POST", "/auth/refresh", { body: { refreshToken: secret } })
      const second = (yield* refresh(refreshToken)).body.tokens
      yield* refresh(second.refreshToken)
      assert.strictEqual((yield* refresh(refreshToken)).status, 401)
      const [reused] = yield* of("auth.refresh")
      assert.deepInclude(reused, { outcome: "refused" })
      assert.strictEqual(reused?.detail?.reason, "reused")
      assert.match(reused?.target?.id ?? "", /^[0-9a-f-]{36}$/)

      yield* call("GET", "/auth/me", { token: "rsk_aaaaaaaaaa_0123456789012345678901234567890123456789012" })
      const [credential] = yield* of("auth.credential")
      assert.deepStrictEqual(credential?.detail, { kind: "apiKey", reason: "invalid" })
    })
  )

  it.effect("by the hundred fills no trail", () =>
    Effect.gen(function* () {
      const before = (yield* of("auth.credential")).length
      yield* Effect.forEach(
        Array.from({ length: 100 }, (_, n) => n),
        (n) => call("GET", "/auth/me", { token: `rsk_${n}` }),
        { concurrency: 8, discard: true }
      )
      assert.isAtMost((yield* of("auth.credential")).length - before, 20)
    })
  )
})

layer(gateway, options)("a sign-in that cannot be written down", (it) => {
  it.effect("lets nobody in, and leaves no session", () =>
    Effect.gen(function* () {
      const { id } = yield* member("late", ["viewer"])
      const sessions = yield* Sessions
      const before = (yield* sessions.list(id)).length
      const answer = yield* withoutAudit(login("late"))
      assert.deepInclude(answer.body, { status: 503, type: type("identity-unavailable") })
      assert.lengthOf(yield* sessions.list(id), before)
      assert.strictEqual((yield* login("late")).status, 200)
    })
  )
})
