/**
 * What each of our layers costs by itself: the real modules around a call that answers at the next turn of the event
 * loop, without sockets; the client alone speaks with the upstream. Microseconds of processor time per request beyond the bare call, the least of many rounds.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Item } from "@resync/api/Reading"
import { Audit } from "@resync/identity/audit/Audit"
import { AuditConfig } from "@resync/identity/audit/AuditConfig"
import * as Resilience from "@resync/resilience/Resilience"
import { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import * as Embedded from "@resync/store/Embedded"
import * as ClientTelemetry from "@resync/telemetry/ClientTelemetry"
import * as Telemetry from "@resync/telemetry/Telemetry"
import { Job } from "@resync/tws/model/Job"
import { TwsPolicies } from "@resync/tws/TwsPolicies"
import { type Context, Effect, Layer, Schema } from "effect"
import {
  HttpClient,
  HttpClientRequest,
  HttpClientResponse,
  HttpEffect,
  HttpRouter,
  HttpServerRequest,
  type HttpServerResponse
} from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Agent } from "undici"

const calls = 3000
const inFlight = 64
const repetitions = 15

let waiting: Array<() => void> = []

/** A call that answers at the next turn, together with all others that wait for it. */
const soon = <A>(value: A): Effect.Effect<A> =>
  Effect.callback((resume) => {
    if (waiting.length === 0) {
      setImmediate(() => {
        const ready = waiting
        waiting = []
        for (const answer of ready) answer()
      })
    }
    waiting.push(() => resume(Effect.succeed(value)))
    return Effect.void
  })

const once = <R>(effect: Effect.Effect<unknown, unknown, R>, context: Context.Context<R>): Promise<number> =>
  new Promise((resolve, reject) => {
    const before = process.cpuUsage()
    let started = 0
    let ended = 0
    const next = () => {
      started++
      Effect.runForkWith(context)(effect).addObserver((exit) => {
        if (exit._tag === "Failure") return reject(new Error(String(exit.cause)))
        ended++
        if (started < calls) next()
        else if (ended === calls) {
          const { user, system } = process.cpuUsage(before)
          resolve((user + system) / calls)
        }
      })
    }
    for (let n = 0; n < inFlight; n++) next()
  })

const least = <R>(effect: Effect.Effect<unknown, unknown, R>) =>
  Effect.flatMap(Effect.context<R>(), (context) =>
    Effect.promise(async () => {
      let best = Number.POSITIVE_INFINITY
      for (let n = 0; n < repetitions; n++) best = Math.min(best, await once(effect, context))
      return best
    })
  )

const job: Job = Schema.decodeUnknownSync(Job)({
  id: "00000000-0000-4000-8000-000000000001",
  name: "LOADGL1",
  key: "/FIN_AGT#/PROD/FINNIGHT1.LOADGL1",
  commonStatus: "ERROR",
  status: { internal: "ABEND", error: true, started: true, canceled: false, cancelPending: false, dontRun: false },
  priority: 10,
  critical: false,
  monitored: true,
  noOperation: false,
  requiresConfirmation: false,
  late: false,
  deadlinePassed: false,
  scheduledAt: "2026-10-13T21:30:00Z",
  time: { startedAt: "2026-10-13T21:59:00Z", endedAt: "2026-10-13T22:02:12Z", elapsed: "PT3M12S" },
  restrictions: { deadline: "2026-10-14T02:00:00Z" },
  runs: [],
  actions: ["RERUN_JOB"]
})

const contract = HttpApi.make("layers").add(
  HttpApiGroup.make("jobs").add(
    HttpApiEndpoint.get("job", "/api/v1/tws/jobs/:id", { params: { id: Schema.String }, success: Item(Job) })
  )
)

const answer = {
  item: job,
  asOf: Schema.decodeUnknownSync(Schema.DateTimeUtcFromString)("2026-10-13T21:30:00Z"),
  stale: false
}

const handlers = HttpApiBuilder.group(contract, "jobs", (group) => group.handleAll({ job: () => soon(answer) }))

const request = HttpServerRequest.fromWeb(
  new Request("http://localhost/api/v1/tws/jobs/00000000-0000-4000-8000-000000000001", {
    headers: { host: "localhost" }
  })
)

type App = Effect.Effect<HttpServerResponse.HttpServerResponse, unknown, HttpServerRequest.HttpServerRequest>

