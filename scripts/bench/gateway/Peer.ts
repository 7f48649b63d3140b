/**
 * The peer: the service as an experienced team would build it without Effect. Fastify validates and serialises by JSON
 * Schema, undici pools the connections, cockatiel guards the call (retry, breaker, bulkhead, timeout), Ajv checks what
 * the scheduler answers, prom-client counts and measures requests and calls, each request has its correlation id, and OpenTelemetry's own instrumentations trace it when `OTEL_EXPORTER_OTLP_ENDPOINT` is set.
 * `PEER_FASTIFY_SPANS=1` adds Fastify's own plugin, with a span per route and handler.
 */
import { randomUUID } from "node:crypto"

const traced = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] !== undefined
const fastifySpans = process.env["PEER_FASTIFY_SPANS"] === "1"

// Instrumentations patch what is loaded after them, so they come first and everything else is imported below.
let otelPlugin: import("@fastify/otel").FastifyOtelInstrumentation | undefined
if (traced) {
  const { NodeSDK } = await import("@opentelemetry/sdk-node")
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-proto")
  const { HttpInstrumentation } = await import("@opentelemetry/instrumentation-http")
  const { UndiciInstrumentation } = await import("@opentelemetry/instrumentation-undici")
  if (fastifySpans) {
    const { FastifyOtelInstrumentation } = await import("@fastify/otel")
    otelPlugin = new FastifyOtelInstrumentation()
  }
  const sdk = new NodeSDK({
    serviceName: "peer",
    traceExporter: new OTLPTraceExporter(),
    instrumentations: [
      new HttpInstrumentation({ ignoreOutgoingRequestHook: () => true }),
      new UndiciInstrumentation(),
      ...(otelPlugin === undefined ? [] : [otelPlugin])
    ]
  })
  sdk.start()
  process.once("SIGTERM", () => void sdk.shutdown().finally(() => process.exit(0)))
}

const { default: fastify } = await import("fastify")
const { Pool } = await import("undici")
const { Ajv } = await import("ajv")
const { default: addFormats } = await import("ajv-formats")
const { Counter, Gauge, Histogram } = await import("prom-client")
const cockatiel = await import("cockatiel")

const object = (properties: Readonly<Record<string, object>>, optional: ReadonlyArray<string> = []) => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key))
})
const string = { type: "string" }
const integer = { type: "integer" }
const boolean = { type: "boolean" }

/** The scheduler leaves fields out or writes `null` for nothing; what is there must have the right type. */
const or = (schema: object) => ({ ...schema, nullable: true })
const dateTime = { type: "string", format: "date-time" }
const duration = { type: "string", format: "duration" }
const optional = (properties: Readonly<Record<string, object>>, required: ReadonlyArray<string> = []) => ({
  type: "object",
  properties: Object.fromEntries(
    Object.entries(properties).map(([key, schema]) => [key, required.includes(key) ? schema : or(schema)])
  ),
  required
})

const compositeStatus = optional({
  status: string,
  error: boolean,
  started: boolean,
  canceled: boolean,
  cancelPending: boolean,
  dontRun: boolean
})

const timeInfo = optional({
  estimatedDuration: duration,
  actualStartTime: dateTime,
  actualEndTime: dateTime,
  elapsedTime: duration
})

const schedulerJob = optional(
  {
    id: string,
    persistentId: string,
    planId: string,
    key: string,
    name: string,
    folder: string,
    workstation: string,
    workstationId: string,
    jobStreamId: string,
    jobStreamName: string,
    jobStreamWorkstation: string,
    lastRunCompositeStatus: compositeStatus,
    lastRunCommonStatus: string,
    jobDefinitionFlags: optional({ monitored: boolean }),
    jobStatusFlags: optional({ jobLate: boolean, deadlineHasPassed: boolean }),
    jobOptions: optional({ critical: boolean, noOperation: boolean, requiresConfirmation: boolean }),
    jobDefinition: optional({
      name: string,
      folder: string,
      workstation: string,
      description: string,
      userLogins: { type: "array", items: string },
      recoveryOption: string,
      estimatedDuration: duration
    }),
    priority: integer,
    jobruns: {
      type: "array",
      items: optional(
        {
          id: string,
          jobNumber: integer,
          compositeStatus,
          commonStatus: string,
          returnCode: integer,
          rerunType: string,
          lastInRerunChain: boolean,
          confirmed: boolean,
          actualWorkstation: string,
          step: string,
          timeInfo
        },
        ["id"]
      )
    },
    schedTime: dateTime,
    timeZone: string,
    timeRestrictions: optional({ startTime: dateTime, deadlineTime: dateTime, lateAction: string }),
    dependenciesStats: optional({ numberOfDependencies: integer, numberOfUnresolvedDependencies: integer }),
    actions: { type: "array", items: optional({ key: string }) }
  },
  ["id", "name"]
)

