import { Effect } from "effect"
import { getDocumentProxy } from "unpdf"
import { collapse, DocumentText } from "../DocumentText.ts"
import { corrupt, DocumentUnreadable } from "../DocumentUnreadable.ts"
import type { ParsedDocument } from "../ParsedDocument.ts"
import { type Line, linesOf, withoutRunningHeads } from "./pdfLines.ts"

const bullet = /^(?:[-•‣◦–*]|\(?\d{1,2}[.)])\s+/

/** The size that most of the text is set in. */
const bodySize = (lines: ReadonlyArray<Line>): number => {
  const characters = new Map<number, number>()
  for (const { size, text } of lines) characters.set(size, (characters.get(size) ?? 0) + text.length)
  return [...characters].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0
}

/** Levels by size: the largest size that titles are set in is level 1. */
const levels = (lines: ReadonlyArray<Line>, body: number): ReadonlyMap<number, number> => {
  const sizes = new Set(
    lines.filter((line) => line.size > body * 1.12 && line.text.length <= 120).map((line) => line.size)
  )
  return new Map([...sizes].sort((a, b) => b - a).map((size, index) => [size, Math.min(index + 1, 6)]))
}

/** Joins the lines of a paragraph; a word that was parted at the end of a line is one word again. */
const join = (lines: ReadonlyArray<string>): string =>
  lines
    .reduce(
      (text, line) => (/\p{Ll}-$/u.test(text) && /^\p{Ll}/u.test(line) ? text.slice(0, -1) + line : `${text} ${line}`),
      ""
    )
    .trim()

/** Lines without a bullet go on with the item above them. */
const itemsOf = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  const items: Array<Array<string>> = []
  for (const line of lines) {
    const above = items.at(-1)
    if (bullet.test(line) || above === undefined) items.push([line.replace(bullet, "")])
    else above.push(line)
  }
  return items.map(join)
}

const write = (lines: ReadonlyArray<Line>, title: string | undefined): ParsedDocument => {
  const document = new DocumentText()
  const body = bodySize(lines)
  const level = levels(lines, body)
  let open: Array<Line> = []
  const flush = () => {
    const first = open[0]
    if (first === undefined) return
    document.page = first.page
    const text = join(open.map((line) => line.text))
    const rank = level.get(first.size)
    if (rank !== undefined && text.length <= 200) document.heading(rank, text)
    else if (open.length > 1 && open.filter((line) => bullet.test(line.text)).length > 1) {
      document.list(itemsOf(open.map((line) => line.text)))
    } else document.paragraph(text)
    open = []
  }
  for (const line of lines) {
    const previous = open.at(-1)
    const sameRun =
      previous !== undefined &&
      previous.size === line.size &&
      previous.page === line.page &&
      previous.y - line.y < line.size * 1.8 &&
      previous.y > line.y
    const carriedOver =
      previous !== undefined &&
      previous.page !== line.page &&
      previous.size === line.size &&
      /[\p{Ll},-]$/u.test(previous.text) &&
      /^\p{Ll}/u.test(line.text)
    if (!sameRun && !carriedOver) flush()
    open.push(line)
  }
  flush()
  return document.finish("application/pdf", title)
}

const refused = (cause: unknown) =>
  (cause as { readonly name?: string }).name === "PasswordException"
    ? new DocumentUnreadable({ reason: "encrypted", detail: "The PDF wants a password" })
    : corrupt("PDF", cause)

/**
 * PDF by its text layer: titles by the size they are set in, paragraphs by the gaps between lines, heads and feet that
 * repeat from page to page left out.
 */
export const parsePdf = Effect.fnUntraced(function* (bytes: Uint8Array, maxPages: number) {
  const pdf = yield* Effect.acquireRelease(
    Effect.tryPromise({ try: () => getDocumentProxy(bytes, { verbosity: 0 }), catch: refused }),
    (pdf) => Effect.promise(() => pdf.loadingTask.destroy())
  )
  if (pdf.numPages > maxPages) {
    return yield* new DocumentUnreadable({
      reason: "too-many-pages",
      detail: `The PDF has ${pdf.numPages} pages; ${maxPages} are read at most`
    })
  }
  const pages: Array<ReadonlyArray<Line>> = []
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = yield* Effect.tryPromise({ try: () => pdf.getPage(number), catch: refused })
    const { items } = yield* Effect.tryPromise({ try: () => page.getTextContent(), catch: refused })
    pages.push(linesOf(items, number))
    page.cleanup()
  }
  const { info } = yield* Effect.tryPromise({ try: () => pdf.getMetadata(), catch: refused })
  const title = collapse(String((info as { readonly Title?: unknown }).Title ?? ""))
  return write(withoutRunningHeads(pages).flat(), title === "" ? undefined : title)
}, Effect.scoped)
