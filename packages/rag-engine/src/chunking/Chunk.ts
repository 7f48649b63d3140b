/** A passage as it is cut from its document. */
export interface Chunk {
  /** The same for the same words under the same headings of the same document, wherever they stand. */
  readonly id: string
  /** Its place in the document, from 0; neighbours are one apart. */
  readonly ordinal: number
  /** The titles above it, outermost first. */
  readonly headings: ReadonlyArray<string>
  /** What is indexed and shown. A part of a table begins with the table's header. */
  readonly text: string
  /** Characters at the beginning of `text` that are repeated from elsewhere: the header of a table. Absent when none are. */
  readonly lead?: number
  /** Where it lies in the document's text, the end not included. Overlapping passages share a stretch. */
  readonly start: number
  readonly end: number
  readonly page?: number
  readonly tokens: number
}

export interface ChunkOptions {
  /** Tokens that a passage holds at most, its headings not counted. Default: 256, about 180 words. */
  readonly maxTokens?: number
  /** Tokens that a passage repeats of the one before it when a text had to be cut. Default: 48. */
  readonly overlapTokens?: number
}
