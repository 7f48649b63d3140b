import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { directory, start } from "@resync/service/testing/ServiceProcess"
import { OtlpReceiver } from "@resync/telemetry/testing/OtlpReceiver"
import { Effect } from "effect"
import { echoing } from "./EchoServer.ts"
import { all, session } from "./Observed.ts"
import { random, Secrets } from "./Secrets.ts"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

describe("no secret that is sent to a system behind", { timeout: 300_000 }, () => {
  it.live("is told on where that system tells it back", () =>
    Effect.gen(function* () {
      const secrets = new Secrets()
      const receiver = yield* OtlpReceiver
      const [scheduler, knowledge, provider] = yield* Effect.all([echoing(401), echoing(401), echoing(401)])
      const gateway = yield* start(main, {
        RESYNC_PORT: "0",
        RESYNC_DATA_DIR: join(yield* directory, "data"),
        RESYNC_AUTH: "off",
        RESYNC_LOG_FORMAT: "json",
        RESYNC_LOG_LEVEL: "debug",
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        REDIS_URL: `redis://resync:${secrets.keep("Redis password", random())}@127.0.0.1:1`,
        TWS_URL: scheduler.url,
        TWS_TOKEN: secrets.keep("scheduler token", random()),
        RAG_URL: knowledge.url,
        RAG_TOKEN: secrets.keep("knowledge token", random()),
        RESYNC_OIDC_ISSUER: provider.url,
        RESYNC_OIDC_CLIENT_ID: "resync",
        RESYNC_OIDC_CLIENT_SECRET: secrets.keep("client secret", random()),
        RESYNC_OIDC_REDIRECT_URL: "http://127.0.0.1:9/api/v1/auth/oidc/callback",
        RESYNC_OIDC_ROLES: "*=viewer"
      })
      const { call, findings } = session(secrets, yield* gateway.url)
      for (const path of [
        "tws/jobs",
        "tws/workstations",
        "tws/engine",
        "tws/connection",
        "rag/documents",
        "rag/jobs"
      ]) {
        yield* call("GET", `/api/v1/${path}`)
      }
      yield* call("POST", "/api/v1/rag/answer", { body: { question: "Why READY?" } })
      yield* call("POST", "/api/v1/tws/jobs/0b7c7f0e-7a44-4c1c-9d0a-3f1f0b1c2d3e/actions/hold", { body: {} })
      const begun = yield* call("GET", "/api/v1/auth/oidc/start?returnTo=/", { shows: ["state", "challenge"] })
      assert.strictEqual(begun.status, 302, begun.text)
      const state = secrets.keep("state", new URL(begun.location).searchParams.get("state") ?? "")
      const code = secrets.keep("authorization code", random())
      const back = yield* call("GET", `/api/v1/auth/oidc/callback?code=${code}&state=${state}`, {
        headers: { cookie: begun.cookie }
      })
      assert.notStrictEqual(back.status, 302)
      for (const { asked, url } of [scheduler, knowledge, provider]) assert.isAbove(asked.length, 0, url)
      yield* call("GET", "/api/v1/audit/export")
      yield* call("GET", "/api/v1/commands")
      yield* call("GET", "/metrics")
      yield* call("GET", "/health")

      for (const [where, text] of Object.entries(yield* all(gateway))) {
        assert.deepStrictEqual(
          secrets.in(text),
          [],
          `${where}: ${text.split("\n").filter((line) => secrets.in(line).length > 0)}`
        )
      }
      assert.deepStrictEqual(findings(), [])
    }).pipe(Effect.provide(OtlpReceiver.layer))
  )

  for (const [what, variables] of [
    [
      "a database that is away",
      (secret: string) => ({ DATABASE_URL: `postgresql://resync:${secret}@127.0.0.1:1/resync` })
    ],
    ["a database URL that is none", (secret: string) => ({ DATABASE_URL: `postgresql//resync:${secret}@127.0.0.1` })],
    ["a Redis URL that is none", (secret: string) => ({ REDIS_URL: `http://resync:${secret}@127.0.0.1` })],
    ["a key that is too short", (secret: string) => ({ RESYNC_AUDIT_KEY: secret.slice(0, 20) })],
    ["a secret where a number belongs", (secret: string) => ({ RESYNC_PORT: secret })]
  ] as const) {
    it.live(`is in the line that says why the service does not start: ${what}`, () =>
      Effect.gen(function* () {
        const secrets = new Secrets()
        const secret = random()
        secrets.keep("secret", what === "a key that is too short" ? secret.slice(0, 20) : secret)
        const gateway = yield* start(main, { RESYNC_DATA_DIR: join(yield* directory, "data"), ...variables(secret) })
        assert.deepStrictEqual(yield* gateway.exit, { code: 1 })
        const { stderr, stdout } = gateway.output
        assert.match(stderr, /^resync: .+\n$/)
        assert.deepStrictEqual(secrets.in(stdout + stderr), [])
      })
    )
  }
})
