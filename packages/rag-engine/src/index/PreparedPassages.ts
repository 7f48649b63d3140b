import { type DocumentId } from "@resync/rag/model/Ids"
import { type Chunk } from "../chunking/Chunk.ts"

/** A passage as the index writes it down. */
export interface PreparedPassage extends Chunk {
  /** Of all the words that are indexed: title, headings and text. */
  readonly contentHash: string
}

/** A document's passages, ready for `PassageIndex.replace`. */
export interface PreparedPassages {
  readonly documentId: DocumentId
  readonly title: string
  readonly passages: ReadonlyArray<PreparedPassage>
}
