/**
 * How many calls a dependency can take at once, found out from how it answers: pure functions of an immutable state, after
 * Netflix's concurrency-limits. Times are milliseconds.
 */
export interface Sample {
  readonly rtt: number
  /** Calls under way when this one ended, itself included. */
  readonly inflight: number
  /** Whether the call was dropped: timed out or refused as overload. */
  readonly dropped: boolean
}

export interface AimdOptions {
  readonly initial: number
  readonly minimum: number
  readonly maximum: number
  /** What is left of the limit after a drop, from 0.5 to under 1. */
  readonly backoffRatio: number
  /** A call slower than this counts as dropped. */
  readonly timeout: number
}

export const clamp = (limit: number, minimum: number, maximum: number): number =>
  Math.min(maximum, Math.max(minimum, limit))

/** Additive increase, multiplicative decrease: one more while at least half of the limit is used, a tenth less at a drop. */
export const aimd = (options: AimdOptions, limit: number, sample: Sample): number => {
  const next =
    sample.dropped || sample.rtt > options.timeout
      ? Math.floor(limit * options.backoffRatio)
      : sample.inflight * 2 >= limit
        ? limit + 1
        : limit
  return clamp(next, options.minimum, options.maximum)
}

export interface GradientOptions {
  readonly initial: number
  readonly minimum: number
  readonly maximum: number
  /** The share of a new estimate in the limit. */
  readonly smoothing: number
  /** How much slower than usual is still as usual. */
  readonly tolerance: number
  /** Samples that the usual round trip time is averaged over. */
  readonly longWindow: number
  /** Calls beyond the estimate that may queue at the dependency. */
  readonly queueSize: number
}

export interface Gradient {
  readonly limit: number
  /** The usual round trip time, an exponential average; 0 before the first sample. */
  readonly longRtt: number
  readonly samples: number
}

export const gradientInitial = (options: GradientOptions): Gradient => ({
  limit: options.initial,
  longRtt: 0,
  samples: 0
})

/**
 * Gradient2: the limit follows the ratio of the usual round trip time to the current one, so that growing latency lowers it
 * before calls are dropped.
 */
export const gradient = (options: GradientOptions, self: Gradient, sample: Sample): Gradient => {
  const samples = self.samples + 1
  // The first samples weigh by their number, so that the average does not start from nothing.
  const weight = Math.max(2 / (options.longWindow + 1), 1 / samples)
  let longRtt = self.longRtt + (sample.rtt - self.longRtt) * weight
  // After a slow spell the average would stay high and let too much through, so it comes down faster than it went up.
  if (longRtt / sample.rtt > 2) longRtt *= 0.95
  if (sample.inflight < self.limit / 2) return { limit: self.limit, longRtt, samples }
  const ratio = Math.max(0.5, Math.min(1, (options.tolerance * longRtt) / Math.max(sample.rtt, 1e-6)))
  const target = self.limit * (sample.dropped ? 0.5 : ratio) + (sample.dropped ? 0 : options.queueSize)
  const limit = self.limit * (1 - options.smoothing) + target * options.smoothing
  return { limit: clamp(limit, options.minimum, options.maximum), longRtt, samples }
}
