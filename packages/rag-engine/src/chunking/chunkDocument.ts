import { createHash } from "node:crypto"
import type { ParsedDocument } from "../parsing/ParsedDocument.ts"
import type { Chunk, ChunkOptions } from "./Chunk.ts"
import { type Section, sectionsOf } from "./sections.ts"
import { countTokens } from "./tokens.ts"
import { type Unit, unitsOf } from "./units.ts"

/** The units at the end of a passage that the next one repeats. Only a text that was cut goes on in the next passage. */
const overlapOf = (units: ReadonlyArray<Unit>, next: Unit, tokens: number): ReadonlyArray<Unit> => {
  if (next.part === undefined || next.part.kind === "table") return []
  let room = tokens
  const from = units.findLastIndex(({ part, tokens }) => {
    room -= tokens
    return part !== next.part || room < 0
  })
  return units.slice(from + 1)
}

/** Packs the units of a section into passages that hold `maxTokens` at most. */
const pack = (units: ReadonlyArray<Unit>, maxTokens: number, overlapTokens: number) => {
  const passages: Array<ReadonlyArray<Unit>> = []
  let open: Array<Unit> = []
  let size = 0
  for (const unit of units) {
    if (open.length > 0 && size + unit.tokens > maxTokens) {
      passages.push(open)
      const room = Math.min(overlapTokens, maxTokens - unit.tokens)
      open = [...overlapOf(open, unit, room)]
      size = open.reduce((sum, { tokens }) => sum + tokens, 0)
    }
    open.push(unit)
    size += unit.tokens
  }
  if (open.length > 0) passages.push(open)
  return passages
}

/** A part of a table that does not begin with the table's first row is given the header again. */
const headerOf = ({ part, start }: Unit): string =>
  part?.kind === "table" && part.header !== undefined && start > part.start ? `${part.header}\n` : ""

const cut = (text: string, { bodies, headings }: Section, maxTokens: number, overlapTokens: number) => {
  const widest = Math.max(...bodies.map(({ header }) => (header === undefined ? 0 : countTokens(header))))
  const room = Math.max(maxTokens - widest, Math.ceil(maxTokens / 2))
  const units = bodies.flatMap((body) => unitsOf(text, body, body.header === undefined ? maxTokens : room))
  return pack(units, widest > 0 ? room : maxTokens, overlapTokens).flatMap((passage) => {
    const first = passage[0]
    const last = passage.at(-1)
    if (first === undefined || last === undefined) return []
    const page = bodies.findLast(({ start }) => start <= first.start)?.page
    const header = headerOf(first)
    const words = header + text.slice(first.start, last.end).trimEnd()
    const lead = header === "" ? {} : { lead: header.length }
    return [
      { headings, text: words, ...lead, start: first.start, end: last.end, ...(page === undefined ? {} : { page }) }
    ]
  })
}

const digest = (...parts: ReadonlyArray<string>) =>
  createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 32)

/**
 * Cuts a document into passages along its structure: a passage never crosses a heading; tables, lists, code and
 * paragraphs stay whole where they fit; where one does not, it is cut between rows, items, lines or sentences.
 *
 * `documentId` goes into the ids: an edited document keeps the ids of the passages that the edit did not touch.
 *
 * @example
 * ```ts
 * const passages = chunkDocument("manual", parsed, { maxTokens: 200, overlapTokens: 40 })
 * ```
 */
export const chunkDocument = (
  documentId: string,
  document: ParsedDocument,
  options: ChunkOptions = {}
): ReadonlyArray<Chunk> => {
  const { maxTokens = 256, overlapTokens = 48 } = options
  const seen = new Map<string, number>()
  return sectionsOf(document)
    .flatMap((section) => cut(document.text, section, maxTokens, overlapTokens))
    .map((passage, ordinal) => {
      const words = digest(documentId, ...passage.headings, passage.text)
      const times = seen.get(words) ?? 0
      seen.set(words, times + 1)
      const id = times === 0 ? words : digest(words, String(times))
      return { id, ordinal, ...passage, tokens: countTokens(passage.text) }
    })
}
