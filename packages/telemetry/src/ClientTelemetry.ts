import { Clock, Context, Effect, Exit, type Fiber, Option, Tracer } from "effect"
import { HttpClient, HttpClientRequest, type HttpClientResponse, UrlParams } from "effect/http"
import * as Correlation from "./Correlation.ts"
import * as HttpMetrics from "./internal/HttpMetrics.ts"
import { isRecorded, isRecording, traceparentOf } from "./internal/Propagation.ts"
import { errorTypeOf } from "./internal/SpanError.ts"
import { Propagators } from "./Propagators.ts"
import * as Redaction from "./Redaction.ts"
import { TraceState } from "./TraceState.ts"

/** The template of the path that the current call goes to (`/plan/{planId}/job`), for the span's name and the metrics. */
export const UrlTemplate = Context.Reference<string | undefined>("@resync/telemetry/ClientTelemetry/UrlTemplate", {
  defaultValue: () => undefined
})

const metrics = HttpMetrics.make("client")

const origin = /^(https?):\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)(?::(\d+))?/i

interface Target {
  readonly scheme: string
  readonly address: string
  readonly port: number
}

/** The hosts that were called, few as they are by nature; where they are not, it begins anew. */
const targets = new Map<string, Target>()
const maxTargets = 1_000

const targetOf = (url: string): Target => {
  const end = url.indexOf("/", 8)
  const prefix = end < 0 ? url : url.slice(0, end)
  const known = targets.get(prefix)
  if (known !== undefined) return known
  if (targets.size >= maxTargets) targets.clear()
  const target = parseTarget(prefix)
  targets.set(prefix, target)
  return target
}

const parseTarget = (url: string): Target => {
  const [, protocol = "http", host = "", port] = origin.exec(url) ?? []
  const scheme = protocol.toLowerCase()
  return {
    scheme,
    address: host.startsWith("[") ? host.slice(1, -1) : host,
    port: port === undefined ? (scheme === "https" ? 443 : 80) : Number(port)
  }
}

const urlOf = (request: HttpClientRequest.HttpClientRequest): string => {
  const query = UrlParams.toString(request.urlParams)
  return Redaction.url(query === "" ? request.url : `${request.url}${request.url.includes("?") ? "&" : "?"}${query}`)
}

/**
 * Traces and measures each request of a client by the stable HTTP conventions, in place of the client's own span: a
 * client span named `{method}` or `{method} {template}`, an error from status 400 on, `http.client.request.duration`
 * and `http.client.active_requests`. Sends `traceparent`, `tracestate`, `baggage` and `X-Correlation-ID` along; headers
 * that the caller has set stay.
 *
 * Wrap the client that makes the single attempts, below retries, so that each attempt is its own span.
 */
export const client = <E, R>(self: HttpClient.HttpClient.With<E, R>): HttpClient.HttpClient.With<E, R> =>
  HttpClient.makeWith(
    (requested) => Effect.flatMap(requested, (request) => Effect.withFiber((fiber) => execute(self, request, fiber))),
    self.preprocess
  )

const execute = <E, R>(
  self: HttpClient.HttpClient.With<E, R>,
  request: HttpClientRequest.HttpClientRequest,
  fiber: Fiber.Fiber<unknown, unknown>
): Effect.Effect<HttpClientResponse.HttpClientResponse, E, R> => {
  const outer = fiber.context
  const clock = fiber.getRef(Clock.Clock)
  const startTime = clock.currentTimeNanosUnsafe()
  const method = HttpMetrics.methodOf(request.method)
  const template = fiber.getRef(UrlTemplate)
  const target = targetOf(request.url)
  // Where nobody records, a span would only hand on the trace of the one around it, which can be sent as it is.
  const span = isRecorded(fiber) ? startSpan(fiber, method, template, startTime) : undefined
  const sender = span ?? (fiber.cache.tracerEnabled ? fiber.cache.span : undefined)
  const key = `${method} ${target.scheme} ${target.address} ${target.port} ${template ?? ""}`
  const labels = () => ({
    "http.request.method": method,
    "url.scheme": target.scheme,
    "url.template": template,
    "server.address": target.address,
    "server.port": String(target.port)
  })
  const headers = Correlation.headersOf(fiber)
  const traceparent = sender !== undefined && fiber.getRef(Propagators).traceContext ? traceparentOf(sender) : undefined
  if (traceparent !== undefined) {
    headers["traceparent"] = traceparent
    const state = fiber.getRef(TraceState)
    if (state !== undefined) headers["tracestate"] = state
  }
  if (span !== undefined && isRecording(span)) describe(span, request, method, template, target)
  let inner = Context.add(outer, HttpClient.TracerDisabledWhen, () => true)
  if (span !== undefined) inner = Context.add(inner, Tracer.ParentSpan, span)
  const ready = HttpClientRequest.setHeaders(request, { ...headers, ...request.headers })

  // Counted inside of what counts down again, so that an interruption in between cannot part them.
  const sent = Effect.suspend(() => {
    metrics.active(outer, key, labels, 1)
    fiber.setContext(inner)
    return self.postprocess(Effect.succeed(ready))
  })
  return Effect.onExitPrimitive(sent, (exit) => {
    fiber.setContext(outer)
    const endTime = clock.currentTimeNanosUnsafe()
    const status = exit._tag === "Success" ? exit.value.status : undefined
    const errorType =
      exit._tag === "Failure" ? errorTypeOf(exit.cause) : exit.value.status >= 400 ? String(status) : undefined
    metrics.active(outer, key, labels, -1)
    metrics.duration(
      outer,
      `${key} ${status ?? ""} ${errorType ?? ""}`,
      () => ({
        ...labels(),
        "http.response.status_code": status === undefined ? undefined : String(status),
        "error.type": errorType
      }),
      Number(endTime - startTime) / 1e9
    )
    if (span === undefined) return undefined
    if (isRecording(span)) {
      if (status !== undefined) span.attribute("http.response.status_code", status)
      if (errorType !== undefined) span.attribute("error.type", errorType)
    }
    span.end(endTime, exit._tag === "Failure" ? Exit.failCause<unknown>(exit.cause) : Exit.void)
    return undefined
  })
}

const startSpan = (
  fiber: Fiber.Fiber<unknown, unknown>,
  method: string,
  template: string | undefined,
  startTime: bigint
): Tracer.Span => {
  const name = method === "_OTHER" ? "HTTP" : method
  const parent = Option.fromNullishOr(fiber.cache.span)
  return fiber.getRef(Tracer.Tracer).span({
    name: template === undefined ? name : `${name} ${template}`,
    parent,
    annotations: Context.empty(),
    links: [],
    startTime,
    kind: "client",
    root: Option.isNone(parent),
    sampled: Option.isNone(parent) || parent.value.sampled
  })
}

const describe = (
  span: Tracer.Span,
  request: HttpClientRequest.HttpClientRequest,
  method: string,
  template: string | undefined,
  target: Target
): void => {
  span.attribute("http.request.method", method)
  if (method === "_OTHER") span.attribute("http.request.method_original", request.method)
  span.attribute("server.address", target.address)
  span.attribute("server.port", target.port)
  span.attribute("url.full", urlOf(request))
  span.attribute("url.scheme", target.scheme)
  if (template !== undefined) span.attribute("url.template", template)
}
