import { mkdtempSync, writeFileSync } from "node:fs"
import { rm } from "node:fs/promises"
import { get as httpsGet, request as httpsRequest } from "node:https"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connect, type PeerCertificate } from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import { Users } from "@resync/identity/users/Users"
import { Effect, Layer, Redacted, Schedule } from "effect"
import { generate } from "selfsigned"
import { TlsConfig } from "../src/http/TlsConfig.ts"
import * as Authenticate from "../src/security/Authenticate.ts"
import { environment, over, scheduler, TestGateway } from "./TestGateway.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "resync-tls-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

const pair = (name: string) =>
  Effect.promise(() => generate([{ name: "commonName", value: name }], { keyType: "ec", algorithm: "sha256" }))

/** The files of a certificate, and how to put another one into them. */
const files = Effect.gen(function* () {
  const path = yield* folder
  const cert = join(path, "tls.crt")
  const key = join(path, "tls.key")
  const put = (name: string) =>
    Effect.map(pair(name), (made) => {
      writeFileSync(cert, made.cert)
      writeFileSync(key, made.private)
    })
  return { cert, key, put, variables: { RESYNC_TLS_CERT_FILE: cert, RESYNC_TLS_KEY_FILE: key } }
})

const commonName = (port: number, options: { readonly maxVersion?: "TLSv1.1" } = {}) =>
  Effect.callback<PeerCertificate["subject"]["CN"] | "refused">((resume) => {
    // The certificate is signed by itself: only who is at the other end matters here.
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, minVersion: "TLSv1", ...options })
    socket.on("secureConnect", () => {
      resume(Effect.succeed(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on("error", () => resume(Effect.succeed("refused")))
    return Effect.sync(() => socket.destroy())
  })

const status = (port: number) =>
  Effect.callback<{ readonly code: number; readonly hsts: string | undefined }>((resume) => {
    const request = httpsGet(
      { port, host: "127.0.0.1", path: "/health/live", rejectUnauthorized: false },
      (response) => {
        response.resume()
        resume(Effect.succeed({ code: response.statusCode ?? 0, hsts: response.headers["strict-transport-security"] }))
      }
    )
    request.on("error", (error) => resume(Effect.die(error)))
    return Effect.sync(() => request.destroy())
  })

/** Status, body and the cookies that are set, of a request as a page of the service sends it. */
const asked = (port: number, method: string, path: string, cookie: string, body?: object) =>
  Effect.callback<{ readonly status: number; readonly body: string; readonly cookies: ReadonlyArray<string> }>(
    (resume) => {
      const headers = { cookie, "content-type": "application/json", "sec-fetch-site": "same-origin" }
      const request = httpsRequest(
        { port, host: "127.0.0.1", method, path, headers, rejectUnauthorized: false },
        (response) => {
          const chunks: Array<Buffer> = []
          response.on("data", (chunk: Buffer) => chunks.push(chunk))
          response.on("end", () => {
            const { "set-cookie": cookies = [] } = response.headers
            resume(
              Effect.succeed({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString(), cookies })
            )
          })
        }
      )
      request.on("error", (error) => resume(Effect.die(error)))
      request.end(body === undefined ? undefined : JSON.stringify(body))
      return Effect.sync(() => request.destroy())
    }
  )

describe("TLS", () => {
  it.live("carries a session in a cookie of this host alone", () =>
    Effect.gen(function* () {
      const { put, variables } = yield* files
      yield* put("cookies")
      const gateway = over(scheduler({}), { ...variables, RESYNC_AUTH: "on" }, Authenticate.layer)
      yield* Effect.gen(function* () {
        const { port } = yield* TestGateway
        const users = yield* Users
        const { oneTimePassword } = yield* users.create({ name: "page", roles: ["viewer"], scopes: [] })
        const signedIn = yield* asked(port, "POST", "/api/v1/auth/login", "", {
          name: "page",
          password: Redacted.value(oneTimePassword),
          session: "cookie"
        })
        assert.strictEqual(signedIn.status, 200, signedIn.body)
        const [set = "", ...others] = signedIn.cookies
        assert.deepStrictEqual(others, [])
        assert.match(set, /^__Host-resync_session=[\w-]{43}; .*Path=\/; .*Secure/)
        assert.notInclude(set, "Domain")
        const cookie = set.slice(0, set.indexOf(";"))
        const statusOf = (sent: string) =>
          Effect.map(asked(port, "GET", "/api/v1/auth/me", sent), ({ status: told }) => told)
        assert.strictEqual(yield* statusOf(cookie), 200)
        assert.strictEqual(yield* statusOf(cookie.replace("__Host-", "")), 401)
        const out = yield* asked(port, "POST", "/api/v1/auth/logout", cookie)
        assert.strictEqual(out.status, 204)
        assert.deepStrictEqual(
          out.cookies.map((one) => [one.slice(0, one.indexOf("=")), one.includes("Max-Age=0"), one.includes("Secure")]),
          [
            ["__Host-resync_session", true, true],
            ["resync_session", true, true]
          ]
        )
        assert.strictEqual(yield* statusOf(cookie), 401)
      }).pipe(Effect.provide(gateway))
    })
  )

  it.live("serves the certificate, and the next one without a restart; one that cannot be used changes nothing", () =>
    Effect.gen(function* () {
      const { key, put, variables } = yield* files
      yield* put("first")
      const gateway = over(scheduler({}), { ...variables, RESYNC_TLS_RELOAD_INTERVAL: "20 millis" })
      yield* Effect.gen(function* () {
        const { port } = yield* TestGateway
        const { code, hsts } = yield* status(port)
        assert.strictEqual(code, 200)
        assert.match(hsts ?? "", /^max-age=63072000/)
        assert.strictEqual(yield* commonName(port), "first")
        assert.strictEqual(yield* commonName(port, { maxVersion: "TLSv1.1" }), "refused")

        const served = commonName(port).pipe(
          Effect.repeat({ schedule: Schedule.spaced("20 millis"), until: (name) => name === "second" })
        )
        yield* put("second")
        yield* served
        writeFileSync(key, "no key")
        yield* Effect.sleep("100 millis")
        assert.strictEqual(yield* commonName(port), "second")
      }).pipe(Effect.provide(gateway))
    })
  )

  it.live("a certificate without its key, with another key, or that is none stops the start with one line", () =>
    Effect.gen(function* () {
      const { cert, key, put, variables } = yield* files
      yield* put("only")
      const message = (given: Readonly<Record<string, string>>) =>
        Effect.flip(Layer.build(TlsConfig.layer).pipe(Effect.provide(environment(given)), Effect.scoped)).pipe(
          Effect.map((error) => error.message)
        )
      assert.match(yield* message({ RESYNC_TLS_CERT_FILE: cert }), /^RESYNC_TLS_KEY_FILE: .* go together$/)
      assert.match(yield* message({ RESYNC_TLS_KEY_FILE: key }), /^RESYNC_TLS_CERT_FILE: .* go together$/)
      assert.match(
        yield* message({ ...variables, RESYNC_TLS_KEY_FILE: "/nowhere" }),
        /^RESYNC_TLS_KEY_FILE: .*\/nowhere/
      )
      const other = yield* pair("other")
      writeFileSync(key, other.private)
      assert.match(yield* message(variables), /^RESYNC_TLS_KEY_FILE: .* not that of the certificate$/)
      writeFileSync(cert, "none")
      assert.match(yield* message(variables), /^RESYNC_TLS_CERT_FILE: .* holds no certificate$/)
    })
  )
})