type Maybe<A> = A | null | undefined

interface CompositeStatus {
  readonly status?: Maybe<string>
  readonly error?: Maybe<boolean>
  readonly started?: Maybe<boolean>
  readonly canceled?: Maybe<boolean>
  readonly cancelPending?: Maybe<boolean>
  readonly dontRun?: Maybe<boolean>
}

interface TimeInfo {
  readonly estimatedDuration?: Maybe<string>
  readonly actualStartTime?: Maybe<string>
  readonly actualEndTime?: Maybe<string>
  readonly elapsedTime?: Maybe<string>
}

interface SchedulerJob {
  readonly id: string
  readonly persistentId?: Maybe<string>
  readonly key?: Maybe<string>
  readonly name: string
  readonly folder?: Maybe<string>
  readonly workstation?: Maybe<string>
  readonly workstationId?: Maybe<string>
  readonly jobStreamId?: Maybe<string>
  readonly jobStreamName?: Maybe<string>
  readonly jobStreamWorkstation?: Maybe<string>
  readonly lastRunCompositeStatus?: Maybe<CompositeStatus>
  readonly lastRunCommonStatus?: Maybe<string>
  readonly jobDefinitionFlags?: Maybe<{ readonly monitored?: Maybe<boolean> }>
  readonly jobStatusFlags?: Maybe<{ readonly jobLate?: Maybe<boolean>; readonly deadlineHasPassed?: Maybe<boolean> }>
  readonly jobOptions?: Maybe<{
    readonly critical?: Maybe<boolean>
    readonly noOperation?: Maybe<boolean>
    readonly requiresConfirmation?: Maybe<boolean>
  }>
  readonly jobDefinition?: Maybe<{
    readonly name?: Maybe<string>
    readonly userLogins?: Maybe<ReadonlyArray<string>>
    readonly recoveryOption?: Maybe<string>
    readonly estimatedDuration?: Maybe<string>
  }>
  readonly priority?: Maybe<number>
  readonly jobruns?: Maybe<
    ReadonlyArray<{
      readonly id: string
      readonly jobNumber?: Maybe<number>
      readonly compositeStatus?: Maybe<CompositeStatus>
      readonly commonStatus?: Maybe<string>
      readonly returnCode?: Maybe<number>
      readonly rerunType?: Maybe<string>
      readonly lastInRerunChain?: Maybe<boolean>
      readonly confirmed?: Maybe<boolean>
      readonly actualWorkstation?: Maybe<string>
      readonly timeInfo?: Maybe<TimeInfo>
    }>
  >
  readonly schedTime?: Maybe<string>
  readonly timeZone?: Maybe<string>
  readonly timeRestrictions?: Maybe<{ readonly deadlineTime?: Maybe<string>; readonly lateAction?: Maybe<string> }>
  readonly dependenciesStats?: Maybe<{
    readonly numberOfDependencies?: Maybe<number>
    readonly numberOfUnresolvedDependencies?: Maybe<number>
  }>
  readonly actions?: Maybe<ReadonlyArray<{ readonly key?: Maybe<string> }>>
}

const answerStatus = object({
  internal: string,
  error: boolean,
  started: boolean,
  canceled: boolean,
  cancelPending: boolean,
  dontRun: boolean
})
const times = { estimatedDuration: string, startedAt: string, endedAt: string, elapsed: string }
const answerTime = object(times, Object.keys(times))

const answerJob = object(
  {
    id: string,
    persistentId: string,
    key: string,
    name: string,
    folder: string,
    workstation: string,
    workstationId: string,
    jobStreamId: string,
    jobStreamName: string,
    jobStreamWorkstation: string,
    commonStatus: string,
    status: answerStatus,
    priority: integer,
    critical: boolean,
    monitored: boolean,
    noOperation: boolean,
    requiresConfirmation: boolean,
    late: boolean,
    deadlinePassed: boolean,
    scheduledAt: string,
    timeZone: string,
    time: answerTime,
    restrictions: object({ deadline: string, deadlineAction: string }, ["deadline", "deadlineAction"]),
    definition: object({ name: string, logins: { type: "array", items: string }, recoveryOption: string }, [
      "name",
      "recoveryOption"
    ]),
    runs: {
      type: "array",
      items: object(
        {
          id: string,
          jobNumber: integer,
          commonStatus: string,
          status: answerStatus,
          returnCode: integer,
          rerunType: string,
          last: boolean,
          confirmed: boolean,
          workstation: string,
          time: answerTime
        },
        ["jobNumber", "returnCode", "rerunType", "workstation"]
      )
    },
    dependencyCounts: object({ total: integer, unresolved: integer }),
    actions: { type: "array", items: string }
  },
  [
    "persistentId",
    "key",
    "folder",
    "workstation",
    "workstationId",
    "jobStreamId",
    "jobStreamName",
    "jobStreamWorkstation",
    "priority",
    "scheduledAt",
    "timeZone",
    "definition",
    "dependencyCounts"
  ]
)

