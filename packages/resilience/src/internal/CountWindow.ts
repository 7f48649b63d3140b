/**
 * The last `size` outcomes as a ring of bits, one for failed and one for slow.
 *
 * Counting is O(1) and writes into the window itself, which a breaker does that owns it. Whoever wants to keep the window as it
 * was takes `record`: it copies words only when the bit at the cursor changes, which in a healthy window it does not.
 */
export interface CountWindow {
  readonly _tag: "CountWindow"
  readonly size: number
  /** Set bits are failures, 32 outcomes a word. */
  failed: Array<number>
  /** Set bits are slow calls; not there before the first of them. */
  slowed: Array<number> | undefined
  /** Where the next outcome goes. */
  cursor: number
  /** Outcomes held, at most `size`. */
  calls: number
  failures: number
  slow: number
}

const words = (size: number): Array<number> => Array.from({ length: Math.ceil(size / 32) }, () => 0)

export const make = (size: number): CountWindow => ({
  _tag: "CountWindow",
  size,
  failed: words(size),
  slowed: undefined,
  cursor: 0,
  calls: 0,
  failures: 0,
  slow: 0
})

/** A window that counts on by itself. */
export const copy = (window: CountWindow): CountWindow => ({
  ...window,
  failed: window.failed.slice(),
  slowed: window.slowed?.slice()
})

/** Whether a bit is set. Bits that no outcome has written are unset: a full window evicts what an empty one does not have. */
const has = (words: ReadonlyArray<number>, index: number): boolean =>
  ((words[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0

const toggle = (words: Array<number>, index: number): void => {
  words[index >>> 5] = (words[index >>> 5] ?? 0) ^ (1 << (index & 31))
}

/** Counts an outcome in the window itself. */
export const count = (window: CountWindow, failed: boolean, slow: boolean): void => {
  const { cursor, size } = window
  if (has(window.failed, cursor) !== failed) {
    toggle(window.failed, cursor)
    window.failures += failed ? 1 : -1
  }
  if (slow || window.slowed !== undefined) {
    window.slowed ??= words(size)
    if (has(window.slowed, cursor) !== slow) {
      toggle(window.slowed, cursor)
      window.slow += slow ? 1 : -1
    }
  }
  window.cursor = cursor + 1 === size ? 0 : cursor + 1
  if (window.calls < size) window.calls++
}

/** The window after an outcome; the one before stays as it is. */
export const record = (window: CountWindow, failed: boolean, slow = false): CountWindow => {
  const next = { ...window }
  if (has(window.failed, window.cursor) !== failed) next.failed = window.failed.slice()
  if (window.slowed !== undefined && has(window.slowed, window.cursor) !== slow) next.slowed = window.slowed.slice()
  count(next, failed, slow)
  return next
}
