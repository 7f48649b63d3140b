/** The straightforward Effect service: what its authors' documentation leads to, before any measuring. */
import { createServer } from "node:http"
import { NodeHttpClient, NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Clock, Effect, Layer, Schedule, Semaphore } from "effect"
import { HttpClient, HttpClientRequest, HttpClientResponse, HttpRouter } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { Otlp } from "effect/observability"
import { Contract, UpstreamFailed } from "./Contract.ts"
import { fromScheduler, SchedulerJob, SchedulerPage } from "./Model.ts"

const group = HttpApiBuilder.group(
  Contract,
  "tws",
  Effect.fnUntraced(function* (handlers) {
    const client = (yield* HttpClient.HttpClient).pipe(
      HttpClient.mapRequest(HttpClientRequest.prependUrl(process.env["TWS_URL"] ?? "")),
      HttpClient.mapRequest(HttpClientRequest.basicAuth("operator", "secret")),
      HttpClient.mapRequest(HttpClientRequest.acceptJson),
      HttpClient.filterStatusOk
    )
    const bulkhead = yield* Semaphore.make(256)
    const policy = <A, E, R>(self: Effect.Effect<A, E, R>) =>
      self.pipe(
        Effect.timeout("10 seconds"),
        bulkhead.withPermits(1),
        Effect.retry({ schedule: Schedule.exponential("1 second").pipe(Schedule.jittered), times: 3 }),
        Effect.mapError((error) => new UpstreamFailed({ detail: String(error) }))
      )
    const now = Effect.map(Clock.currentTimeMillis, (millis) => new Date(millis).toISOString())

    const job = Effect.fn("Tws.job")(function* (id: string) {
      return yield* policy(
        client
          .get(`/twsd/api/v2/plan/job/${id}`, { urlParams: { plan_id: "current" } })
          .pipe(Effect.flatMap(HttpClientResponse.schemaBodyJson(SchedulerJob)))
      )
    })
    const jobs = Effect.fn("Tws.jobs")(function* (limit: number) {
      return yield* policy(
        client
          .get("/twsd/api/v2/plan/job", { urlParams: { plan_id: "current", offset: 0, limit } })
          .pipe(Effect.flatMap(HttpClientResponse.schemaBodyJson(SchedulerPage)))
      )
    })

    return handlers.handleAll({
      bare: () => Effect.succeed({ ok: true }),
      job: Effect.fnUntraced(function* ({ params }) {
        return { item: fromScheduler(yield* job(params.id)), asOf: yield* now, stale: false }
      }),
      jobs: Effect.fnUntraced(function* ({ query: { limit = 50 } }) {
        const page = yield* jobs(limit)
        return {
          items: page.results.map(fromScheduler),
          nextCursor: page.results.length < page.count ? String(limit) : undefined,
          asOf: yield* now,
          stale: false
        }
      })
    })
  })
)

const endpoint = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"]
const telemetry =
  endpoint === undefined
    ? Layer.empty
    : Otlp.layerProtobuf({ baseUrl: endpoint, resource: { serviceName: "gateway" } }).pipe(
        Layer.provide(NodeHttpClient.layerUndici)
      )

HttpRouter.serve(HttpApiBuilder.layer(Contract).pipe(Layer.provide(group)), {
  disableLogger: true,
  disableListenLog: true
}).pipe(
  Layer.provide(NodeHttpClient.layerUndici),
  Layer.provide(NodeHttpServer.layer(createServer, { port: Number(process.env["PORT"]), host: "127.0.0.1" })),
  Layer.provide(telemetry),
  Layer.launch,
  NodeRuntime.runMain
)
