import { Effect } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { apiError } from "../wire/ApiError.ts"
import { describedPath } from "./Contract.ts"
import { errorResponse } from "./Exchange.ts"

/** What no other route answers: 405 and 501 for what the vendor describes, 404 for the rest. */
export const fallbackRoute = HttpRouter.route(
  "*",
  "/twsd/*",
  Effect.map(HttpServerRequest.HttpServerRequest, (request) => {
    const path = new URL(request.url, "http://localhost").pathname
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
