/** A word costs a token for each six letters begun, a number one for each three digits, any other mark one. */
const piece = /\p{L}[\p{L}\p{M}]*|\p{N}+|[^\s\p{L}\p{N}]/gu

/**
 * How many tokens a language model is likely to make of `text`. Vocabularies differ; this errs to the high side for
 * English and Portuguese, so that a passage fits the window of an embedder that is given the same bound.
 */
export const countTokens = (text: string): number => {
  let count = 0
  for (const [word] of text.matchAll(piece)) {
    const first = word.charCodeAt(0)
    count += first >= 48 && first <= 57 ? Math.ceil(word.length / 3) : Math.ceil(word.length / 6)
  }
  return count
}
