import { collapse } from "../DocumentText.ts"

/** One line of a page: where it stands (points from the bottom) and the size it is set in. */
export interface Line {
  readonly text: string
  readonly page: number
  readonly y: number
  readonly size: number
}

/** What pdf.js tells of a piece of text; the fifth and sixth of `transform` are its place. */
type Item =
  | { readonly str: string; readonly width: number; readonly transform: ReadonlyArray<number> }
  | { readonly type: string }

/** Gathers the pieces of a page into lines: pieces at one height are one line, a gap between them is a blank. */
export const linesOf = (items: ReadonlyArray<Item>, page: number): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  let open: { text: string; y: number; size: number; end: number } | undefined
  const flush = () => {
    if (open === undefined) return
    const text = collapse(open.text)
    if (text !== "") lines.push({ text, page, y: open.y, size: open.size })
    open = undefined
  }
  for (const item of items) {
    if (!("str" in item) || item.str.trim() === "") continue
    const { str, transform, width } = item
    const [a = 0, b = 0, , , x = 0, y = 0] = transform
    const size = Math.round(Math.hypot(a, b) * 2) / 2
    if (open !== undefined && Math.abs(open.y - y) > Math.max(open.size, size) * 0.5) flush()
    if (open === undefined) open = { text: str, y, size, end: x + width }
    else {
      open.text += (x - open.end > size * 0.15 ? " " : "") + str
      open.end = x + width
      open.size = Math.max(open.size, size)
    }
  }
  flush()
  return lines
}

/** Numbers differ from page to page in heads and feet that are otherwise the same. */
const shape = (line: Line) => `${Math.round(line.y)} ${line.text.replaceAll(/\d+/g, "#")}`

/** Leaves out the lines that stand at the same height with the same words on more than half of three pages or more. */
export const withoutRunningHeads = (pages: ReadonlyArray<ReadonlyArray<Line>>): ReadonlyArray<ReadonlyArray<Line>> => {
  if (pages.length < 3) return pages
  const seen = new Map<string, number>()
  for (const lines of pages) for (const key of new Set(lines.map(shape))) seen.set(key, (seen.get(key) ?? 0) + 1)
  return pages.map((lines) => lines.filter((line) => (seen.get(shape(line)) ?? 0) * 2 <= pages.length))
}
