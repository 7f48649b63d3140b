import { Context, Effect, type Fiber, References } from "effect"
import * as Hex from "effect/encoding/Hex"
import {
  type Headers,
  HttpClient,
  HttpClientRequest,
  HttpEffect,
  HttpServerRequest,
  HttpServerResponse
} from "effect/http"
import * as Baggage from "./Baggage.ts"
import { Propagators } from "./Propagators.ts"

/** The id that joins everything done for one request of a caller. `undefined` outside of a request. */
export const CorrelationId = Context.Reference<string | undefined>("@resync/telemetry/CorrelationId", {
  defaultValue: () => undefined
})

/** Where the id is found and put: headers, baggage, log annotation and span attribute. */
export const header = "x-correlation-id"
export const requestIdHeader = "x-request-id"
export const attribute = "correlation.id"

const wellFormed = /^[A-Za-z0-9._:/+=@-]{1,128}$/

/** An id of a caller is taken when it has 1 to 128 characters out of letters, digits and `._:/+=@-`. */
export const isWellFormed = (id: string): boolean => wellFormed.test(id)

const fromHeaders = (headers: Headers.Headers): string | undefined => {
  const correlation = headers[header]
  if (correlation !== undefined && isWellFormed(correlation)) return correlation
  const request = headers[requestIdHeader]
  return request !== undefined && isWellFormed(request) ? request : undefined
}

// Without an id of the caller the trace id serves, so that both lead to the same trace.
const make = (fiber: Fiber.Fiber<unknown, unknown>): string => fiber.cache.span?.traceId ?? Hex.random(32)

/**
 * Server middleware that gives each request its correlation id: `X-Correlation-ID` or else `X-Request-ID` when well
 * formed, else the trace id. The id is in `CorrelationId`, in log annotations, on the server span, in the baggage and
 * on the answer. Goes inside of `ServerTelemetry.middleware`.
 */
export const middleware = <E, R>(
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.withFiber((fiber) => {
    const outer = fiber.context
    const { headers } = Context.getUnsafe(outer, HttpServerRequest.HttpServerRequest)
    const id = fromHeaders(headers) ?? make(fiber)
    const span = fiber.cache.span
    if (span !== undefined && span._tag === "Span" && span.sampled) span.attribute(attribute, id)
    HttpEffect.appendPreResponseHandlerUnsafe(outer, (_request, response) =>
      Effect.succeed(HttpServerResponse.setHeader(response, header, id))
    )
    let inner = Context.add(outer, CorrelationId, id)
    inner = Context.add(inner, References.CurrentLogAnnotations, {
      ...fiber.getRef(References.CurrentLogAnnotations),
      [attribute]: id
    })
    const baggage = headers["baggage"]
    if (baggage !== undefined && fiber.getRef(Propagators).baggage)
      inner = Context.add(inner, Baggage.Current, Baggage.parse(baggage))
    fiber.setContext(inner)
    return Effect.onExitPrimitive(app, () => {
      fiber.setContext(outer)
      return undefined
    })
  })

/** The headers that carry correlation id and baggage to the next service; empty outside of a request. */
export const headersOf = (fiber: Fiber.Fiber<unknown, unknown>): Record<string, string> => {
  const id = fiber.getRef(CorrelationId)
  const baggage = fiber.getRef(Baggage.Current)
  const out: Record<string, string> = {}
  if (id !== undefined) out[header] = id
  if (!fiber.getRef(Propagators).baggage) return out
  if (baggage.size === 0 && id !== undefined && isWellFormed(id)) {
    out["baggage"] = `${attribute}=${encodeURIComponent(id)}`
    return out
  }
  const entries = id === undefined || baggage.has(attribute) ? baggage : new Map([[attribute, id], ...baggage])
  const formatted = entries.size === 0 ? undefined : Baggage.format(entries)
  if (formatted !== undefined) out["baggage"] = formatted
  return out
}

/**
 * Sends the correlation id and the baggage of the current request with each request of a client. Headers the caller
 * has set itself stay as they are.
 */
export const client = <E, R>(self: HttpClient.HttpClient.With<E, R>): HttpClient.HttpClient.With<E, R> =>
  HttpClient.mapRequestEffect(self, (request) =>
    Effect.withFiber((fiber) =>
      Effect.succeed(HttpClientRequest.setHeaders(request, { ...headersOf(fiber), ...request.headers }))
    )
  )
