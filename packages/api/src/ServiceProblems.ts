/** Problems of the service itself. */
import { HttpApiError } from "effect/http-api"
import * as Problem from "./Problem.ts"

/** A fault of this service. The log holds its cause under the correlation id. */
export class InternalError extends HttpApiError.Problem<InternalError>()(
  "InternalError",
  { type: Problem.type("internal-error"), status: 500, title: "The service failed" },
  Problem.context
) {}

/** The service is going down and finishes only what it has begun. */
export class ShuttingDown extends HttpApiError.Problem<ShuttingDown>()(
  "ShuttingDown",
  { type: Problem.type("shutting-down"), status: 503, title: "The service is shutting down" },
  { ...Problem.context, retryAfter: Problem.RetryAfter }
) {}
