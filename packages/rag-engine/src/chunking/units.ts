import type { Body } from "../parsing/Block.ts"
import { countTokens } from "./tokens.ts"

/** The smallest stretch that is not cut: a whole block, or a sentence, item, row or line of one that is too long. */
export interface Unit {
  readonly start: number
  readonly end: number
  readonly tokens: number
  /** The block it is a part of, when that had to be cut. */
  readonly part?: Body
}

/** Cuts at blanks what holds nothing better to cut at: a line of a log that is longer than a passage. */
const words = (
  text: string,
  start: number,
  end: number,
  maxTokens: number
): ReadonlyArray<readonly [number, number]> => {
  const pieces: Array<readonly [number, number]> = []
  let from = start
  while (from < end) {
    // Each token has a character or more, so this much holds too many tokens or all that is left.
    let to = Math.min(end, from + maxTokens * 6)
    while (countTokens(text.slice(from, to)) > maxTokens) to = from + Math.floor((to - from) * 0.8)
    const blank = to < end ? text.lastIndexOf(" ", to) : -1
    if (blank > from) to = blank + 1
    pieces.push([from, to])
    from = to
  }
  return pieces
}

/** A block as units: itself where it fits, its parts otherwise. */
export const unitsOf = (text: string, block: Body, maxTokens: number): ReadonlyArray<Unit> => {
  const tokens = countTokens(text.slice(block.start, block.end))
  if (tokens <= maxTokens) return [{ start: block.start, end: block.end, tokens }]
  const edges = [block.start, ...block.cuts, block.end]
  return edges.slice(0, -1).flatMap((start, index) => {
    const end = edges[index + 1] ?? block.end
    const fits = countTokens(text.slice(start, end)) <= maxTokens
    return (fits ? [[start, end] as const] : words(text, start, end, maxTokens)).map(([start, end]) => ({
      start,
      end,
      tokens: countTokens(text.slice(start, end)),
      part: block
    }))
  })
}