/** The whole way of a request but for the socket. */
const served = (app: App) => HttpEffect.toHandled(app, () => Effect.void)

const client = HttpClient.makeWith<never, never, never, never>(
  Effect.flatMap((request) => soon(HttpClientResponse.fromWeb(request, new Response("{}")))),
  Effect.succeed
)

/** undici alone, with the body read. */
const dispatched = (agent: Agent, origin: string, path: string): Effect.Effect<string> =>
  Effect.callback((resume) => {
    const chunks: Array<Buffer> = []
    agent.dispatch(
      { origin, path, method: "GET" },
      {
        onRequestStart: () => {},
        onResponseStart: () => {},
        onResponseData: (_, chunk) => {
          chunks.push(chunk)
        },
        onResponseEnd: () => resume(Effect.succeed(Buffer.concat(chunks).toString())),
        onResponseError: (_, error) => resume(Effect.die(error))
      }
    )
  })

/** The client of the gateway without its telemetry: closed to others, and measured by itself all the same. */
const leanClient = (agent: Agent) =>
  Effect.promise(async () => {
    const file = new URL("../../../packages/tws/src/internal/UndiciHttpClient.ts", import.meta.url)
    const { make }: { make: (agent: Agent, maxBodySize: number) => HttpClient.HttpClient } = await import(file.href)
    return make(agent, 1024 * 1024)
  })

/** An entry about a command, in a trail of its own in the embedded store, where those of 64 callers share a commit. */
const audited = Effect.flatMap(Audit, (audit) =>
  least(
    audit.append([
      {
        action: "tws.job.hold",
        phase: "outcome",
        outcome: "accepted",
        actor: { id: "u1", name: "operator", kind: "user" },
        target: { kind: "job", id: job.id, name: job.name, workstation: "/FIN_AGT" },
        commandId: "01a228e0-7db5-7612-9214-e63200730a0f"
      }
    ])
  )
).pipe(Effect.provide(Audit.layer.pipe(Layer.provide([AuditConfig.layerTest, Embedded.layerMemory]))))

/** The costs by the name of the layer. `upstream` is where the scheduler answers. */
export const measure = Effect.fnUntraced(
  function* (upstream: string) {
    const policies = yield* ResiliencePolicyRegistry
    const { bulkhead, ...read } = TwsPolicies.tws_job_details
    const policy = yield* policies.register("measured", {
      ...read,
      bulkhead: { ...bulkhead, maxConcurrentCalls: 2 * inFlight }
    })
    const app = (yield* HttpRouter.toHttpEffect(
      HttpApiBuilder.layer(contract).pipe(Layer.provide(handlers), Layer.provide(NodeHttpServer.layerHttpServices))
    )) as App
    const get = HttpClientRequest.get("http://localhost/twsd/api/v2/plan/job/1")

    const bare = yield* least(soon(1))
    const http = yield* least(served(app))
    const traced = yield* least(served(Telemetry.middleware(app)))
    const sent = yield* least(client.execute(get))
    const tracedCall = yield* least(ClientTelemetry.client(client).execute(get))
    const guarded = yield* least(policy.execute(soon(1)))
    const path = "/twsd/api/v2/plan/job/00000000-0000-4000-8000-000000000001"
    const agent = yield* Effect.acquireRelease(
      Effect.sync(() => new Agent({ connections: 32, pipelining: 1 })),
      (agent) => Effect.promise(() => agent.destroy())
    )
    const undici = yield* least(dispatched(agent, upstream, path))
    const connected = yield* leanClient(agent)
    const recorded = yield* audited
    const exchanged = yield* least(Effect.flatMap(connected.get(`${upstream}${path}`), (response) => response.text))
    return {
      "HttpApi (route, decode, encode)": http - bare,
      "server span, metrics, correlation id": traced - http,
      "client span, metrics, propagation": tracedCall - sent,
      "policy (deadline, retry, breaker, bulkhead, attempt timeout)": guarded - bare,
      "client (beyond undici itself)": exchanged - undici,
      "audit trail (one entry of a command; queries have none)": recorded
    } as const
  },
  Effect.provide(Resilience.layer()),
  Effect.provideService(HttpServerRequest.HttpServerRequest, request),
  Effect.scoped,
  Effect.orDie
)
