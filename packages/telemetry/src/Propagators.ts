import { Context } from "effect"

/** Which of the W3C headers are taken from a request and sent upstream, as `OTEL_PROPAGATORS` says. */
export interface Propagators {
  /** `traceparent` and `tracestate`. */
  readonly traceContext: boolean
  /** `baggage`. The correlation id has a header of its own and does not depend on it. */
  readonly baggage: boolean
}

export const both: Propagators = { traceContext: true, baggage: true }

/** The propagators in use; both by default. */
export const Propagators = Context.Reference<Propagators>("@resync/telemetry/Propagators", { defaultValue: () => both })