const toStatus = (status: Maybe<CompositeStatus>) => ({
  internal: status?.status ?? "UNKNOWN",
  error: status?.error ?? false,
  started: status?.started ?? false,
  canceled: status?.canceled ?? false,
  cancelPending: status?.cancelPending ?? false,
  dontRun: status?.dontRun ?? false
})

/** The same instant in the one form that the service answers. */
const toInstant = (text: Maybe<string>) => (text ? new Date(text).toISOString() : undefined)

const toTime = (time: Maybe<TimeInfo>) => ({
  estimatedDuration: time?.estimatedDuration ?? undefined,
  startedAt: toInstant(time?.actualStartTime),
  endedAt: toInstant(time?.actualEndTime),
  elapsed: time?.elapsedTime ?? undefined
})

const toAnswer = (job: SchedulerJob) => {
  const runs = (job.jobruns ?? []).map((run) => ({
    id: run.id,
    jobNumber: run.jobNumber ?? undefined,
    commonStatus: run.commonStatus ?? "UNDECIDED",
    status: toStatus(run.compositeStatus),
    returnCode: run.returnCode ?? undefined,
    rerunType: run.rerunType ?? undefined,
    last: run.lastInRerunChain ?? false,
    confirmed: run.confirmed ?? false,
    workstation: run.actualWorkstation ?? undefined,
    time: toTime(run.timeInfo)
  }))
  const last = runs.findLast((run) => run.last) ?? runs.at(-1)
  return {
    id: job.id,
    persistentId: job.persistentId ?? undefined,
    key: job.key ?? undefined,
    name: job.name,
    folder: job.folder ?? undefined,
    workstation: job.workstation ?? undefined,
    workstationId: job.workstationId ?? undefined,
    jobStreamId: job.jobStreamId ?? undefined,
    jobStreamName: job.jobStreamName ?? undefined,
    jobStreamWorkstation: job.jobStreamWorkstation ?? undefined,
    commonStatus: job.lastRunCommonStatus ?? "UNDECIDED",
    status: toStatus(job.lastRunCompositeStatus),
    priority: job.priority ?? undefined,
    critical: job.jobOptions?.critical ?? false,
    monitored: job.jobDefinitionFlags?.monitored ?? false,
    noOperation: job.jobOptions?.noOperation ?? false,
    requiresConfirmation: job.jobOptions?.requiresConfirmation ?? false,
    late: job.jobStatusFlags?.jobLate ?? false,
    deadlinePassed: job.jobStatusFlags?.deadlineHasPassed ?? false,
    scheduledAt: toInstant(job.schedTime),
    timeZone: job.timeZone ?? undefined,
    time: { estimatedDuration: job.jobDefinition?.estimatedDuration ?? undefined, ...last?.time },
    restrictions: {
      deadline: toInstant(job.timeRestrictions?.deadlineTime),
      deadlineAction: job.timeRestrictions?.lateAction ?? undefined
    },
    definition: job.jobDefinition && {
      name: job.jobDefinition.name ?? undefined,
      logins: job.jobDefinition.userLogins ?? [],
      recoveryOption: job.jobDefinition.recoveryOption ?? undefined
    },
    runs,
    dependencyCounts: {
      total: job.dependenciesStats?.numberOfDependencies ?? 0,
      unresolved: job.dependenciesStats?.numberOfUnresolvedDependencies ?? 0
    },
    actions: (job.actions ?? []).flatMap(({ key }) => (key ? [key] : []))
  }
}

const ajv = new Ajv({ strict: false })
addFormats.default(ajv)
const isJob = ajv.compile<SchedulerJob>(schedulerJob)
const isPage = ajv.compile<{ readonly count: number; readonly results: ReadonlyArray<SchedulerJob> }>(
  object({ count: integer, results: { type: "array", items: schedulerJob } })
)

