import type { Stretch } from "@resync/rag/model/Search"
import { fieldTerm } from "../fields/fieldTerm.ts"
import { recognize } from "../fields/recognize.ts"
import { languageOfText, termsOf } from "../text/termsOf.ts"

/** Stretches that are shown at most. */
const most = 100

/** The words of a text whose terms are asked for, and the fields, in order and without overlaps. */
export const highlight = (text: string, asked: ReadonlySet<string>): ReadonlyArray<typeof Stretch.Type> => {
  const found = [
    ...termsOf(text, languageOfText(text)).filter(({ term }) => asked.has(term)),
    ...recognize(text).filter(({ kind, value }) => asked.has(fieldTerm(kind, value)))
  ].toSorted((a, b) => a.start - b.start || b.end - a.end)
  const stretches: Array<{ readonly start: number; readonly end: number }> = []
  for (const { end, start } of found) {
    if (start >= (stretches.at(-1)?.end ?? 0)) stretches.push({ start, end })
  }
  return stretches.slice(0, most)
}
