/** Problems of a system behind the service: the request is right, and a later one may succeed. */
import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"
import * as Problem from "./Problem.ts"

/** The system that failed, `tws` for the scheduler. */
const upstream = { ...Problem.context, upstream: Schema.String }

const waiting = { ...upstream, retryAfter: Schema.optionalKey(Problem.RetryAfter) }

/** The connection was refused, reset or could not be made. */
export class UpstreamUnreachable extends HttpApiError.Problem<UpstreamUnreachable>()(
  "UpstreamUnreachable",
  { type: Problem.type("upstream-unreachable"), status: 502, title: "The system behind cannot be reached" },
  upstream
) {}

/** The answer could not be read, or is an error that tells no more. */
export class UpstreamBadAnswer extends HttpApiError.Problem<UpstreamBadAnswer>()(
  "UpstreamBadAnswer",
  { type: Problem.type("upstream-bad-answer"), status: 502, title: "The system behind gave an unusable answer" },
  upstream
) {}

/** The credentials of this service were refused: its operator has to act. */
export class UpstreamRefused extends HttpApiError.Problem<UpstreamRefused>()(
  "UpstreamRefused",
  { type: Problem.type("upstream-refused"), status: 502, title: "The system behind refused this service" },
  upstream
) {}

/** The system answered that it cannot serve now. */
export class UpstreamUnavailable extends HttpApiError.Problem<UpstreamUnavailable>()(
  "UpstreamUnavailable",
  { type: Problem.type("upstream-unavailable"), status: 503, title: "The system behind is unavailable" },
  waiting
) {}

/** The circuit breaker is open: no call was made. */
export class CircuitOpen extends HttpApiError.Problem<CircuitOpen>()(
  "CircuitOpen",
  { type: Problem.type("circuit-open"), status: 503, title: "Calls are held back while the system behind recovers" },
  { ...waiting, breaker: Schema.String }
) {}

/** As many calls as allowed are under way: no call was made. */
export class BulkheadFull extends HttpApiError.Problem<BulkheadFull>()(
  "BulkheadFull",
  { type: Problem.type("bulkhead-full"), status: 503, title: "Too many calls to the system behind are under way" },
  waiting
) {}

/** The calls allowed in this time are made: no call was made. */
export class UpstreamRateLimited extends HttpApiError.Problem<UpstreamRateLimited>()(
  "UpstreamRateLimited",
  { type: Problem.type("upstream-rate-limited"), status: 503, title: "Calls to the system behind are rate limited" },
  waiting
) {}

/** No answer came in time. */
export class UpstreamTimeout extends HttpApiError.Problem<UpstreamTimeout>()(
  "UpstreamTimeout",
  { type: Problem.type("upstream-timeout"), status: 504, title: "The system behind did not answer in time" },
  upstream
) {}

/** All that a call to a system behind the service can end in. */
export const all = [
  UpstreamUnreachable,
  UpstreamBadAnswer,
  UpstreamRefused,
  UpstreamUnavailable,
  CircuitOpen,
  UpstreamRateLimited,
  BulkheadFull,
  UpstreamTimeout
] as const

export type UpstreamProblem = InstanceType<(typeof all)[number]>
