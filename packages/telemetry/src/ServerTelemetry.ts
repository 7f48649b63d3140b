import { type Cause, Clock, Context, Effect, Exit, type Fiber, Layer, Option, References, Tracer } from "effect"
import {
  HttpEffect,
  HttpMiddleware,
  HttpRouter,
  HttpServerError,
  HttpServerRequest,
  type HttpServerResponse,
  HttpTraceContext
} from "effect/http"
import * as HttpMetrics from "./internal/HttpMetrics.ts"
import { isRecording } from "./internal/Propagation.ts"
import { RecordingSpan } from "./internal/RecordingSpan.ts"
import { errorTypeOf } from "./internal/SpanError.ts"
import { Propagators } from "./Propagators.ts"
import * as Redaction from "./Redaction.ts"
import { maxLength, TraceState } from "./TraceState.ts"

/** Requests without a span and without metrics of their own: by default the probes and the scrape. */
export const Excluded = Context.Reference<(request: HttpServerRequest.HttpServerRequest) => boolean>(
  "@resync/telemetry/ServerTelemetry/Excluded",
  { defaultValue: () => (request) => request.url === "/metrics" || request.url.startsWith("/health") }
)

const metrics = HttpMetrics.make("server")

/** What is learnt of a request while it is served. */
interface Seen {
  route: string | undefined
  status: number | undefined
}

/**
 * Server middleware for traces and metrics by the stable HTTP conventions. Each request has a server span named
 * `{method} {route}` whose parent is the caller's `traceparent`, and counts in `http.server.request.duration` and
 * `http.server.active_requests`. A 5xx answer and an unexpected end are errors; a 4xx answer is not. Effect's own server
 * span must be off: `ServerTelemetry.layer` (part of `Telemetry.layer`) sees to it.
 *
 * Give it to `HttpRouter.serve` as the outermost middleware, around `Correlation.middleware`.
 *
 * https://opentelemetry.io/docs/specs/semconv/http/
 */
