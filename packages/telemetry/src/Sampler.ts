import { Option, type Tracer } from "effect"
import type { SamplerName } from "./TelemetryConfig.ts"

type SpanOptions = Parameters<Tracer.Tracer["span"]>[0]

/**
 * Decides when a span starts whether it is recorded and exported. `traceId` makes the id of a trace that starts here;
 * only samplers that decide by it ask for it.
 */
export type Sampler = (options: SpanOptions, traceId: () => string) => boolean

const bound = 2 ** 52

/** The last 52 bits of the trace id below `ratio · 2^52`, so that all our services decide alike for a trace. */
const byRatio = (ratio: number): Sampler => {
  const limit = ratio * bound
  return ({ parent }, traceId) =>
    Number.parseInt((Option.isSome(parent) ? parent.value.traceId : traceId()).slice(-13), 16) < limit
}

const always: Sampler = () => true
const never: Sampler = () => false

const parentBased =
  (root: Sampler): Sampler =>
  (options, traceId) =>
    Option.isSome(options.parent)
      ? options.parent.value.sampled && options.sampled
      : options.sampled && root(options, traceId)

/** The samplers of the OpenTelemetry specification, by their names in `OTEL_TRACES_SAMPLER`. */
export const make = (name: SamplerName, ratio: number): Sampler => {
  switch (name) {
    case "always_on":
      return always
    case "always_off":
      return never
    case "traceidratio":
      return byRatio(ratio)
    case "parentbased_always_on":
      return parentBased(always)
    case "parentbased_always_off":
      return parentBased(never)
    case "parentbased_traceidratio":
      return parentBased(byRatio(ratio))
  }
}
