import { Duration } from "effect"
import type { AdaptiveLimiterOptions } from "../AdaptiveLimiterOptions.ts"
import * as ConcurrencyLimit from "./ConcurrencyLimit.ts"
import * as SampleWindow from "./SampleWindow.ts"
import * as VegasLimit from "./VegasLimit.ts"

/** A limit that learns. */
export interface Limit {
  readonly current: () => number
  readonly record: (sample: ConcurrencyLimit.Sample, now: number) => void
}

/** A limit by its options, that starts from `initialLimit` or from one that was found before. */
export const make = (
  { algorithm, sampling }: AdaptiveLimiterOptions,
  random: () => number,
  found: number = algorithm.initialLimit
): Limit => {
  const limit = makeEach(algorithm, random, found)
  if (sampling === undefined) return limit
  const window = SampleWindow.make(Duration.toMillis(sampling.window), sampling.minSamples)
  return {
    current: limit.current,
    record(sample, now) {
      const whole = window.add(sample, now)
      if (whole !== undefined) limit.record(whole, now)
    }
  }
}

const makeEach = (algorithm: AdaptiveLimiterOptions["algorithm"], random: () => number, found: number): Limit => {
  const bounds = {
    initial: ConcurrencyLimit.clamp(found, algorithm.minLimit, algorithm.maxLimit),
    minimum: algorithm.minLimit,
    maximum: algorithm.maxLimit
  }
  switch (algorithm._tag) {
    case "AIMD": {
      const options = { ...bounds, backoffRatio: algorithm.backoffRatio, timeout: Duration.toMillis(algorithm.timeout) }
      let limit = bounds.initial
      return {
        current: () => limit,
        record: (sample) => {
          limit = ConcurrencyLimit.aimd(options, limit, sample)
        }
      }
    }
    case "Gradient2": {
      const options = { ...algorithm, ...bounds }
      let state = ConcurrencyLimit.gradientInitial(options)
      return {
        current: () => Math.floor(state.limit),
        record: (sample) => {
          state = ConcurrencyLimit.gradient(options, state, sample)
        }
      }
    }
    case "Vegas": {
      const options = { ...algorithm, ...bounds }
      let state = VegasLimit.initial(options, random())
      return {
        current: () => Math.floor(state.limit),
        record: (sample) => {
          state = VegasLimit.step(options, state, sample, random())
        }
      }
    }
  }
}
