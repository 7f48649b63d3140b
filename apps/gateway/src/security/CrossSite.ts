import type { HttpServerRequest } from "effect/http"

/** Methods that change nothing. */
const safe = new Set(["GET", "HEAD", "OPTIONS"])

const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined)

/**
 * Whether a request that a browser sends with a cookie comes from somewhere else than a page of this service. Browsers say so
 * in `Sec-Fetch-Site`, and where they leave that out in `Origin`; one that says neither is no browser, and a cookie is not
 * for it. Pages of the same site but another origin count as somewhere else.
 */
export const isCrossSite = ({ headers, method }: HttpServerRequest.HttpServerRequest): boolean => {
  if (safe.has(method)) return false
  const site = headers["sec-fetch-site"]
  if (site !== undefined) return site !== "same-origin" && site !== "none"
  const origin = headers["origin"]
  return origin === undefined || hostOf(origin) !== headers["host"]?.toLowerCase()
}
