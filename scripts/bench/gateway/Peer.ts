/**
 * The peer: the service as an experienced team would build it without Effect. Fastify validates and serialises by JSON
 * Schema, undici pools the connections, cockatiel guards the call (retry, breaker, bulkhead, timeout), Ajv checks what
 * the scheduler answers, and OpenTelemetry's own instrumentations trace it when `OTEL_EXPORTER_OTLP_ENDPOINT` is set.
 * `PEER_FASTIFY_SPANS=1` adds Fastify's own plugin, with a span per route and handler.
 */
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
const cockatiel = await import("cockatiel")

const object = (properties: Readonly<Record<string, object>>, optional: ReadonlyArray<string> = []) => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key))
})
const string = { type: "string" }
const integer = { type: "integer" }
const boolean = { type: "boolean" }

const schedulerJob = object(
  {
    id: string,
    name: string,
    folder: string,
    workstation: string,
    jobStreamId: string,
    jobStreamName: string,
    jobStreamWorkstation: string,
    jobStatusFlags: object({ jobLate: boolean }),
    jobOptions: object({ critical: boolean }),
    lastRunCompositeStatus: object({ status: string }),
    lastRunCommonStatus: string,
    priority: integer,
    jobruns: {
      type: "array",
      items: object(
        {
          id: string,
          jobNumber: integer,
          returnCode: integer,
          timeInfo: object(
            { actualStartTime: string, actualEndTime: string, elapsedTime: string },
            ["actualStartTime", "actualEndTime", "elapsedTime"]
          ),
          actualWorkstation: string
        },
        ["returnCode"]
      )
    },
    schedTime: string,
    timeZone: string,
    timeRestrictions: object({ deadlineTime: string }, ["deadlineTime"]),
    dependenciesStats: object({ numberOfDependencies: integer, numberOfUnresolvedDependencies: integer }),
    actions: { type: "array", items: object({ key: string }) }
  },
  ["timeRestrictions"]
)

interface SchedulerJob {
  readonly id: string
  readonly name: string
  readonly folder: string
  readonly workstation: string
  readonly jobStreamId: string
  readonly jobStreamName: string
  readonly jobStreamWorkstation: string
  readonly jobStatusFlags: { readonly jobLate: boolean }
  readonly jobOptions: { readonly critical: boolean }
  readonly lastRunCompositeStatus: { readonly status: string }
  readonly lastRunCommonStatus: string
  readonly priority: number
  readonly jobruns: ReadonlyArray<{
    readonly id: string
    readonly jobNumber: number
    readonly returnCode?: number
    readonly timeInfo: {
      readonly actualStartTime?: string
      readonly actualEndTime?: string
      readonly elapsedTime?: string
    }
    readonly actualWorkstation: string
  }>
  readonly schedTime: string
  readonly timeZone: string
  readonly timeRestrictions?: { readonly deadlineTime?: string }
  readonly dependenciesStats: { readonly numberOfDependencies: number; readonly numberOfUnresolvedDependencies: number }
  readonly actions: ReadonlyArray<{ readonly key: string }>
}

const answerJob = object(
  {
    id: string,
    name: string,
    folder: string,
    workstation: string,
    jobStream: object({ id: string, name: string, workstation: string }),
    status: string,
    internalStatus: string,
    priority: integer,
    critical: boolean,
    late: boolean,
    scheduledAt: string,
    timeZone: string,
    deadline: string,
    lastRun: object(
      { id: string, number: integer, returnCode: integer, startedAt: string, endedAt: string, elapsed: string, workstation: string },
      ["returnCode", "startedAt", "endedAt", "elapsed"]
    ),
    dependencies: object({ total: integer, unresolved: integer }),
    actions: { type: "array", items: string }
  },
  ["deadline", "lastRun"]
)

const toAnswer = (job: SchedulerJob) => {
  const run = job.jobruns[job.jobruns.length - 1]
  return {
    id: job.id,
    name: job.name,
    folder: job.folder,
    workstation: job.workstation,
    jobStream: { id: job.jobStreamId, name: job.jobStreamName, workstation: job.jobStreamWorkstation },
    status: job.lastRunCommonStatus,
    internalStatus: job.lastRunCompositeStatus.status,
    priority: job.priority,
    critical: job.jobOptions.critical,
    late: job.jobStatusFlags.jobLate,
    scheduledAt: job.schedTime,
    timeZone: job.timeZone,
    deadline: job.timeRestrictions?.deadlineTime,
    lastRun: run && {
      id: run.id,
      number: run.jobNumber,
      returnCode: run.returnCode,
      startedAt: run.timeInfo.actualStartTime,
      endedAt: run.timeInfo.actualEndTime,
      elapsed: run.timeInfo.elapsedTime,
      workstation: run.actualWorkstation
    },
    dependencies: {
      total: job.dependenciesStats.numberOfDependencies,
      unresolved: job.dependenciesStats.numberOfUnresolvedDependencies
    },
    actions: job.actions.map((action) => action.key)
  }
}

const ajv = new Ajv()
const isJob = ajv.compile<SchedulerJob>(schedulerJob)
const isPage = ajv.compile<{ readonly count: number; readonly results: ReadonlyArray<SchedulerJob> }>(
  object({ count: integer, results: { type: "array", items: schedulerJob } })
)

const { ConsecutiveBreaker, ExponentialBackoff, TimeoutStrategy, bulkhead, circuitBreaker, handleAll, retry, timeout, wrap } =
  cockatiel
const policy = wrap(
  retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff({ initialDelay: 1000, maxDelay: 10_000 }) }),
  circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(3) }),
  bulkhead(256, 1024),
  timeout(10_000, TimeoutStrategy.Aggressive)
)

const upstream = new Pool(process.env["TWS_URL"] ?? "", { connections: 64, pipelining: 1 })
const authorization = `Basic ${Buffer.from("operator:secret").toString("base64")}`

const call = (path: string) =>
  policy.execute(async ({ signal }) => {
    const { statusCode, body } = await upstream.request({
      method: "GET",
      path,
      headers: { authorization, accept: "application/json" },
      signal
    })
    if (statusCode !== 200) {
      await body.dump()
      throw new Error(`the scheduler answered ${statusCode}`)
    }
    return body.json()
  })

const app = fastify({ logger: false })
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
    const job = await call(`/twsd/api/v2/plan/job/${request.params.id}?plan_id=current`)
    if (!isJob(job)) throw new Error("not a job")
    return { item: toAnswer(job), asOf: new Date().toISOString(), stale: false }
  }
)

app.get<{ Querystring: { limit: number } }>(
  "/api/v1/tws/jobs",
  {
    schema: {
      querystring: object({ limit: { type: "integer", minimum: 1, maximum: 1000, default: 50 } }, ["limit"]),
      response: {
        200: object({ items: { type: "array", items: answerJob }, nextCursor: string, asOf: string, stale: boolean }, ["nextCursor"])
      }
    }
  },
  async (request) => {
    const { limit } = request.query
    const page = await call(`/twsd/api/v2/plan/job?plan_id=current&offset=0&limit=${limit}`)
    if (!isPage(page)) throw new Error("not a page of jobs")
    return {
      items: page.results.map(toAnswer),
      nextCursor: page.results.length < page.count ? String(limit) : undefined,
      asOf: new Date().toISOString(),
      stale: false
    }
  }
)

/** A route that calls nothing: what the server alone costs. */
app.get("/bare", { schema: { response: { 200: object({ ok: boolean }) } } }, async () => ({ ok: true }))

await app.listen({ port: Number(process.env["PORT"]), host: "127.0.0.1" })
