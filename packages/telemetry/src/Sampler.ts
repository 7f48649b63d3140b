import { Option, type Tracer } from "effect"
import { type SamplerName } from "./TelemetryConfig.ts"

type SpanOptions = Parameters<Tracer.Tracer["span"]>[0]

/** Decides when a span starts whether it is recorded and exported. */
export type Sampler = (options: SpanOptions) => boolean

const bound = 2 ** 56

/**
 * The last 56 bits of the trace id below `ratio · 2^56`: every service that uses the ratio decides alike for a trace.
 * A trace that starts here has no id yet and draws.
 */
const byRatio = (ratio: number): Sampler => {
  const limit = ratio * bound
  return ({ parent }) =>
    Option.isSome(parent) ? Number.parseInt(parent.value.traceId.slice(-14), 16) < limit : Math.random() < ratio
}

const always: Sampler = () => true
const never: Sampler = () => false

const parentBased =
  (root: Sampler): Sampler =>
  (options) =>
    Option.isSome(options.parent) ? options.parent.value.sampled && options.sampled : options.sampled && root(options)

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
