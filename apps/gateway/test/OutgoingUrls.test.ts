import { createServer, type IncomingHttpHeaders } from "node:http"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Rag } from "@resync/rag/Rag"
import * as OpenAiEmbeddingModel from "@resync/rag-engine/models/OpenAiEmbeddingModel"
import * as OpenAiLanguageModel from "@resync/rag-engine/models/OpenAiLanguageModel"
import * as RagEngineConfig from "@resync/rag-engine/RagEngineConfig"
import * as Resilience from "@resync/resilience/Resilience"
import * as ConfigMessage from "@resync/service/ConfigMessage"
import { Tws } from "@resync/tws/Tws"
import * as TwsHttp from "@resync/tws/TwsHttp"
import * as TwsOptions from "@resync/tws/TwsOptions"
import { Config, ConfigProvider, Effect, Layer, Redacted } from "effect"
import { EmbeddingModel, LanguageModel } from "effect/ai"
import * as IdentitySettings from "../src/identity/IdentitySettings.ts"
import * as Knowledge from "../src/upstream/Knowledge.ts"

const environment = (variables: Readonly<Record<string, string>>) =>
  ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables))

const reading = (config: Config.Config<unknown>) => (variables: Readonly<Record<string, string>>) =>
  Effect.catch(Effect.flip(config.parse(ConfigProvider.fromEnvRecord(variables))), (read) =>
    Effect.die(`read as ${String(read)}`)
  )

const knowledge = (variables: Readonly<Record<string, string>>) =>
  Effect.scoped(Layer.build(Knowledge.layer.pipe(Layer.provide([environment(variables), Resilience.layer()])))).pipe(
    Effect.flip,
    Effect.orElseSucceed(() => undefined),
    Effect.flatMap((error) => (error instanceof Config.ConfigError ? Effect.succeed(error) : Effect.die(error)))
  )

/** Every variable that names an HTTP service to call, or to send somebody to. */
const variables: Readonly<
  Record<string, (variables: Readonly<Record<string, string>>) => Effect.Effect<Config.ConfigError>>
> = {
  TWS_URL: reading(TwsOptions.config),
  RAG_URL: knowledge,
  LLM_BASE_URL: reading(RagEngineConfig.config),
  EMBEDDING_BASE_URL: reading(RagEngineConfig.config),
  RESYNC_OIDC_ISSUER: reading(IdentitySettings.oidc),
  RESYNC_OIDC_REDIRECT_URL: reading(IdentitySettings.oidc)
}

describe("a variable with a URL to call is refused", () => {
  for (const [name, refused] of Object.entries(variables)) {
    for (const url of [
      "http://169.254.169.254/latest/meta-data/",
      "http://0xA9FEA9FE/",
      "http://metadata.google.internal/",
      "file:///etc/passwd",
      "https://admin:s3cret@elsewhere.example/"
    ]) {
      it.effect(`${name}=${url}`, () =>
        Effect.gen(function* () {
          const message = ConfigMessage.ofError(yield* refused({ [name]: url }))
          assert.match(message, new RegExp(`^${name}: Expected a URL`))
          assert.notInclude(message, "s3cret")
          assert.notInclude(message, "\n")
        })
      )
    }
  }
})

const listening = (answer: (headers: IncomingHttpHeaders) => { status: number; location?: string }) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly close: () => void }>((resume) => {
      const server = createServer((request, response) => {
        request.resume()
        const { status, ...headers } = answer(request.headers)
        response.writeHead(status, headers).end()
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, close: () => server.close().closeAllConnections() }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

/** A service that sends its callers on, with what it was sent, and where they would come to. */
const redirecting = (status: number) =>
  Effect.gen(function* () {
    const asked: Array<IncomingHttpHeaders> = []
    const reached: Array<IncomingHttpHeaders> = []
    const elsewhere = yield* listening((headers) => {
      reached.push(headers)
      return { status: 200 }
    })
    const service = yield* listening((headers) => {
      asked.push(headers)
      return { status, location: `${elsewhere.url}/` }
    })
    return { url: service.url, asked, reached }
  })

const secret = Redacted.make("a secret for one service alone")

const clients: Readonly<Record<string, (url: URL) => Effect.Effect<unknown, unknown>>> = {
  "the scheduler": (url) =>
    Effect.flatMap(Tws, (tws) => tws.engine).pipe(
      Effect.provide(
        TwsHttp.layer({ urls: [url], credentials: { _tag: "Bearer", token: secret } }).pipe(
          Layer.provide(Resilience.layer())
        )
      )
    ),
  "the knowledge service": (url) =>
    Effect.flatMap(Rag, (rag) => rag.search({ query: "limit" })).pipe(
      Effect.provide(
        Knowledge.layer.pipe(
          Layer.provide([Resilience.layer(), environment({ RAG_URL: url.href, RAG_TOKEN: Redacted.value(secret) })])
        )
      )
    ),
  "the language model": (url) =>
    LanguageModel.generateText({ prompt: "Why?" }).pipe(
      Effect.provide(
        OpenAiLanguageModel.layer({ baseUrl: url.href, model: "m", apiKey: secret }).pipe(
          Layer.provide(NodeHttpClient.layerUndici)
        )
      )
    ),
  "the embedding model": (url) =>
    Effect.flatMap(EmbeddingModel.EmbeddingModel, (model) => model.embed("Why?")).pipe(
      Effect.provide(
        OpenAiEmbeddingModel.layer({ baseUrl: url.href, model: "m", apiKey: secret }).pipe(
          Layer.provide(NodeHttpClient.layerUndici)
        )
      )
    )
}

describe("a redirect is not followed, whatever it is", { timeout: 60_000 }, () => {
  for (const [name, call] of Object.entries(clients)) {
    for (const status of [301, 302, 307, 308]) {
      it.live(`${status} of ${name}`, () =>
        Effect.gen(function* () {
          const { asked, reached, url } = yield* redirecting(status)
          yield* Effect.flip(call(new URL(url)))
          assert.isAbove(asked.length, 0)
          assert.include(asked[0]?.authorization, Redacted.value(secret))
          assert.deepStrictEqual(reached, [])
        }).pipe(Effect.scoped)
      )
    }
  }
})
