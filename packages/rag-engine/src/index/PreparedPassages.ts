import type { DocumentId } from "@resync/rag/model/Ids"
import type { Chunk } from "../chunking/Chunk.ts"
import type { PassageTerms } from "./readPassage.ts"

/** A passage as the index writes it down. */
export interface PreparedPassage extends Chunk, PassageTerms {
  /** Of all the words that are indexed: title, headings and text. The same words have the same vector. */
  readonly contentHash: string
}

/** A document's passages, ready for `PassageIndex.replace`. */
export interface PreparedPassages {
  readonly documentId: DocumentId
  readonly title: string
  readonly passages: ReadonlyArray<PreparedPassage>
}
