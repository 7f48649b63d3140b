import { Duration } from "effect"

/** A request that was counted. */
export interface Request {
  /** Counts it as accepted, at a time. */
  readonly accept: (now: number) => void
  /** Counts it no more, if it still does. */
  readonly takeBack: (now: number) => void
}

/** Requests, and how many of them were accepted, over a window of time. Times are milliseconds of one clock. */
export interface Accepted {
  readonly request: (now: number) => Request
  readonly totals: (now: number) => { readonly requests: number; readonly accepts: number }
}

/** The window is kept in slices; what is older than the whole of them is forgotten. */
const slices = 12

export const make = (window: Duration.Duration): Accepted => {
  const sliceMillis = Duration.toMillis(window) / slices
  const requests = new Float64Array(slices)
  const accepts = new Float64Array(slices)
  const total = { requests: 0, accepts: 0 }
  let current = 0

  // A clock that steps back leaves everything in the slice that it was in.
  const advance = (time: number): number => {
    const slice = Math.floor(time / sliceMillis)
    for (let i = Math.max(current + 1, slice - slices + 1); i <= slice; i++) {
      const stale = i % slices
      total.requests -= requests[stale] ?? 0
      total.accepts -= accepts[stale] ?? 0
      requests[stale] = 0
      accepts[stale] = 0
    }
    if (slice > current) current = slice
    return current
  }

  const add = (counts: Float64Array, kind: keyof typeof total, slice: number, by: 1 | -1): void => {
    counts[slice % slices] = (counts[slice % slices] ?? 0) + by
    total[kind] += by
  }

  return {
    totals(time) {
      advance(time)
      return total
    },
    request(time) {
      const slice = advance(time)
      add(requests, "requests", slice, 1)
      return {
        accept: (later) => add(accepts, "accepts", advance(later), 1),
        takeBack(later) {
          if (advance(later) - slice < slices) add(requests, "requests", slice, -1)
        }
      }
    }
  }
}
