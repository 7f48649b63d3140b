/**
 * The last `size` outcomes as an immutable ring of bits: a set bit is a failure.
 *
 * Recording is O(1): the words are copied only when the bit at the cursor changes, which in a healthy window it does not.
 */
export interface CountWindow {
  readonly _tag: "Window"
  readonly size: number
  /** 32 outcomes a word. */
  readonly words: ReadonlyArray<number>
  /** Where the next outcome goes. */
  readonly cursor: number
  /** Outcomes held, at most `size`. */
  readonly calls: number
  readonly failures: number
}

export const make = (size: number): CountWindow => ({
  _tag: "Window",
  size,
  words: Array.from({ length: Math.ceil(size / 32) }, () => 0),
  cursor: 0,
  calls: 0,
  failures: 0
})

export const record = (window: CountWindow, failed: boolean): CountWindow => {
  const word = window.cursor >>> 5
  const mask = 1 << (window.cursor & 31)
  const current = window.words[word] ?? 0
  const full = window.calls === window.size
  const evicted = full && (current & mask) !== 0
  let words = window.words
  if (((current & mask) !== 0) !== failed) {
    const copy = words.slice()
    copy[word] = failed ? current | mask : current & ~mask
    words = copy
  }
  return {
    _tag: "Window",
    size: window.size,
    words,
    cursor: window.cursor + 1 === window.size ? 0 : window.cursor + 1,
    calls: full ? window.calls : window.calls + 1,
    failures: window.failures + (failed ? 1 : 0) - (evicted ? 1 : 0)
  }
}