export const middleware = <E, R>(
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.withFiber((fiber) => {
    const outer = fiber.context
    const request = Context.getUnsafe(outer, HttpServerRequest.HttpServerRequest)
    if (fiber.getRef(Excluded)(request)) return Effect.provideService(app, References.TracerEnabled, false)

    const clock = fiber.getRef(Clock.Clock)
    const startTime = clock.currentTimeNanosUnsafe()
    const method = HttpMetrics.methodOf(request.method)
    const scheme = schemeOf(request)
    const span = fiber.cache.tracerEnabled ? startSpan(fiber, request, method, startTime) : undefined
    const seen: Seen = { route: undefined, status: undefined }
    HttpEffect.appendPreResponseHandlerUnsafe(outer, (_request, response) =>
      Effect.withFiber((inner) => {
        seen.route = Context.getOrUndefined(inner.context, HttpRouter.RouteContext)?.route.path
        seen.status = response.status
        return Effect.succeed(response)
      })
    )
    const inFlight = `${method} ${scheme}`
    const inFlightLabels = () => ({ "http.request.method": method, "url.scheme": scheme })
    metrics.active(outer, inFlight, inFlightLabels, 1)
    if (span !== undefined) {
      const inner = Context.add(outer, Tracer.ParentSpan, span)
      const state = span.parent._tag === "Some" ? request.headers["tracestate"] : undefined
      const known = state !== undefined && state.length <= maxLength
      fiber.setContext(known ? Context.add(inner, TraceState, state) : inner)
    }

    return Effect.onExitPrimitive(app, (exit) => {
      fiber.setContext(outer)
      const endTime = clock.currentTimeNanosUnsafe()
      const cause = exit._tag === "Failure" ? unexpected(exit.cause) : undefined
      const status = seen.status ?? HttpServerError.exitResponse(exit).status
      const route = routeOf(span) ?? seen.route
      const failed = status >= 500
      const errorType = failed ? (cause === undefined ? String(status) : errorTypeOf(cause)) : undefined
      const version = versionOf(request)
      metrics.active(outer, inFlight, inFlightLabels, -1)
      metrics.duration(
        outer,
        `${inFlight} ${route ?? ""} ${status} ${errorType ?? ""} ${version ?? ""}`,
        () => ({
          ...inFlightLabels(),
          "http.route": route,
          "http.response.status_code": String(status),
          "error.type": errorType,
          "network.protocol.version": version
        }),
        Number(endTime - startTime) / 1e9
      )
      if (span === undefined) return undefined
      if (isRecording(span)) {
        describe(span, request, method, scheme, route)
        span.attribute("http.response.status_code", status)
        if (version !== undefined) span.attribute("network.protocol.version", version)
        if (errorType !== undefined) span.attribute("error.type", errorType)
      }
      span.end(endTime, failed && cause !== undefined ? Exit.failCause(cause) : Exit.void)
      return undefined
    })
  })

/** Turns off the server span that Effect makes by itself, as `middleware` makes it. */
export const layer: Layer.Layer<never> = Layer.succeed(HttpMiddleware.TracerDisabledWhen, () => true)

const startSpan = (
  fiber: Fiber.Fiber<unknown, unknown>,
  request: HttpServerRequest.HttpServerRequest,
  method: string,
  startTime: bigint
): Tracer.Span => {
  const known = request.headers["traceparent"] !== undefined && fiber.getRef(Propagators).traceContext
  const parent = known ? HttpTraceContext.w3c(request.headers) : Option.none()
  return fiber.getRef(Tracer.Tracer).span({
    name: method === "_OTHER" ? "HTTP" : method,
    parent,
    annotations: Context.empty(),
    links: [],
    startTime,
    kind: "server",
    root: Option.isNone(parent),
    sampled: Option.isNone(parent) || parent.value.sampled
  })
}

/** A failure that carries an answer has been handled; what is left is what nobody expected. */
const unexpected = (cause: Cause.Cause<unknown>): Cause.Cause<unknown> | undefined => {
  const [, rest] = HttpServerError.causeResponseStripped(cause)
  return Option.getOrUndefined(rest)
}

const routeOf = (span: Tracer.Span | undefined): string | undefined => {
  const route = span instanceof RecordingSpan ? span.attributeOf("http.route") : undefined
  return typeof route === "string" ? route : undefined
}

/** What a trusted proxy says, else what the connection is. */
const schemeOf = ({ protocol, source }: HttpServerRequest.HttpServerRequest): "http" | "https" => {
  if (protocol !== undefined) return protocol
  const socket: unknown = "socket" in source ? source.socket : undefined
  const encrypted = typeof socket === "object" && socket !== null && "encrypted" in socket && socket.encrypted === true
  return encrypted ? "https" : "http"
}

const versionOf = (request: HttpServerRequest.HttpServerRequest): string | undefined => {
  const version = "httpVersion" in request.source ? request.source.httpVersion : undefined
  return version === "2.0" ? "2" : typeof version === "string" ? version : undefined
}

const describe = (
  span: Tracer.Span,
  request: HttpServerRequest.HttpServerRequest,
  method: string,
  scheme: string,
  route: string | undefined
): void => {
  const { headers, url } = request
  span.attribute("http.request.method", method)
  if (method === "_OTHER") span.attribute("http.request.method_original", request.method)
  if (route !== undefined) {
    span.attribute("http.route", route)
    if (span instanceof RecordingSpan) span.name = `${span.name} ${route}`
  }
  const query = url.indexOf("?")
  span.attribute("url.path", query < 0 ? url : url.slice(0, query))
  if (query >= 0 && query + 1 < url.length) span.attribute("url.query", Redaction.query(url.slice(query + 1)))
  span.attribute("url.scheme", scheme)
  const host = headers["host"]
  if (host !== undefined) {
    const colon = host.endsWith("]") ? -1 : host.lastIndexOf(":")
    const address = colon < 0 ? host : host.slice(0, colon)
    span.attribute("server.address", address.startsWith("[") ? address.slice(1, -1) : address)
    span.attribute("server.port", colon < 0 ? (scheme === "https" ? 443 : 80) : Number(host.slice(colon + 1)))
  }
  const client = request.remoteAddress
  // A socket that listens on IPv6 shows IPv4 peers as mapped addresses.
  if (client._tag === "Some") span.attribute("client.address", client.value.replace(/^::ffff:(?=[\d.]+$)/, ""))
  const agent = headers["user-agent"]
  if (agent !== undefined) span.attribute("user_agent.original", agent)
}
