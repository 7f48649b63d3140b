/**
 * What a document consists of, in reading order. A block points into the text of its document by offsets (UTF-16, as
 * `String.slice` counts) and never overlaps another one.
 */
export type Block = Heading | Body

interface Span {
  readonly start: number
  readonly end: number
  /** The page it starts on, from 1, in documents that have pages. */
  readonly page?: number
}

/** Opens a section. Level 1 is the highest. */
export interface Heading extends Span {
  readonly kind: "heading"
  readonly level: number
}

/**
 * Everything that is not a heading. A chunker keeps a body whole where it can; where one is too long it cuts it only at
 * `cuts`: between rows, items, lines or sentences. `header` is repeated in each part, as the first row of a table.
 */
export interface Body extends Span {
  readonly kind: "paragraph" | "list" | "table" | "code" | "log"
  readonly cuts: ReadonlyArray<number>
  readonly header?: string
}
