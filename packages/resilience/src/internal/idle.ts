import type { Breaker } from "./Breaker.ts"

/** What of a set of breakers may be forgotten when. */
export interface Bounds {
  /** Milliseconds without a call after which an idle one may go. */
  readonly timeToLive: number
  /** How many there may be until also younger idle ones go. */
  readonly most: number
}

/**
 * Chooses the breakers that may be forgotten: only such as are closed for good and have no call under way, those unused for
 * the longest time first. It looks when a breaker is to be added, and at all of them only now and then, so that adding one
 * costs as good as nothing, and no timer is needed.
 */
export const make = () => {
  let swept = Number.NEGATIVE_INFINITY
  /** Where there is no room to be made, it looks again only when there are so many. */
  let crowded = 0

  const idle = (all: Iterable<Breaker>, time: number): Array<Breaker> => {
    const found: Array<Breaker> = []
    for (const breaker of all) if (breaker.isIdle(time)) found.push(breaker)
    return found.sort((a, b) => a.usedAt - b.usedAt)
  }

  const expired = (all: Iterable<Breaker>, { timeToLive }: Bounds, time: number): Array<Breaker> => {
    swept = time
    return idle(all, time).filter(({ usedAt }) => time - usedAt >= timeToLive)
  }

  return {
    /** All that have been idle for so long. */
    expired,
    /** Those that make room for one more. */
    toAdd(all: Iterable<Breaker>, size: number, bounds: Bounds, time: number): Array<Breaker> {
      if (size === bounds.most || size >= Math.max(bounds.most, crowded)) {
        // A tenth at once, so that a crowd of new ones does not look through all for each of them.
        const going = idle(all, time).slice(0, Math.max(size - bounds.most + 1, Math.ceil(bounds.most / 10)))
        crowded = size - going.length < bounds.most ? 0 : Math.ceil(size * 1.1)
        return going
      }
      return time - swept >= bounds.timeToLive / 2 ? expired(all, bounds, time) : []
    }
  }
}
