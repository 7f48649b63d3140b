import * as Counts from "./Counts.ts"

/**
 * The outcomes of the last `size` seconds, counted by the second: as large for a million calls as for one.
 *
 * Counting is O(1) and writes into the window itself, which a breaker does that owns it; a new second also clears those that
 * fall out, each of them once. Whoever wants to keep the window as it was takes `record`.
 */
export interface TimeWindow {
  readonly _tag: "TimeWindow"
  readonly size: number
  /** The latest second counted, of the clock that the times are of. */
  second: number
  calls: number
  failures: number
  slow: number
  /** Calls, failures and slow calls of each second, the place by the remainder of the second. */
  buckets: Array<number>
}

/** The buckets come with the first outcome: a breaker that nobody calls has none. */
export const make = (size: number): TimeWindow => ({
  _tag: "TimeWindow",
  size,
  second: Number.NEGATIVE_INFINITY,
  calls: 0,
  failures: 0,
  slow: 0,
  buckets: []
})

/** A window that counts on by itself. */
export const copy = (window: TimeWindow): TimeWindow => ({ ...window, buckets: window.buckets.slice() })

const place = (window: TimeWindow, second: number): number => {
  const remainder = second % window.size
  return 3 * (remainder < 0 ? remainder + window.size : remainder)
}

/** Moves the window on to a second. One before the latest counts as the latest, so a clock set back does no harm. */
const advance = (window: TimeWindow, second: number): void => {
  if (second <= window.second) return
  const { buckets } = window
  if (second - window.second >= window.size) {
    if (window.calls > 0) buckets.fill(0)
    window.calls = 0
    window.failures = 0
    window.slow = 0
  } else {
    for (let passed = window.second + 1; passed <= second; passed++) {
      const at = place(window, passed)
      window.calls -= buckets[at] ?? 0
      window.failures -= buckets[at + 1] ?? 0
      window.slow -= buckets[at + 2] ?? 0
      buckets[at] = 0
      buckets[at + 1] = 0
      buckets[at + 2] = 0
    }
  }
  window.second = second
}

/** Counts an outcome in the window itself. */
export const count = (window: TimeWindow, failed: boolean, slow: boolean, now: number): void => {
  if (window.buckets.length === 0) window.buckets = Array.from({ length: 3 * window.size }, () => 0)
  advance(window, Math.floor(now / 1000))
  const { buckets } = window
  const at = place(window, window.second)
  buckets[at] = (buckets[at] ?? 0) + 1
  window.calls++
  if (failed) {
    buckets[at + 1] = (buckets[at + 1] ?? 0) + 1
    window.failures++
  }
  if (slow) {
    buckets[at + 2] = (buckets[at + 2] ?? 0) + 1
    window.slow++
  }
}

/** The window after an outcome; the one before stays as it is. */
export const record = (window: TimeWindow, failed: boolean, slow: boolean, now: number): TimeWindow => {
  const next = copy(window)
  count(next, failed, slow, now)
  return next
}

/** What the window holds at a time. */
export const counts = (window: TimeWindow, now: number): Counts.Counts => {
  const { buckets, calls, failures, second, size, slow } = window
  const passed = Math.floor(now / 1000) - second
  if (passed >= size) return Counts.none
  const known = { calls, failures, slow }
  for (let next = second + 1; next <= second + passed; next++) {
    const at = place(window, next)
    known.calls -= buckets[at] ?? 0
    known.failures -= buckets[at + 1] ?? 0
    known.slow -= buckets[at + 2] ?? 0
  }
  return known
}
