import { type Answer, notFoundText } from "@resync/rag/model/Answer"
import { Array as Arr } from "effect"
import type { Evidence } from "./Evidence.ts"

/** A claim with what it rests on, before the passages have their final numbers. */
export interface Grounded {
  readonly text: string
  readonly sources: Arr.NonEmptyReadonlyArray<Source>
}

export interface Source {
  readonly passage: Evidence
  readonly quote: string
  /** Where the quote stands within the passage. */
  readonly at: number
}

/** Passages are numbered in the order in which they are first cited; only cited ones are listed. */
export const compose = (by: "model" | "extraction", grounded: Arr.NonEmptyReadonlyArray<Grounded>): Answer => {
  const passages = Arr.dedupeWith(
    Arr.flatMap(grounded, ({ sources }) => Arr.map(sources, ({ passage }) => passage)),
    (a, b) => a.passageId === b.passageId
  )
  const numbers = new Map(passages.map(({ passageId }, index) => [passageId, index + 1]))
  const claims = Arr.map(grounded, ({ sources, text }) => ({
    text,
    grounds: Arr.map(sources, ({ at, passage, quote }) => {
      const start = passage.start + at
      return { number: numbers.get(passage.passageId) ?? 0, quote, start, end: start + quote.length }
    })
  }))
  return {
    _tag: "Answered",
    by,
    text: claims.map(({ grounds, text }) => `${text} ${grounds.map(({ number }) => `[${number}]`).join("")}`).join(" "),
    claims,
    citations: Arr.map(passages, ({ documentId, end, headings, passageId, start, title }, index) => ({
      number: index + 1,
      passageId,
      documentId,
      title,
      headings,
      start,
      end
    }))
  }
}

/** The plain word that there is no answer, with what comes nearest. */
export const notFound = (
  reason: Extract<Answer, { readonly _tag: "NotFound" }>["reason"],
  evidence: ReadonlyArray<Evidence>
): Answer => ({
  _tag: "NotFound",
  text: notFoundText,
  reason,
  nearest: evidence
    .slice(0, 3)
    .map(({ documentId, headings, passageId, text, title }) => ({ passageId, documentId, title, headings, text }))
})
