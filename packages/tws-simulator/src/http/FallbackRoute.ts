import { Effect } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { apiError } from "../wire/ApiError.ts"
import { describedPath } from "./Contract.ts"
import { errorResponse } from "./Exchange.ts"

/** Where the real one has its Swagger UI; the cookie is set as there, and no client has to send it back. */
const startPage = HttpServerResponse.text(
  '<!doctype html><title>HCL Workload Automation</title><p>Simulated. See <a href="WA_API3_v2.json">WA_API3_v2.json</a>.',
  { contentType: "text/html; charset=utf-8", headers: { "set-cookie": "XSRF-TOKEN=simulated; Path=/twsd; Secure" } }
)

/** What no other route answers: 405 and 501 for what the vendor describes, 404 for the rest. */
export const fallbackRoute = HttpRouter.route(
  "*",
  "/twsd/*",
  Effect.map(HttpServerRequest.HttpServerRequest, (request) => {
    const path = new URL(request.url, "http://localhost").pathname
    if (request.method === "GET" && /^\/twsd\/?$/.test(path)) return startPage
    const described = describedPath(path)
    if (described === undefined) {
      return errorResponse(apiError(404, "NotFoundException", `AWSJCO003E HTTP 404 Not Found: "${path}".`))
    }
    return described.methods.has(request.method)
      ? errorResponse(
          apiError(
            501,
            "UnsupportedOperationException",
            `AWSJCS027E The operation ${request.method} ${described.path} is not supported by this engine.`
          )
        )
      : errorResponse(
          apiError(405, "NotAllowedException", `AWSJCO002E HTTP 405 Method Not Allowed: ${request.method} "${path}".`)
        )
  })
)
