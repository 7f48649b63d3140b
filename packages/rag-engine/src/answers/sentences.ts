/** A sentence, row, item or line of a passage, with its place there. */
export interface Sentence {
  readonly text: string
  readonly start: number
  readonly end: number
}

/**
 * Ends of lines part rows and items; ends of sentences part the rest. "e.g. this" and "10.2" are not ends, and a mark like [1]
 * belongs to the sentence before it, whichever side of the full stop it stands on.
 */
const edge =
  /\n+|(?<=[.!?]["')\]]*(?:\s?\[\d{1,3}\])*)(?<!\b(?:e\.g|i\.e|etc|no|vs|p\.ex|ex)\.)\s+(?!\[\d{1,3}\])(?=["'([]*[\p{Lu}\p{N}`])/giu

/** The sentences of a text in order; what is shorter than a word is none. */
export const sentencesOf = (text: string): ReadonlyArray<Sentence> => {
  const sentences: Array<Sentence> = []
  let from = 0
  const add = (to: number) => {
    const raw = text.slice(from, to)
    const trimmed = raw.trim()
    if (/\p{L}{2}/u.test(trimmed)) {
      const start = from + raw.indexOf(trimmed)
      sentences.push({ text: trimmed, start, end: start + trimmed.length })
    }
  }
  for (const match of text.matchAll(edge)) {
    add(match.index)
    from = match.index + match[0].length
  }
  add(text.length)
  return sentences
}
