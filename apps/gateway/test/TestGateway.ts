import type { Authentication } from "@resync/api/Authentication"
import { Audit } from "@resync/identity/audit/Audit"
import { AuditConfig } from "@resync/identity/audit/AuditConfig"
import * as Identity from "@resync/identity/Identity"
import { Oidc } from "@resync/identity/oidc/Oidc"
import type { Principals } from "@resync/identity/sessions/Principals"
import type { Rag } from "@resync/rag/Rag"
import { RagTest } from "@resync/rag/RagTest"
import * as TestStores from "@resync/store/testing/TestStores"
import { Tws } from "@resync/tws/Tws"
import { ConfigProvider, Context, Effect, Layer, Option, Redacted, Stream } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest, HttpServer } from "effect/http"
import { GatewayConfig } from "../src/config/GatewayConfig.ts"
import * as Serve from "../src/http/Serve.ts"
import { SecurityEvents } from "../src/identity/SecurityEvents.ts"
import * as SharedResilience from "../src/resilience/SharedResilience.ts"
import * as OpenAccess from "../src/security/OpenAccess.ts"
import { RateLimits } from "../src/security/RateLimits.ts"
import { SecurityConfig } from "../src/security/SecurityConfig.ts"
import { StartKey } from "../src/security/StartKey.ts"

/** Where the gateway under test listens, and a client that speaks to it. */
export class TestGateway extends Context.Service<
  TestGateway,
  { readonly url: string; readonly port: number; readonly client: HttpClient.HttpClient }
>()("@resync/gateway/test/TestGateway") {}

/** The environment of a gateway, with a free port. */
export const environment = (variables: Readonly<Record<string, string>> = {}) =>
  ConfigProvider.layer(ConfigProvider.fromEnvRecord({ RESYNC_PORT: "0", RESYNC_AUTH: "off", ...variables }))

/** A database in memory, made once for a file of tests; each gateway has a schema of its own. */
const [embedded] = await TestStores.all()
export const store = (embedded as TestStores.TestStore).layer

/** A database for all gateways of a test, of which each would wait for the others' with one of its own. */
export const oneDatabase = Effect.map(Layer.build(store), Layer.succeedContext)

/** Users and their sessions, with hashes that are cheap to make. */
export const identity = Layer.mergeAll(Oidc.layerNone, StartKey.layerNone, RateLimits.layer, SecurityEvents.layer).pipe(
  Layer.provideMerge(
    Layer.unwrap(
      Effect.map(SecurityConfig, ({ breachedPasswords, mfaRoles }) =>
        Identity.layerWithoutSweeping({
          secret: Redacted.make("a secret that only tests may know of"),
          argon2: { memory: 64, passes: 1, parallelism: 1 },
          mfaRoles,
          breachedPasswords: Option.getOrUndefined(breachedPasswords)
        })
      )
    )
  ),
  Layer.provideMerge(SecurityConfig.layer)
)

const access = Layer.effect(
  TestGateway,
  Effect.gen(function* () {
    const { address } = yield* HttpServer.HttpServer
    const url = HttpServer.formatAddress(address)
    const client = HttpClient.mapRequest(yield* HttpClient.HttpClient, HttpClientRequest.prependUrl(url))
    return { url, port: "port" in address ? address.port : 0, client }
  })
).pipe(Layer.provide(FetchHttpClient.layer))

/** A gateway on a real socket in front of `tws` and `rag`, open to everybody unless told otherwise. */
export const inFront = <A, E, R, B, E2, R2>(
  tws: Layer.Layer<Tws | A, E, R>,
  rag: Layer.Layer<Rag | B, E2, R2>,
  variables?: Readonly<Record<string, string>>,
  authentication: Layer.Layer<
    Authentication,
    never,
    Principals | RateLimits | SecurityEvents | StartKey
  > = OpenAccess.layer(),
  database: typeof store = store
) =>
  access.pipe(
    Layer.provideMerge(Serve.layer),
    Layer.provide(authentication),
    Layer.provideMerge(tws),
    Layer.provideMerge(rag),
    Layer.provideMerge(identity),
    Layer.provideMerge(Audit.layer),
    Layer.provide(AuditConfig.layerTest),
    Layer.provideMerge(database),
    Layer.provideMerge(SharedResilience.layer),
    Layer.provideMerge(GatewayConfig.layer),
    Layer.provide(environment(variables))
  )

/** A gateway on a real socket in front of `tws`, with knowledge in memory. */
export const over = <A, E, R>(
  tws: Layer.Layer<Tws | A, E, R>,
  variables?: Readonly<Record<string, string>>,
  authentication?: Layer.Layer<Authentication, never, Principals | RateLimits | SecurityEvents | StartKey>,
  database?: typeof store
) => inFront(tws, RagTest.layer(), variables, authentication, database)

/** A gateway on a real socket in front of a knowledge base. */
export const withKnowledge = <B, E, R>(rag: Layer.Layer<Rag | B, E, R>, variables?: Readonly<Record<string, string>>) =>
  inFront(scheduler({}), rag, variables)

/** A scheduler of which only the given methods answer. */
export const scheduler = (methods: Partial<Tws["Service"]>) =>
  Layer.mock(Tws, { reachability: Stream.never, ...methods })

/** Status, headers and JSON body of a request, sent as it is: without a trace of the test's own. */
export const send = Effect.fnUntraced(function* (request: HttpClientRequest.HttpClientRequest) {
  const { client } = yield* TestGateway
  const response = yield* client
    .execute(request)
    .pipe(Effect.provideService(HttpClient.TracerPropagationEnabled, false))
  const text = yield* response.text
  const json = /[/+]json/.test(response.headers["content-type"] ?? "") && text !== ""
  return {
    status: response.status,
    headers: response.headers,
    // The headers hold the last one alone.
    cookies: response.cookies.cookies,
    text,
    body: json ? JSON.parse(text) : undefined
  }
})

export const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  send(HttpClientRequest.get(path, { headers }))
