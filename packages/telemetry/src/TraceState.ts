import { Context } from "effect"

/**
 * The `tracestate` that came with the request being served: data of tracing vendors, handed on unread.
 * https://www.w3.org/TR/trace-context/#tracestate-header
 */
export const TraceState = Context.Reference<string | undefined>("@resync/telemetry/TraceState", {
  defaultValue: () => undefined
})

/** The specification asks to carry at least 512 characters. */
export const maxLength = 512
