import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Rag } from "@resync/rag/Rag"
import { RagTest } from "@resync/rag/RagTest"
import { ConfigProvider, Effect, Layer, Stream } from "effect"
import { FetchHttpClient, HttpClient, HttpServer } from "effect/http"
import { RagServiceConfig, settings } from "../src/RagServiceConfig.ts"
import { Shutdown } from "../src/Shutdown.ts"
import { client, clientWith, served } from "./TestService.ts"

const status = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const { address } = yield* HttpServer.HttpServer
    const response = yield* HttpClient.get(`${HttpServer.formatAddress(address)}${path}`, { headers })
    return { status: response.status, text: yield* response.text }
  }).pipe(Effect.provide(FetchHttpClient.layer))

describe("the knowledge service", () => {
  it.live("lets in only who shows the token, but for probes and scrapes", () =>
    Effect.gen(function* () {
      for (const authorization of ["", "Bearer", "Bearer secre", "Bearer secret2", "Basic secret", "secret"]) {
        assert.strictEqual((yield* status("/v1/jobs", { authorization })).status, 401, authorization)
      }
      assert.strictEqual((yield* status("/v1/jobs")).status, 401)
      assert.strictEqual((yield* status("/v1/../v1/jobs?x=/health/live")).status, 401)
      assert.strictEqual((yield* status("/v1/jobs", { authorization: "Bearer secret" })).status, 200)
      assert.strictEqual((yield* status("/health/live")).status, 204)
      assert.strictEqual((yield* status("/health/ready")).status, 204)
      assert.include((yield* status("/metrics")).text, "# TYPE")
    }).pipe(Effect.provide(served(RagTest.layer(), { RAG_TOKEN: "secret" })))
  )

  it.live("is not ready while the knowledge base is not", () =>
    Effect.gen(function* () {
      const { fail } = yield* RagTest
      yield* fail("documents", RagTest.unavailable)
      assert.strictEqual((yield* status("/health/ready")).status, 503)
      assert.strictEqual((yield* status("/health/ready")).status, 204)
    }).pipe(Effect.provide(served(RagTest.layer())))
  )

  it.live("ends the streams of its jobs when it goes down, and says that they did not end by themselves", () =>
    Effect.gen(function* () {
      const control = yield* RagTest
      const shutdown = yield* Shutdown
      const { jobId } = yield* control.add("a.md", "alpha")
      const error = yield* Rag.use((rag) =>
        rag.followJob(jobId).pipe(
          Stream.tap(() => shutdown.begin),
          Stream.runDrain,
          Effect.flip
        )
      ).pipe(Effect.provide(client, { local: true }))
      assert.deepInclude(error, { _tag: "RagUnavailable", reason: "transport" })
    }).pipe(Effect.provide(served(RagTest.layer({ ingest: "by hand" }))))
  )

  it.live("a client with a wrong token is told so", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Rag.use((rag) => rag.jobs({}))).pipe(
        Effect.provide(clientWith("wrong"), { local: true })
      )
      assert.deepInclude(error, { _tag: "RagUnavailable", reason: "refused" })
    }).pipe(Effect.provide(served(RagTest.layer(), { RAG_TOKEN: "secret" })))
  )

  it.live("takes a long title in any script", () =>
    Effect.gen(function* () {
      const accepted = yield* Rag.use((rag) =>
        rag.upload({
          fileName: "manual.md",
          metadata: { title: "作".repeat(500), tags: Array.from({ length: 50 }, (_, n) => `${n}${"業".repeat(98)}`) },
          content: Stream.encodeText(Stream.succeed("alpha"))
        })
      ).pipe(Effect.provide(client, { local: true }))
      assert.isFalse(accepted.repeated)
    }).pipe(Effect.provide(served(RagTest.layer())))
  )

  it.effect("is open to other machines only with a token", () =>
    Effect.gen(function* () {
      const config = (variables: Readonly<Record<string, string>>) =>
        Effect.scoped(
          Layer.build(
            RagServiceConfig.layer.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables))))
          )
        )
      const error = yield* Effect.flip(config({ RAG_HOST: "0.0.0.0" }))
      assert.match(error.message, /^RAG_TOKEN: needed, since 0\.0\.0\.0 is no loopback address$/)
      yield* config({ RAG_HOST: "0.0.0.0", RAG_TOKEN: "secret" })
      yield* config({ RAG_HOST: "::1" })
    })
  )

  it("has its settings in the documentation", () => {
    const text = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8")
    for (const { fallback, meaning, name } of Object.values(settings)) {
      assert.include(text, `| \`${name}\` | \`${fallback}\` | ${meaning} |`)
    }
  })
})
