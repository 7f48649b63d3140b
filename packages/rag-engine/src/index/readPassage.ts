import { fieldTerm } from "./fields/fieldTerm.ts"
import { recognize } from "./fields/recognize.ts"
import type { Language } from "./text/stopWords.ts"
import { termsOf } from "./text/termsOf.ts"

/** How often a term stands in each part of a passage. */
export interface TermCounts {
  body: number
  title: number
  heading: number
}

/** What a passage is found by. */
export interface PassageTerms {
  readonly counts: ReadonlyMap<string, TermCounts>
  /** Terms of the body, fields not counted. */
  readonly length: number
}

/** Reads the terms and fields of a passage, of the titles above it, and of the title of its document. */
export const readPassage = (
  passage: { readonly title: string; readonly headings: ReadonlyArray<string>; readonly text: string },
  language: Language
): PassageTerms => {
  const counts = new Map<string, TermCounts>()
  const add = (part: keyof TermCounts, term: string) => {
    const known = counts.get(term)
    if (known !== undefined) known[part]++
    else counts.set(term, { body: 0, title: 0, heading: 0, [part]: 1 })
  }
  const read = (part: keyof TermCounts, text: string) => {
    const terms = termsOf(text, language)
    for (const { term } of terms) add(part, term)
    for (const { kind, value } of recognize(text)) add(part, fieldTerm(kind, value))
    return terms.length
  }
  read("title", passage.title)
  read("heading", passage.headings.join("\n"))
  return { counts, length: read("body", passage.text) }
}
