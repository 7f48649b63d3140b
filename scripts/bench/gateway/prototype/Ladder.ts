/**
 * One service in many variants, to find out what each layer costs. Every ingredient is chosen by a variable:
 * SERVER=node|effect|router|api, CLIENT=none|dispatch|undici|lean, POLICY=a list of timeout,bulkhead,retry,
 * SPANS=fn|light|none, DECODE=schema|parse, ENCODE=schema|stringify, TRACER=native|off
 */
import { createServer, ServerResponse } from "node:http"
import { NodeHttpClient, NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Clock, Context, Effect, Layer, References, Schedule, Schema, Semaphore, Tracer } from "effect"
import {
  HttpClient,
  HttpClientRequest,
  HttpRouter,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse
} from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { Otlp } from "effect/observability"
import { Agent } from "undici"
import { Contract, UpstreamFailed } from "./Contract.ts"
import { fromScheduler, type Job, JobAnswer, SchedulerJob, SchedulerPage } from "./Model.ts"
import * as UndiciHttpClient from "./UndiciHttpClient.ts"

const choice = (name: string, otherwise: string) => process.env[name] ?? otherwise
const SERVER = choice("SERVER", "api")
const CLIENT = choice("CLIENT", "lean")
const POLICY = choice("POLICY", "timeout,bulkhead,retry").split(",")
const SPANS = choice("SPANS", "fn")
const DECODE = choice("DECODE", "schema")
const ENCODE = choice("ENCODE", "schema")
const TRACER = choice("TRACER", "native")
const port = Number(process.env["PORT"])
const upstream = process.env["TWS_URL"] ?? ""
const authorization = `Basic ${Buffer.from("operator:secret").toString("base64")}`

const decodeJob = Schema.decodeUnknownEffect(SchedulerJob)
const decodePage = Schema.decodeUnknownEffect(SchedulerPage)
const encodeAnswer = Schema.encodeEffect(JobAnswer)
const fixed = {
  item: JSON.parse(
    '{"id":"x","name":"LOADGL1","folder":"/PROD","workstation":"/FIN_AGT","jobStream":{"id":"1","name":"F","workstation":"/FIN_AGT"},"status":"ERROR","internalStatus":"ABEND","priority":10,"critical":false,"late":false,"scheduledAt":"2026-10-13T21:30:00Z","timeZone":"Europe/Rome","dependencies":{"total":2,"unresolved":0},"actions":["RERUN_JOB"]}'
  ) as Job
}

const schedule = Schedule.exponential("1 second").pipe(Schedule.jittered)

const policy = Effect.map(Semaphore.make(256), (bulkhead) => <A, E, R>(self: Effect.Effect<A, E, R>) => {
  let effect: Effect.Effect<A, unknown, R> = self
  if (POLICY.includes("timeout")) effect = Effect.timeout(effect, "10 seconds")
  if (POLICY.includes("deadline")) effect = Effect.timeout(effect, "20 seconds")
  if (POLICY.includes("bulkhead")) effect = bulkhead.withPermits(1)(effect)
  if (POLICY.includes("lazyretry")) {
    const first = effect
    effect = Effect.catch(first, () => Effect.retry(first, { schedule, times: 2 }))
  } else if (POLICY.includes("retry")) {
    effect = Effect.retry(effect, { schedule: Schedule.exponential("1 second").pipe(Schedule.jittered), times: 3 })
  }
  return Effect.mapError(effect, (error) => new UpstreamFailed({ detail: String(error) }))
})

const span =
  (name: string) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) =>
    SPANS === "none"
      ? self
      : SPANS === "light"
        ? Effect.useSpan(name, (span) => Effect.provideService(self, Tracer.ParentSpan, span))
        : Effect.withSpan(self, name, undefined)

