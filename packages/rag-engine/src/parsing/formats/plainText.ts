import { DocumentText } from "../DocumentText.ts"
import type { ParsedDocument } from "../ParsedDocument.ts"

const bullet = /^\s*(?:[-*•‣◦–]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+/

/** "2.3.1 Title" is a heading of the third level; "3. Do this" in a row of such lines is an item of a list. */
const numbered = /^(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+(?=\p{Lu})\S.{0,100}$/u
const underline = /^(={3,}|-{3,}|~{3,})$/
const capitals = /^(?=.*\p{Lu}{3})[\p{Lu}\d][\p{Lu}\d ,/&()'-]{2,79}$/u

/** Lines that stand alone and look like a title, with their level; sentences end with a full stop and are none. */
const headingLevel = (lines: ReadonlyArray<string>): number | undefined => {
  const [first, second] = lines
  if (first === undefined) return undefined
  if (lines.length === 2 && second !== undefined) {
    const mark = underline.exec(second.trim())?.[1]
    return mark === undefined ? undefined : mark.startsWith("=") ? 1 : 2
  }
  if (lines.length !== 1 || /[.;,:]$/.test(first)) return undefined
  const number = numbered.exec(first.trim())?.[1]
  if (number !== undefined) return number.split(".").length
  return capitals.test(first.trim()) ? 2 : undefined
}

/** Gathers the lines of each item: what is indented below a bullet belongs to it. */
const itemsOf = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  const items: Array<string> = []
  for (const line of lines) {
    if (bullet.test(line)) items.push(line.replace(bullet, ""))
    else items.push(`${items.pop() ?? ""} ${line.trim()}`.trim())
  }
  return items
}

/** Adds the paragraphs, lists and indented code of `text`, which blank lines keep apart. */
export const addPlainText = (into: DocumentText, text: string) => {
  for (const part of text.split(/\n(?:[ \t]*\n)+/)) {
    const lines = part.split("\n").filter((line) => line.trim() !== "")
    const first = lines[0]
    if (first === undefined) continue
    const level = headingLevel(lines)
    if (level !== undefined) into.heading(level, first.replace(/^\d+(?:\.\d+)*\.?\s+/, ""))
    else if (lines.every((line) => /^(?: {4}|\t)/.test(line)) && !bullet.test(first)) into.code(part)
    else if (bullet.test(first) && lines.length > 1) into.list(itemsOf(lines))
    else into.paragraph(lines.map((line) => line.trim()).join("\n"))
  }
}

/** Plain text: blank lines part it, titles are numbered, underlined or in capitals, bullets make lists. */
export const parsePlainText = (text: string): ParsedDocument => {
  const document = new DocumentText()
  addPlainText(document, text)
  return document.finish("text/plain")
}
