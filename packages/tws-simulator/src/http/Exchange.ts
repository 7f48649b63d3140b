import { IncomingMessage } from "node:http"
import { Effect } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { RequestStats } from "../RequestStats.ts"
import { type ApiError, apiError, badRequest, isApiError } from "../wire/ApiError.ts"

/** A request as a route reads it. */
export interface Exchange {
  readonly method: string
  /** The path without the query. */
  readonly path: string
  /** The address as the client called it, with the query. */
  readonly url: URL
  readonly params: Readonly<Record<string, string | undefined>>
  readonly query: Readonly<Record<string, string | undefined>>
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The JSON body: 415 when it is not declared as JSON, 400 when it cannot be read. */
  readonly json: Effect.Effect<unknown, ApiError>
}

const unsupported = apiError(415, "NotSupportedException", "AWSJCO001E HTTP 415 Unsupported Media Type")

const readJson = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<unknown, ApiError> => {
  if (!(request.headers["content-type"] ?? "").includes("application/json")) return Effect.fail(unsupported)
  return request.json.pipe(Effect.mapError(() => badRequest("The body is not valid JSON.")))
}

const first = (value: string | ReadonlyArray<string> | undefined): string | undefined =>
  typeof value === "string" ? value : value?.[0]

export const errorResponse = (error: ApiError): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(
    { messages: error.messages, exceptionName: error.exceptionName },
    {
      status: error.status,
      ...(error.status === 401 ? { headers: { "www-authenticate": 'Basic realm="WebAppRealm"' } } : {})
    }
  )

const socketOf = (source: IncomingMessage): { readonly encrypted: boolean } => ({
  encrypted: "encrypted" in source.socket && source.socket.encrypted === true
})

const exchangeOf = (
  request: HttpServerRequest.HttpServerRequest,
  params: Readonly<Record<string, string | undefined>>,
  search: Readonly<Record<string, string | ReadonlyArray<string>>>
): Exchange => {
  const { encrypted } = request.source instanceof IncomingMessage ? socketOf(request.source) : { encrypted: false }
  const url = new URL(request.url, `${encrypted ? "https" : "http"}://${request.headers["host"] ?? "localhost"}`)
  return {
    method: request.method,
    path: url.pathname,
    url,
    params,
    query: Object.fromEntries(Object.entries(search).map(([key, value]) => [key, first(value)])),
    headers: request.headers,
    json: readJson(request)
  }
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"

/** A route whose refusals are answered in the scheduler's form. */
export const route = <R>(
  method: Method,
  path: `/${string}`,
  handler: (exchange: Exchange) => Effect.Effect<HttpServerResponse.HttpServerResponse, ApiError, R>
) =>
  HttpRouter.route(
    method,
    path,
    Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const { params } = yield* HttpRouter.RouteContext
      const search = yield* HttpServerRequest.ParsedSearchParams
      const stats = yield* RequestStats
      yield* stats.request(`${method} ${path}`)
      return yield* handler(exchangeOf(request, params, search)).pipe(
        Effect.catchTag("ApiError", (error) => Effect.succeed(errorResponse(error)))
      )
    })
  )

/**
 * Turns a refusal that was returned as a value into the failure of the effect. The guard rules the refusal out, which the
 * compiler does not follow for a type parameter.
 */
export const orFail = <A>(value: A | ApiError): Effect.Effect<Exclude<A, ApiError>, ApiError> =>
  isApiError(value) ? Effect.fail(value) : Effect.succeed(value as Exclude<A, ApiError>)

export const json = (body: unknown, options?: HttpServerResponse.Options.WithContent) =>
  HttpServerResponse.jsonUnsafe(body, options)

/** An integer of the query; 400 when it is none or out of range. */
export const integer = (
  exchange: Exchange,
  name: string,
  fallback: number,
  range: { readonly min: number; readonly max: number } = { min: 0, max: 2_147_483_647 }
): number | ApiError => {
  const text = exchange.query[name]
  if (text === undefined || text === "") return fallback
  const value = Number(text)
  return Number.isInteger(value) && value >= range.min && value <= range.max
    ? value
    : badRequest(`The value "${text}" of the parameter "${name}" is not valid.`)
}
