import { createHash } from "node:crypto"
import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { HttpClientRequest } from "effect/http"
import * as SecurityHeaders from "../src/http/SecurityHeaders.ts"
import { answer, open } from "./RawSocket.ts"
import { get, over, scheduler, send, TestGateway } from "./TestGateway.ts"

layer(over(scheduler({})), { timeout: "2 minutes" })("what each answer tells a browser", (it) => {
  for (const path of ["/health/live", "/openapi.json", "/metrics", "/nowhere", "/api/v1/tws/jobs?limit=x"]) {
    it.effect(path, () =>
      Effect.gen(function* () {
        const { headers } = yield* get(path)
        for (const [name, value] of Object.entries(SecurityHeaders.always))
          assert.strictEqual(headers[name], value, name)
        assert.isUndefined(headers["strict-transport-security"])
        assert.isUndefined(headers["server"])
        assert.isUndefined(headers["x-powered-by"])
      })
    )
  }

  it.effect("what is no HTTP", () =>
    Effect.gen(function* () {
      const { port } = yield* TestGateway
      const socket = yield* open(port)
      yield* socket.write("nonsense\r\n\r\n")
      const { head } = answer(yield* socket.closed)
      for (const [name, value] of Object.entries(SecurityHeaders.always))
        assert.include(head, `${name}: ${value}`.toLowerCase())
    })
  )

  it.effect("a page runs its own scripts, by their hashes, and no other", () =>
    Effect.gen(function* () {
      const { headers, text } = yield* get("/docs")
      const policy = headers["content-security-policy"] ?? ""
      const scripts = [...text.matchAll(/<script>([\s\S]*?)<\/script>/g)]
      assert.isAbove(scripts.length, 0)
      for (const [, script = ""] of scripts) {
        assert.include(policy, createHash("sha256").update(script).digest("base64"))
      }
      assert.notMatch(policy, /script-src[^;]*unsafe/)
      assert.include(policy, "frame-ancestors 'none'")
    })
  )
})

const preflight = (origin: string) =>
  send(
    HttpClientRequest.options("/api/v1/tws/jobs", {
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" }
    })
  )

describe("other origins", () => {
  layer(over(scheduler({})), { timeout: "2 minutes" })("by default", (it) => {
    it.effect("are told nothing", () =>
      Effect.gen(function* () {
        const asked = yield* preflight("https://ops.example.com")
        const read = yield* get("/health/live", { origin: "https://ops.example.com" })
        for (const headers of [asked.headers, read.headers]) {
          assert.deepStrictEqual(
            Object.keys(headers).filter((name) => name.startsWith("access-control-")),
            []
          )
        }
      })
    )
  })

  const allowed = { RESYNC_CORS_ORIGINS: "https://ops.example.com, http://localhost:3000" }
  layer(over(scheduler({}), allowed), { timeout: "2 minutes" })("by a list", (it) => {
    it.effect("those on it may ask and read, without cookies", () =>
      Effect.gen(function* () {
        const asked = yield* preflight("http://localhost:3000")
        assert.strictEqual(asked.status, 204)
        assert.strictEqual(asked.headers["access-control-allow-origin"], "http://localhost:3000")
        assert.include(asked.headers["access-control-allow-headers"], "authorization")
        const read = yield* get("/health/live", { origin: "https://ops.example.com" })
        assert.strictEqual(read.headers["access-control-allow-origin"], "https://ops.example.com")
        assert.include(read.headers["access-control-expose-headers"], "retry-after")
        assert.isUndefined(read.headers["access-control-allow-credentials"])
        assert.include(read.headers["vary"], "Origin")
      })
    )

    for (const origin of ["https://ops.example.com.evil.test", "http://ops.example.com", "null", "*"]) {
      it.effect(`${origin} may not`, () =>
        Effect.gen(function* () {
          const asked = yield* preflight(origin)
          const read = yield* get("/health/live", { origin })
          assert.isUndefined(asked.headers["access-control-allow-origin"])
          assert.isUndefined(read.headers["access-control-allow-origin"])
        })
      )
    }
  })
})
