/** The last durations of a call, to take an average or a percentile of. */
export interface Latencies {
  readonly record: (millis: number) => void
  /** Durations held. */
  readonly count: () => number
  readonly average: () => number
  /** The duration that a share of calls, from 0 to 1, does not exceed. */
  readonly percentile: (share: number) => number
}

/** A percentile is sorted out again only after as many new durations as this, so that it costs a call next to nothing. */
const refresh = 16

export const make = (size: number): Latencies => {
  const ring = new Float64Array(size)
  let cursor = 0
  let count = 0
  let sum = 0
  let sorted: Float64Array | undefined
  let age = 0

  return {
    record(millis) {
      if (count === size) sum -= ring[cursor] ?? 0
      else count++
      ring[cursor] = millis
      sum += millis
      cursor = cursor + 1 === size ? 0 : cursor + 1
      if (++age >= refresh) sorted = undefined
    },
    count: () => count,
    average: () => (count === 0 ? 0 : sum / count),
    percentile(share) {
      if (sorted === undefined || sorted.length !== count) {
        sorted = ring.slice(0, count).sort()
        age = 0
      }
      return sorted[Math.max(0, Math.ceil(share * count) - 1)] ?? 0
    }
  }
}
