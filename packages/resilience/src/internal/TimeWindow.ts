import * as Counts from "./Counts.ts"

/**
 * The outcomes of the last `size` seconds, counted by the second: immutable, and as large for a million calls as for one.
 *
 * Recording is O(1) within a second; with a new second the list of those before is built anew.
 */
export interface TimeWindow {
  readonly _tag: "TimeWindow"
  readonly size: number
  /** Which second `current` counts, of the clock that the times are of. */
  readonly second: number
  readonly current: Counts.Counts
  /** The seconds before, the latest first, at most `size - 1`. */
  readonly past: ReadonlyArray<Counts.Counts>
  /** The sum of `past`. */
  readonly before: Counts.Counts
}

export const make = (size: number): TimeWindow => ({
  _tag: "TimeWindow",
  size,
  second: Number.NEGATIVE_INFINITY,
  current: Counts.none,
  past: [],
  before: Counts.none
})

/** The window as it is at a time. A time before the last one counts as that one, so a clock set back does no harm. */
export const at = (window: TimeWindow, now: number): TimeWindow => {
  const second = Math.floor(now / 1000)
  const passed = second - window.second
  if (passed <= 0) return window
  if (passed >= window.size) return { ...make(window.size), second }
  const gap = Array.from({ length: passed - 1 }, () => Counts.none)
  const past = [...gap, window.current, ...window.past].slice(0, window.size - 1)
  return {
    _tag: "TimeWindow",
    size: window.size,
    second,
    current: Counts.none,
    past,
    before: past.reduce(Counts.add, Counts.none)
  }
}

export const record = (window: TimeWindow, failed: boolean, slow: boolean, now: number): TimeWindow => {
  const current = at(window, now)
  return { ...current, current: Counts.count(current.current, failed, slow) }
}

export const counts = (window: TimeWindow, now: number): Counts.Counts => {
  const current = at(window, now)
  return Counts.add(current.before, current.current)
}
