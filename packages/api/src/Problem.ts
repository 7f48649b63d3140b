import { Predicate, Schema } from "effect"
import type { HttpServerRespondable } from "effect/http"

/**
 * What every error of the API is: a problem detail after RFC 9457. `type` names the kind of problem and never changes,
 * `title` belongs to the kind, `detail` tells this occurrence. Programs decide by `type`, people read the rest.
 */
export interface Problem extends HttpServerRespondable.Respondable {
  readonly type: `${typeof prefix}${string}`
  readonly status: number
  readonly title: string
  readonly detail?: string
  readonly instance?: string
}

/** What every type starts with; the rest is the anchor of its section in `docs/problems.md`. */
export const prefix = "urn:problem-type:resync:"

/** The type of a kind of problem, `urn:problem-type:resync:circuit-open` for example. */
export const type = <const Name extends string>(name: Name) => `${prefix}${name}` as const

/** The members that the service adds to each problem it answers with. */
export const context = {
  /** Under which the request is found in logs; also in the `x-correlation-id` header. */
  correlationId: Schema.optionalKey(Schema.String),
  /** The W3C trace the request belongs to, when it is traced. */
  traceId: Schema.optionalKey(Schema.String)
}

/** Whole seconds to wait before the same request may succeed; the `Retry-After` header says the same. */
export const RetryAfter = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({
  description: "Whole seconds to wait before trying again, as in the Retry-After header."
})

/** Whether a failure is one of the problems of the API. */
export const isProblem = (u: unknown): u is Problem =>
  Predicate.hasProperty(u, "type") && Predicate.isString(u.type) && u.type.startsWith(prefix)
