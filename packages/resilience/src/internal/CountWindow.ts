/**
 * The last `size` outcomes as an immutable ring of bits, one for failed and one for slow.
 *
 * Recording is O(1): words are copied only when the bit at the cursor changes, which in a healthy window it does not.
 */
export interface CountWindow {
  readonly _tag: "CountWindow"
  readonly size: number
  /** Set bits are failures, 32 outcomes a word. */
  readonly failed: ReadonlyArray<number>
  /** Set bits are slow calls. */
  readonly slowed: ReadonlyArray<number>
  /** Where the next outcome goes. */
  readonly cursor: number
  /** Outcomes held, at most `size`. */
  readonly calls: number
  readonly failures: number
  readonly slow: number
}

export const make = (size: number): CountWindow => {
  // One array serves both until one of them changes.
  const words = Array.from({ length: Math.ceil(size / 32) }, () => 0)
  return { _tag: "CountWindow", size, failed: words, slowed: words, cursor: 0, calls: 0, failures: 0, slow: 0 }
}

const has = (words: ReadonlyArray<number>, index: number): boolean =>
  ((words[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0

const toggle = (words: ReadonlyArray<number>, index: number): ReadonlyArray<number> => {
  const copy = words.slice()
  copy[index >>> 5] = (copy[index >>> 5] ?? 0) ^ (1 << (index & 31))
  return copy
}

export const record = (window: CountWindow, failed: boolean, slow = false): CountWindow => {
  const { cursor, size } = window
  // Bits that no outcome has written yet are unset, so what a full window evicts and an empty one does not are the same.
  const evictedFailure = has(window.failed, cursor)
  const evictedSlow = has(window.slowed, cursor)
  return {
    _tag: "CountWindow",
    size,
    failed: evictedFailure === failed ? window.failed : toggle(window.failed, cursor),
    slowed: evictedSlow === slow ? window.slowed : toggle(window.slowed, cursor),
    cursor: cursor + 1 === size ? 0 : cursor + 1,
    calls: window.calls === size ? size : window.calls + 1,
    failures: window.failures + (failed ? 1 : 0) - (evictedFailure ? 1 : 0),
    slow: window.slow + (slow ? 1 : 0) - (evictedSlow ? 1 : 0)
  }
}
