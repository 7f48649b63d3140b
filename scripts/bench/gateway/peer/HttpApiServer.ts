/** The peer's work behind a raw handler of Effect's `HttpApi`: the same answers, metrics and headers, written by `JSON.stringify`. */
import { randomUUID } from "node:crypto"
import { createServer } from "node:http"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Effect, Layer, Schema } from "effect"
import { HttpRouter, type HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { job } from "./Jobs.ts"
import { active, durations } from "./Metrics.ts"
import { securityHeaders } from "./SecurityHeaders.ts"

const id = Schema.String.check(Schema.isPattern(/^[0-9a-f-]{36}$/))
const Tws = HttpApiGroup.make("tws").add(
  HttpApiEndpoint.get("job", "/api/v1/tws/jobs/:id", {
    params: { id },
    success: Schema.Struct({ item: Schema.Unknown, asOf: Schema.String, stale: Schema.Boolean })
  })
)
const Api = HttpApi.make("peer").add(Tws)

const answer = async (id: string, request: HttpServerRequest.HttpServerRequest) => {
  const started = performance.now()
  const method = request.method
  const correlationId = request.headers["x-correlation-id"] ?? randomUUID()
  let status = 500
  active.inc({ method })
  try {
    const body = JSON.stringify(await job(id, correlationId))
    status = 200
    return HttpServerResponse.text(body, {
      contentType: "application/json",
      headers: { ...securityHeaders, "x-correlation-id": correlationId }
    })
  } finally {
    active.dec({ method })
    durations.observe({ method, route: "/api/v1/tws/jobs/:id", status }, (performance.now() - started) / 1000)
  }
}

const Handlers = HttpApiBuilder.group(Api, "tws", (handlers) =>
  handlers.handleRaw("job", ({ params, request }) => Effect.promise(() => answer(params.id, request)))
)

const Server = NodeHttpServer.layer(() => createServer(), { port: Number(process.env["PORT"]), host: "127.0.0.1" })

/** Serves until it is ended. */
export const main = () =>
  HttpApiBuilder.layer(Api).pipe(
    Layer.provide(Handlers),
    (routes) => HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true }),
    Layer.provide(Server),
    Layer.launch,
    NodeRuntime.runMain
  )
