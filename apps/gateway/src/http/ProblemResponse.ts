import type { Problem } from "@resync/api/Problem"
import { CorrelationId } from "@resync/telemetry/Correlation"
import { Context, Effect } from "effect"
import { HttpServerRequest, HttpServerResponse, ProblemDetails } from "effect/http"

/** Statuses after which the rest of the request is not read. */
const closing = new Set([408, 413, 414, 417, 431])

const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined)

/** What goes over the wire: what all problems have first, then the members of its own, then the request it belongs to. */
export const body = (problem: Problem, request: { readonly [member: string]: string | undefined }): string => {
  const { detail, status, title, type, ...own } = problem
  return JSON.stringify({ type, title, status, detail, ...own, ...request })
}

/** The headers that belong to a problem's own members. */
export const headersOf = (problem: Problem & { readonly retryAfter?: unknown; readonly allow?: unknown }) => {
  const headers: Record<string, string> = { "cache-control": "no-store" }
  const retryAfter = number(problem.retryAfter)
  if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter)
  if (Array.isArray(problem.allow)) headers["allow"] = problem.allow.join(", ")
  // RFC 9110 section 15.5.2: a 401 names a way in.
  if (problem.status === 401) headers["www-authenticate"] = 'Bearer realm="resync"'
  if (closing.has(problem.status)) headers["connection"] = "close"
  return headers
}

/** The answer for a problem of the current request: with its path, correlation id and trace id. */
export const respond = (
  problem: Problem
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, HttpServerRequest.HttpServerRequest> =>
  Effect.withFiber((fiber) => {
    const request = Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest)
    const members = {
      // The query may hold what should not be repeated, so only the path is named.
      instance: request.url.slice(0, request.url.search(/[?#]|$/)).slice(0, 1024),
      correlationId: fiber.getRef(CorrelationId),
      traceId: fiber.cache.span?.traceId
    }
    return Effect.succeed(
      HttpServerResponse.text(body(problem, members), {
        status: problem.status,
        contentType: ProblemDetails.contentType,
        headers: headersOf(problem)
      })
    )
  })

/** Whether an answer is a problem already. */
export const isProblem = (response: HttpServerResponse.HttpServerResponse): boolean =>
  response.headers["content-type"]?.startsWith(ProblemDetails.contentType) === true
