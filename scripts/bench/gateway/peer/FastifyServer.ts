/** The peer's server: Fastify validates and serialises by JSON Schema. */
import { randomUUID } from "node:crypto"
import { fastify } from "fastify"
import { answerJob } from "./AnswerJob.ts"
import { job, jobs } from "./Jobs.ts"
import { active, durations } from "./Metrics.ts"
import { boolean, integer, object, string } from "./SchedulerJob.ts"
import { securityHeaders } from "./SecurityHeaders.ts"
import { fastifyPlugin } from "./Tracing.ts"

const app = fastify({
  logger: false,
  requestIdHeader: "x-correlation-id",
  genReqId: () => randomUUID(),
  bodyLimit: 1024 * 1024
})
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
if (fastifyPlugin !== undefined) await app.register(fastifyPlugin.plugin())

app.get<{ Params: { id: string } }>(
  "/api/v1/tws/jobs/:id",
  {
    schema: {
      params: object({ id: { type: "string", pattern: "^[0-9a-f-]{36}$" } }),
      response: { 200: object({ item: answerJob, asOf: string, stale: boolean }) }
    }
  },
  (request) => job(request.params.id, request.id)
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
  (request) => jobs(request.query.name ?? "*", request.query.limit, request.id)
)

/** A route that calls nothing: what the server alone costs. */
app.get("/bare", { schema: { response: { 200: object({ ok: boolean }) } } }, async () => ({ ok: true }))

await app.listen({ port: Number(process.env["PORT"]), host: "127.0.0.1" })
