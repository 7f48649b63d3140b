import { Effect, Option, type Tracer } from "effect"
import { Headers, HttpTraceContext } from "effect/http"

const traceparentOf = ({ sampled, spanId, traceId }: Tracer.AnySpan): string =>
  `00-${traceId.padStart(32, "0")}-${spanId}-${sampled ? "01" : "00"}`

/** The place in a trace that work which is done later continues; null outside of any trace. */
export const currentTraceparent: Effect.Effect<string | null> = Effect.currentParentSpan.pipe(
  Effect.map(traceparentOf),
  Effect.orElseSucceed(() => null)
)

/** Options of a span that continues such a place: as a child in the same trace, with a link to what caused it. */
export const continuing = (traceparent: string | null): Tracer.SpanOptions =>
  Option.match(HttpTraceContext.w3c(Headers.fromInput({ traceparent: traceparent ?? "" })), {
    onNone: () => ({ root: true }),
    onSome: (span) => ({ parent: span, links: [{ span, attributes: {} }] })
  })
