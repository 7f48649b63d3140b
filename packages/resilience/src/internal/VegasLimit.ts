import { clamp, type Sample } from "./ConcurrencyLimit.ts"

export interface VegasOptions {
  readonly initial: number
  readonly minimum: number
  readonly maximum: number
  /** The share of a new estimate in the limit. */
  readonly smoothing: number
  /** After so many times the limit of samples the least round trip time is measured anew. */
  readonly probeMultiplier: number
}

export interface Vegas {
  readonly limit: number
  /** The least round trip time, taken for that of a dependency that is not loaded; 0 before the first sample. */
  readonly noLoadRtt: number
  readonly samples: number
  /** From 0.5 to 1, so that many clients do not probe together. */
  readonly probeJitter: number
}

const jitter = (random: number): number => 0.5 + random / 2

export const initial = (options: VegasOptions, random: number): Vegas => ({
  limit: options.initial,
  noLoadRtt: 0,
  samples: 0,
  probeJitter: jitter(random)
})

/** As TCP Vegas, after Netflix's `VegasLimit`: the queue at the dependency is what the limit has beyond the least latency. */
export const step = (options: VegasOptions, self: Vegas, sample: Sample, random: number): Vegas => {
  const samples = self.samples + 1
  if (samples >= options.probeMultiplier * self.probeJitter * self.limit) {
    return { limit: self.limit, noLoadRtt: sample.rtt, samples: 0, probeJitter: jitter(random) }
  }
  if (self.noLoadRtt === 0 || sample.rtt < self.noLoadRtt) return { ...self, noLoadRtt: sample.rtt, samples }
  const target = clamp(estimate(self, sample), options.minimum, options.maximum)
  return { ...self, limit: self.limit * (1 - options.smoothing) + target * options.smoothing, samples }
}

const estimate = ({ limit, noLoadRtt }: Vegas, { dropped, inflight, rtt }: Sample): number => {
  const root = Math.max(1, Math.floor(Math.log10(limit)))
  if (dropped) return limit - root
  // A limit that is not used says nothing about a higher one.
  if (inflight * 2 < limit) return limit
  const queue = Math.ceil(limit * (1 - noLoadRtt / rtt))
  if (queue <= root) return limit + 6 * root
  if (queue < 3 * root) return limit + root
  return queue > 6 * root ? limit - root : limit
}
