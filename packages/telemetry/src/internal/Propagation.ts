import { type Fiber, Tracer } from "effect"

/** Whether somebody sees what a span records: the native tracer only hands ids on. */
export const isRecording = (span: Tracer.Span): boolean => span.sampled && !(span instanceof Tracer.NativeSpan)

/** Whether somebody sees the spans that a fibre begins. */
export const isRecorded = (fiber: Fiber.Fiber<unknown, unknown>): boolean =>
  fiber.cache.tracerEnabled && fiber.cache.tracer !== undefined && fiber.cache.tracer !== Tracer.nativeTracer

/**
 * The `traceparent` to send with a call. Where no tracer records, that of the caller goes on unchanged, and none is
 * invented.
 */
export const traceparentOf = (span: Tracer.AnySpan): string | undefined => {
  let sender = span
  while (sender instanceof Tracer.NativeSpan) {
    if (sender.parent._tag === "None") return undefined
    sender = sender.parent.value
  }
  return `00-${sender.traceId.padStart(32, "0")}-${sender.spanId}-${sender.sampled ? "01" : "00"}`
}
