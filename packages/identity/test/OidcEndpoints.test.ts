import { createServer, type RequestListener } from "node:http"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { OidcFailed } from "@resync/identity/IdentityError"
import { Oidc } from "@resync/identity/oidc/Oidc"
import * as Resilience from "@resync/resilience/Resilience"
import { Effect, Layer, Redacted } from "effect"
import { identity, origin, stores } from "./TestIdentity.ts"

const [store] = stores
if (store === undefined) throw new Error("no store")

const listening = (listener: RequestListener) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly close: () => void }>((resume) => {
      const server = createServer(listener)
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, close: () => server.close().closeAllConnections() }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

/** What is not to be called, with what it was asked for. */
const forbidden = Effect.gen(function* () {
  const asked: Array<string> = []
  const { url } = yield* listening((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(200, { "content-type": "application/json" }).end('{"access_token":"x","token_type":"bearer"}')
  })
  return { asked, url }
})

/** A provider that says of itself whatever the test wants. */
const provider = (document: (issuer: string) => object) =>
  Effect.gen(function* () {
    let issuer = ""
    const { url } = yield* listening((_, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document(issuer)))
    })
    issuer = url
    return url
  })

const sound = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ["code"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["RS256"]
})

/** Signs in at the provider at `issuer` as far as it goes, and says why it went no further. */
const signIn = (issuer: string) =>
  Effect.gen(function* () {
    const oidc = yield* Oidc
    const { state } = yield* oidc.start(undefined)
    return yield* oidc.finish({ query: new URLSearchParams({ code: "c", state }), state, origin })
  }).pipe(
    Effect.provide(
      Oidc.layer({
        issuer: new URL(issuer),
        clientId: "resync",
        clientSecret: Redacted.make("a client's secret"),
        redirectUrl: new URL("http://127.0.0.1:9/api/v1/auth/oidc/callback"),
        roles: [{ value: "*", role: "viewer" }]
      }).pipe(Layer.provide([Resilience.layer(), NodeHttpClient.layerUndici]))
    ),
    Effect.flip,
    Effect.map((error) => (error instanceof OidcFailed ? `${error.reason}: ${error.detail}` : "another"))
  )

layer(identity(store), { timeout: "60 seconds", excludeTestServices: true })("a provider's configuration", (it) => {
  it.effect("that never ends is read no further than a megabyte", () =>
    Effect.gen(function* () {
      const { url } = yield* listening((_, response) => {
        response.writeHead(200, { "content-type": "application/json" })
        const more = () => {
          while (response.write(Buffer.alloc(65_536, " ")));
        }
        response.on("drain", more)
        more()
      })
      assert.strictEqual(yield* signIn(url), "invalid-answer: the provider's answer is too long")
    })
  )

  for (const endpoint of [
    "http://169.254.169.254/latest/meta-data/iam",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://[::ffff:169.254.169.254]/",
    "http://10.0.0.7/token"
  ]) {
    it.effect(`sends nobody to ${endpoint}`, () =>
      Effect.gen(function* () {
        const issuer = yield* provider((issuer) => ({ ...sound(issuer), token_endpoint: endpoint }))
        assert.match(yield* signIn(issuer), /^invalid-answer: .*may not be called$/)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("sends nobody to a file", () =>
    Effect.gen(function* () {
      const issuer = yield* provider((issuer) => ({ ...sound(issuer), token_endpoint: "file:///etc/passwd" }))
      assert.match(yield* signIn(issuer), /^invalid-answer/)
    }).pipe(Effect.scoped)
  )

  it.effect("is not had from where a redirect leads", () =>
    Effect.gen(function* () {
      const { asked, url } = yield* forbidden
      const redirecting = yield* listening((_, response) => {
        response.writeHead(302, { location: `${url}/.well-known/openid-configuration` }).end()
      })
      assert.match(yield* signIn(redirecting.url), /^invalid-answer/)
      assert.deepStrictEqual(asked, [])
    }).pipe(Effect.scoped)
  )

  it.effect("gives no code to where a redirect of the token endpoint leads", () =>
    Effect.gen(function* () {
      const { asked, url } = yield* forbidden
      const redirecting = yield* listening((_, response) => {
        response.writeHead(307, { location: `${url}/token` }).end()
      })
      const issuer = yield* provider((issuer) => ({ ...sound(issuer), token_endpoint: `${redirecting.url}/token` }))
      assert.match(yield* signIn(issuer), /^invalid-answer/)
      assert.deepStrictEqual(asked, [])
    }).pipe(Effect.scoped)
  )

  it.effect("of another issuer is none", () =>
    Effect.gen(function* () {
      const issuer = yield* provider((issuer) => ({ ...sound(issuer), issuer: "https://evil.example" }))
      assert.match(yield* signIn(issuer), /^invalid-answer/)
    }).pipe(Effect.scoped)
  )
})
