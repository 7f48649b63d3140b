/**
 * The scheduler over its REST API: `Tws` on top of pooled connections to a master and its backups, a policy with its own
 * breaker for each kind of operation, and caches that answer while the scheduler is away.
 *
 * **Example**
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import * as Resilience from "@resync/resilience/Resilience"
 * import { Tws } from "@resync/tws/Tws"
 * import * as TwsHttp from "@resync/tws/TwsHttp"
 *
 * const failed = Effect.gen(function* () {
 *   const tws = yield* Tws
 *   const { value, stale } = yield* tws.jobs({ status: ["ERROR"], limit: 20 })
 *   return { stale, names: value.items.map((job) => job.key ?? job.name) }
 * }).pipe(Effect.provide(TwsHttp.layerConfig.pipe(Layer.provide(Resilience.layer()))))
 * ```
 */
import { createHash } from "node:crypto"
import {
  type RegistrationError as BreakerError,
  CircuitBreakerRegistry
} from "@resync/resilience/CircuitBreakerRegistry"
import { type ResiliencePolicyConflict, ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import { type Config, Context, Effect, Layer, Option, type PlatformError, Redacted } from "effect"
import { identity } from "effect/Function"
import { HttpClient, HttpClientRequest } from "effect/http"
import * as Actions from "./internal/Actions.ts"
import * as Api from "./internal/Api.ts"
import * as Caches from "./internal/Caches.ts"
import * as Confirming from "./internal/Confirming.ts"
import * as Connections from "./internal/Connections.ts"
import * as Graph from "./internal/Graph.ts"
import * as JobLogReads from "./internal/JobLogReads.ts"
import * as JobReads from "./internal/JobReads.ts"
import * as JobStreamReads from "./internal/JobStreamReads.ts"
import * as ObjectReads from "./internal/ObjectReads.ts"
import * as Pinging from "./internal/Pinging.ts"
import * as PlanReads from "./internal/PlanReads.ts"
import * as PromptReads from "./internal/PromptReads.ts"
import * as Risk from "./internal/Risk.ts"
import * as Routes from "./internal/Routes.ts"
import * as Submissions from "./internal/Submissions.ts"
import * as Transport from "./internal/Transport.ts"
import * as WaitingReads from "./internal/WaitingReads.ts"
import * as Wire from "./internal/Wire.ts"
import { SharedCache } from "./SharedCache.ts"
import { Tws } from "./Tws.ts"
import { TwsCacheControl } from "./TwsCacheControl.ts"
import { config, defaultMaxResponseSize, type TwsCredentials, type TwsOptions } from "./TwsOptions.ts"

/** The registries hold a policy or breaker of one of this client's names with other options. */
export type RegistrationError = BreakerError | ResiliencePolicyConflict

/** Adds the credentials, whose header is the same for every request. */
const signIn = (
  credentials: TwsCredentials | undefined
): ((request: HttpClientRequest.HttpClientRequest) => HttpClientRequest.HttpClientRequest) => {
  if (credentials === undefined) return identity
  const request = HttpClientRequest.get("/")
  const { headers } =
    credentials._tag === "Basic"
      ? HttpClientRequest.basicAuth(request, credentials.user, credentials.password)
      : HttpClientRequest.bearerToken(request, credentials.token)
  const authorization = headers["authorization"] ?? ""
  return HttpClientRequest.setHeader("authorization", authorization)
}

/** Whose answers are kept together: of which scheduler, and for which of its users, who may not all see the same. */
const scopeOf = ({ credentials, urls }: TwsOptions): string => {
  const user = credentials === undefined ? "" : credentials._tag === "Basic" ? credentials.user : credentials.token
  const who = Redacted.isRedacted(user) ? Redacted.value(user) : user
  const hosts = urls.map(({ href }) => href).sort()
  return createHash("sha256")
    .update(JSON.stringify([hosts, credentials?._tag, who]))
    .digest("hex")
    .slice(0, 16)
}

const make = Effect.fnUntraced(function* (options: TwsOptions) {
  const client = (yield* HttpClient.HttpClient).pipe(HttpClient.mapRequest(signIn(options.credentials)))
  const transport = yield* Transport.make({ urls: options.urls, client, breakers: yield* CircuitBreakerRegistry })
  const api = yield* Api.make({
    transport,
    policies: yield* ResiliencePolicyRegistry,
    maxResponseSize: options.maxResponseSize ?? defaultMaxResponseSize
  })
  const shared = Option.getOrUndefined(yield* Effect.serviceOption(SharedCache))
  const caches = yield* Caches.make({
    patience: options.patience,
    shared: shared && { cache: shared, scope: scopeOf(options) }
  })
  const core = { api: shared === undefined ? api : Wire.recorded(api), caches, routes: Routes.make() }

  const plan = yield* PlanReads.make(core)
  const jobs = yield* JobReads.make(core)
  const jobStreams = yield* JobStreamReads.make(core)
  const objects = yield* ObjectReads.make(core)
  const prompts = yield* PromptReads.make(core)
  const log = yield* JobLogReads.make(core, jobs.job)
  const graph = yield* Graph.make(core)
  const risk = yield* Risk.make(core, graph.successors)
  const waiting = yield* WaitingReads.make(core)
  const pinging = yield* Pinging.make(core, options.pingInterval ?? "15 seconds")

  const tws = Tws.of({
    ...plan,
    ...jobs,
    ...jobStreams,
    ...objects,
    ...prompts,
    ...log,
    ...graph,
    ...risk,
    ...waiting,
    ...pinging,
    ...Actions.make(core),
    ...Submissions.make(core),
    ...Confirming.make(core, prompts.prompts)
  })
  return Context.make(Tws, tws).pipe(Context.add(TwsCacheControl, caches.control))
})

/** `Tws` over any `HttpClient`: for tests, or for a client of one's own with its own connections. */
export const layerNoDeps = (
  options: TwsOptions
): Layer.Layer<
  Tws | TwsCacheControl,
  RegistrationError,
  HttpClient.HttpClient | CircuitBreakerRegistry | ResiliencePolicyRegistry
> => Layer.effectContext(make(options))

/** `Tws` over connections of its own. */
export const layer = (
  options: TwsOptions
): Layer.Layer<
  Tws | TwsCacheControl,
  RegistrationError | PlatformError.PlatformError,
  CircuitBreakerRegistry | ResiliencePolicyRegistry
> => layerNoDeps(options).pipe(Layer.provide(Connections.layer(options)))

/** `Tws` with the options that the environment gives: see `TwsOptions.config`. */
export const layerConfig: Layer.Layer<
  Tws | TwsCacheControl,
  RegistrationError | PlatformError.PlatformError | Config.ConfigError,
  CircuitBreakerRegistry | ResiliencePolicyRegistry
> = Layer.unwrap(Effect.map(config, layer))
