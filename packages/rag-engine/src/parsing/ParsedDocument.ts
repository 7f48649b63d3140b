import type { MediaType } from "@resync/rag/model/MediaType"
import type { Block } from "./Block.ts"

/** A document as its parser leaves it: its plain text, and its structure by offsets into that text. */
export interface ParsedDocument {
  readonly mediaType: MediaType
  /** What the document calls itself; absent when it does not say. */
  readonly title: string | undefined
  readonly text: string
  readonly blocks: ReadonlyArray<Block>
}
