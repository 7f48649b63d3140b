import { HttpApiMiddleware, HttpApiSecurity, OpenApi } from "effect/http-api"
import * as AccessProblems from "./AccessProblems.ts"
import type { CurrentPrincipal } from "./CurrentPrincipal.ts"
import { IdentityUnavailable, TooManyRequests } from "./IdentityProblems.ts"

/** The cookie that carries the session of a browser which speaks plain HTTP, as with one's own machine. */
export const sessionCookie = "resync_session"

/** The same over TLS: browsers take a name that begins so over TLS alone, and from no other host, its neighbours included. */
export const secureSessionCookie = "__Host-resync_session"

/** The header that carries the key of a machine. */
export const apiKeyHeader = "x-api-key"

/** How a caller says who it is; the first of them that a request carries counts. */
export const security = {
  bearer: HttpApiSecurity.bearer.pipe(
    HttpApiSecurity.annotateMerge(
      OpenApi.annotations({ description: "The access token of a sign-in, or an API key.", format: "JWT" })
    )
  ),
  apiKey: HttpApiSecurity.apiKey({ key: apiKeyHeader, in: "header" }).pipe(
    HttpApiSecurity.annotateMerge(OpenApi.annotations({ description: "The key of a machine." }))
  ),
  secureCookie: HttpApiSecurity.apiKey({ key: secureSessionCookie, in: "cookie" }).pipe(
    HttpApiSecurity.annotateMerge(OpenApi.annotations({ description: "The session of a browser, over TLS." }))
  ),
  cookie: HttpApiSecurity.apiKey({ key: sessionCookie, in: "cookie" }).pipe(
    HttpApiSecurity.annotateMerge(OpenApi.annotations({ description: "The session of a browser, over plain HTTP." }))
  )
} as const

/**
 * Finds out who asks, and lets pass who may: it enforces what an endpoint declares by `RequiredPermission`, and gives the
 * handler `CurrentPrincipal`. An endpoint without a declaration is closed to all. Whether a target lies within the
 * principal's scopes is for the handler to ask, which knows the target.
 *
 * @effect-expect-leaking HttpServerRequest | ParsedSearchParams | RouteContext
 */
export class Authentication extends HttpApiMiddleware.Service<Authentication, { provides: CurrentPrincipal }>()(
  "@resync/api/Authentication",
  { security, error: [...AccessProblems.all, TooManyRequests, IdentityUnavailable] }
) {}