const {
  ConsecutiveBreaker,
  ExponentialBackoff,
  TimeoutStrategy,
  bulkhead,
  circuitBreaker,
  handleAll,
  retry,
  timeout,
  wrap
} = cockatiel
const policy = wrap(
  retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff({ initialDelay: 1000, maxDelay: 10_000 }) }),
  circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(3) }),
  bulkhead(32, 256),
  timeout(10_000, TimeoutStrategy.Aggressive)
)

const upstream = new Pool(process.env["TWS_URL"] ?? "", { connections: 32, pipelining: 1 })
const authorization = `Basic ${Buffer.from("operator:secret").toString("base64")}`

const boundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const durations = new Histogram({
  name: "http_server_request_duration_seconds",
  help: "Duration of HTTP server requests",
  labelNames: ["method", "route", "status"],
  buckets: boundaries
})
const active = new Gauge({ name: "http_server_active_requests", help: "Requests in flight", labelNames: ["method"] })
const calls = new Histogram({
  name: "http_client_request_duration_seconds",
  help: "Duration of HTTP client requests",
  labelNames: ["method", "status"],
  buckets: boundaries
})
const outcomes = new Counter({ name: "calls_total", help: "Calls by outcome", labelNames: ["kind"] })
policy.onSuccess(() => outcomes.inc({ kind: "successful" }))
policy.onFailure(() => outcomes.inc({ kind: "failed" }))

const call = (path: string, correlationId: string) =>
  policy.execute(async ({ signal }) => {
    const end = calls.startTimer({ method: "GET" })
    const { statusCode, body } = await upstream.request({
      method: "GET",
      path,
      headers: { authorization, accept: "application/json", "x-correlation-id": correlationId },
      signal
    })
    end({ status: statusCode })
    if (statusCode !== 200) {
      await body.dump()
      throw new Error(`the scheduler answered ${statusCode}`)
    }
    return body.json()
  })

const app = fastify({
  logger: false,
  requestIdHeader: "x-correlation-id",
  genReqId: () => randomUUID(),
  bodyLimit: 1024 * 1024
})
/** What the gateway tells browsers with each answer. */
const securityHeaders = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store"
}
app.addHook("onRequest", (request, reply, done) => {
  active.inc({ method: request.method })
  reply.headers(securityHeaders)
  reply.header("x-correlation-id", request.id)
  done()
})
app.addHook("onResponse", (request, reply, done) => {
  active.dec({ method: request.method })
  durations.observe(
    { method: request.method, route: request.routeOptions.url ?? "", status: reply.statusCode },
    reply.elapsedTime / 1000
  )
  done()
})
if (otelPlugin !== undefined) await app.register(otelPlugin.plugin())

app.get<{ Params: { id: string } }>(
  "/api/v1/tws/jobs/:id",
  {
    schema: {
      params: object({ id: { type: "string", pattern: "^[0-9a-f-]{36}$" } }),
      response: { 200: object({ item: answerJob, asOf: string, stale: boolean }) }
    }
  },
  async (request) => {
    const job = await call(`/twsd/api/v2/plan/job/${request.params.id}`, request.id)
    if (!isJob(job)) throw new Error("not a job")
    return { item: toAnswer(job), asOf: new Date().toISOString(), stale: false }
  }
)

app.get<{ Querystring: { limit: number; name?: string } }>(
  "/api/v1/tws/jobs",
  {
    schema: {
      querystring: object({ limit: { type: "integer", minimum: 1, maximum: 1000, default: 50 }, name: string }, [
        "limit",
        "name"
      ]),
      response: {
        200: object({
          items: { type: "array", items: answerJob },
          nextCursor: { type: ["string", "null"] },
          total: integer,
          asOf: string,
          stale: boolean
        })
      }
    }
  },
  async (request) => {
    const { limit, name = "*" } = request.query
    const page = await call(
      `/twsd/api/v2/plan/job?offset=0&limit=${limit}&oql=${encodeURIComponent(`name LIKE '${name}'`)}`,
      request.id
    )
    if (!isPage(page)) throw new Error("not a page of jobs")
    return {
      items: page.results.map(toAnswer),
      nextCursor: page.results.length < page.count ? String(limit) : null,
      total: page.count,
      asOf: new Date().toISOString(),
      stale: false
    }
  }
)

/** A route that calls nothing: what the server alone costs. */
app.get("/bare", { schema: { response: { 200: object({ ok: boolean }) } } }, async () => ({ ok: true }))

await app.listen({ port: Number(process.env["PORT"]), host: "127.0.0.1" })