const makeReads = Effect.gen(function* () {
  const client = (yield* HttpClient.HttpClient).pipe(
    HttpClient.mapRequest(HttpClientRequest.prependUrl(upstream)),
    HttpClient.mapRequest(HttpClientRequest.basicAuth("operator", "secret")),
    HttpClient.mapRequest(HttpClientRequest.acceptJson),
    HttpClient.filterStatusOk
  )
  const execute = (yield* HttpClient.HttpClient).execute
  const headers = { authorization, accept: "application/json" }
  const agent = new Agent({ connections: 64 })
  const get = (path: string): Effect.Effect<unknown, unknown> => {
    switch (CLIENT) {
      case "none":
        return Effect.succeed(fixed)
      case "dispatch":
        return Effect.callback((resume) => {
          const chunks: Array<Buffer> = []
          agent.dispatch(
            { origin: upstream, path: `${path}?plan_id=current`, method: "GET", headers },
            {
              onRequestStart() {},
              onResponseStart() {},
              onResponseData(_, chunk) {
                chunks.push(chunk)
              },
              onResponseEnd() {
                resume(
                  Effect.succeed(
                    JSON.parse((chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString() ?? "")
                  )
                )
              },
              onResponseError() {}
            }
          )
        })
      case "direct":
        return Effect.flatMap(
          execute(HttpClientRequest.get(`${upstream}${path}?plan_id=current`, { headers })),
          (response) => response.json
        )
      default:
        return Effect.flatMap(client.get(path, { urlParams: { plan_id: "current" } }), (response) => response.json)
    }
  }
  const guard = yield* policy
  const read = (name: string, path: string, decode: (json: unknown) => Effect.Effect<unknown, unknown>) =>
    guard(
      Effect.flatMap(get(path), (json) =>
        CLIENT === "none" ? Effect.succeed(json) : DECODE === "schema" ? decode(json) : Effect.succeed(json)
      )
    ).pipe(span(name))
  const now = Effect.map(Clock.currentTimeMillis, (millis) => new Date(millis).toISOString())
  const answer = (job: unknown) => (CLIENT === "none" ? fixed.item : fromScheduler(job as SchedulerJob))
  const job = (id: string) =>
    Effect.gen(function* () {
      const found = yield* read("Tws.job", `/twsd/api/v2/plan/job/${id}`, decodeJob)
      return { item: answer(found), asOf: yield* now, stale: false }
    })
  const jobs = Effect.fnUntraced(function* (limit: number) {
    const page = (yield* read(
      "Tws.jobs",
      `/twsd/api/v2/plan/job?limit=${limit}`,
      decodePage
    )) as typeof SchedulerPage.Type
    return { items: page.results.map(fromScheduler), nextCursor: "x", asOf: yield* now, stale: false }
  })
  return { job, jobs }
})

const fromNothing = <A, E>(layer: Layer.Layer<A, E>): Layer.Layer<A, E> =>
  Layer.effectContext(
    Effect.flatMap(Effect.scope, (scope) =>
      Effect.updateContext(Layer.buildWithMemoMap(layer, Layer.makeMemoMapUnsafe(), scope), () => Context.empty())
    )
  )

const group = Effect.map(makeReads, (reads) => {
  const layer = HttpApiBuilder.group(Contract, "tws", (handlers) =>
    handlers.handleAll({
      bare: () => Effect.succeed({ ok: true }),
      job: ({ params }) => reads.job(params.id) as never,
      jobs: ({ query }) => reads.jobs(query.limit ?? 50) as never
    })
  )
  return choice("CONTEXT", "full") === "full" ? layer : fromNothing(layer)
}).pipe(Layer.unwrap)

const api = HttpApiBuilder.layer(Contract).pipe(Layer.provide(group))

const respond = (value: unknown) =>
  ENCODE === "schema"
    ? Effect.map(encodeAnswer(value as never), (encoded) => HttpServerResponse.jsonUnsafe(encoded))
    : Effect.succeed(HttpServerResponse.jsonUnsafe(value))

const router = Effect.gen(function* () {
  const reads = yield* makeReads
  return Layer.mergeAll(
    HttpRouter.add("GET", "/bare", Effect.succeed(HttpServerResponse.jsonUnsafe({ ok: true }))),
    HttpRouter.add(
      "GET",
      "/api/v1/tws/jobs/:id",
      Effect.flatMap(HttpRouter.params, (params) => Effect.flatMap(reads.job(params["id"] ?? ""), respond))
    )
  )
}).pipe(Layer.unwrap)

const plain = Effect.gen(function* () {
  const reads = yield* makeReads
  const bare = HttpServerResponse.jsonUnsafe({ ok: true })
  return HttpServer.serve(
    Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
      request.url === "/bare" ? Effect.succeed(bare) : Effect.flatMap(reads.job(request.url.slice(17)), respond)
    )
  )
}).pipe(Layer.unwrap)

const node = Effect.gen(function* () {
  const reads = yield* makeReads
  const server = createServer((request, response) => {
    Effect.runFork(reads.job((request.url ?? "").slice(17))).addObserver((exit) => {
      const body = JSON.stringify(exit._tag === "Success" ? exit.value : {})
      response.writeHead(exit._tag === "Success" ? 200 : 500, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body)
      })
      response.end(body)
    })
  })
  server.listen(port, "127.0.0.1")
}).pipe(Layer.effectDiscard)

const endpoint = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"]
const telemetry =
  endpoint === undefined
    ? TRACER === "off"
      ? Layer.succeed(References.TracerEnabled, false)
      : Layer.empty
    : Otlp.layerProtobuf({ baseUrl: endpoint, resource: { serviceName: "gateway" } }).pipe(
        Layer.provide(NodeHttpClient.layerUndici)
      )

class Unchecked extends ServerResponse {
  override get strictContentLength() {
    return false
  }
  override set strictContentLength(_: boolean) {}
}
const http = NodeHttpServer.layer(
  () => (choice("STRICT", "on") === "on" ? createServer() : createServer({ ServerResponse: Unchecked })),
  { port, host: "127.0.0.1" }
)
const served =
  SERVER === "node"
    ? node
    : SERVER === "effect"
      ? plain.pipe(Layer.provide(http))
      : HttpRouter.serve(SERVER === "router" ? router : api, { disableLogger: true, disableListenLog: true }).pipe(
          Layer.provide(http)
        )

served.pipe(
  Layer.provide(CLIENT === "undici" ? NodeHttpClient.layerUndici : UndiciHttpClient.layer()),
  Layer.provide(telemetry),
  Layer.launch,
  NodeRuntime.runMain
)
