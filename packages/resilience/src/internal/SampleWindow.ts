import type { Sample } from "./ConcurrencyLimit.ts"

export interface SampleWindow {
  /** Takes a sample at a time in milliseconds, and answers what the window comes to when it is over with it. */
  readonly add: (sample: Sample, now: number) => Sample | undefined
}

/** Windows of at least so many milliseconds and samples, each of which comes to one sample. */
export const make = (millis: number, minSamples: number): SampleWindow => {
  let since: number | undefined
  let samples = 0
  let rtt = 0
  let inflight = 0
  let dropped = false
  return {
    add(sample, now) {
      since ??= now
      samples++
      rtt += sample.rtt
      inflight = Math.max(inflight, sample.inflight)
      dropped ||= sample.dropped
      if (samples < minSamples || now - since < millis) return undefined
      const whole = { rtt: rtt / samples, inflight, dropped }
      since = now
      samples = 0
      rtt = 0
      inflight = 0
      dropped = false
      return whole
    }
  }
}
