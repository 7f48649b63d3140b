import type { DocumentId } from "@resync/rag/model/Ids"
import { Array as Arr } from "effect"
import type { FoundPassage } from "./FoundPassage.ts"
import type { Found } from "./foldDuplicates.ts"

/** Passages next to each other that are shown as one. */
export interface Merged {
  readonly passages: Arr.NonEmptyReadonlyArray<FoundPassage>
  /** The best of them. */
  readonly best: Found
  readonly text: string
  readonly start: number
  readonly end: number
  readonly duplicates: ReadonlyArray<DocumentId>
}

/** Passages that are shown as one at most: more would be a document, not a passage. */
const most = 4

/** Blanks and line ends between two passages; what is further apart is not next to each other. */
const widest = 8

/** Where the text of a passage ends in the document: blanks at its end are not in its text. */
const endOf = ({ lead, start, text }: FoundPassage) => start + text.length - lead

const follows = (a: FoundPassage, b: FoundPassage) =>
  a.documentId === b.documentId &&
  b.ordinal === a.ordinal + 1 &&
  b.start - endOf(a) <= widest &&
  b.start > a.start &&
  a.headings.join("\0") === b.headings.join("\0")

/** What stands between two passages is white space, of which only the length is known. */
const gap = (length: number) => (length > 1 ? "\n".repeat(length) : " ".repeat(Math.max(0, length)))

/** The text of passages that follow each other, what they share and headers that repeat left out. */
const join = (passages: Arr.NonEmptyReadonlyArray<FoundPassage>): string => {
  let text = passages[0].text
  let end = endOf(passages[0])
  for (const { lead, start, text: next } of passages.slice(1)) {
    const body = next.slice(lead)
    text += gap(start - end) + body.slice(Math.max(0, end - start))
    end = Math.max(end, start + body.length)
  }
  return text
}

/** Merges passages that were found and stand next to each other, and keeps `limit` of what comes out, best first. */
export const mergeNeighbours = (found: ReadonlyArray<Found>, limit: number): ReadonlyArray<Merged> => {
  const groups: Array<{ passages: Arr.NonEmptyReadonlyArray<FoundPassage>; best: Found; documents: Set<DocumentId> }> =
    []
  for (const next of found) {
    const near = groups.find(
      ({ passages }) =>
        passages.length < most &&
        (follows(Arr.lastNonEmpty(passages), next.passage) || follows(next.passage, passages[0]))
    )
    if (near === undefined) {
      if (groups.length < limit) {
        groups.push({ passages: [next.passage], best: next, documents: new Set(next.duplicates) })
      }
      continue
    }
    near.passages = follows(next.passage, near.passages[0])
      ? [next.passage, ...near.passages]
      : Arr.append(near.passages, next.passage)
    for (const id of next.duplicates) near.documents.add(id)
  }
  return groups.map(({ best, documents, passages }) => {
    const text = join(passages)
    const start = passages[0].start
    return { passages, best, text, start, end: Arr.lastNonEmpty(passages).end, duplicates: [...documents] }
  })
}
