import type { MediaType } from "@resync/rag/model/MediaType"
import type { Block, Body } from "./Block.ts"
import type { ParsedDocument } from "./ParsedDocument.ts"

/** Runs of blanks become one blank, as readers of HTML, PDF and office documents see them. */
export const collapse = (text: string): string => text.replaceAll(/[\s ]+/g, " ").trim()

/** No database holds a NUL in a text. Places stay what they are. */
const storable = (text: string): string => text.replaceAll("\0", " ")

/** Where sentences end within `text`: the only places inside a paragraph where it may be cut. */
export const sentenceEnds = (text: string): ReadonlyArray<number> =>
  [...text.matchAll(/[.!?:;]["')\]]*\s+(?=\S)/g)].map((match) => match.index + match[0].length)

/** Where the lines of `text` begin, but for the first. */
export const lineStarts = (text: string): ReadonlyArray<number> =>
  [...text.matchAll(/\n/g)].map(({ index }) => index + 1).filter((start) => start < text.length)

/**
 * Builds the text of a document block by block and notes where each one lies. Empty blocks leave no trace.
 *
 * @example
 * ```ts
 * const text = new DocumentText()
 * text.heading(1, "Limits")
 * text.paragraph("A job stays in READY while its workstation has limit 0.")
 * text.finish("text/plain")
 * ```
 */
export class DocumentText {
  private text = ""
  private readonly blocks: Array<Block> = []
  private title: string | undefined

  /** Set as the pages of the document go by; a document without pages leaves it. */
  page: number | undefined

  /** The text that a block lies in is the text itself, so what comes between blocks is one blank line. */
  private place(text: string): { start: number; end: number; page?: number } {
    if (this.text !== "") this.text += "\n\n"
    const start = this.text.length
    this.text += storable(text)
    return { start, end: this.text.length, ...(this.page === undefined ? {} : { page: this.page }) }
  }

  private body(kind: Body["kind"], text: string, cuts: ReadonlyArray<number>, header?: string) {
    if (text.trim() === "") return
    const span = this.place(text)
    this.blocks.push({
      kind,
      ...span,
      cuts: cuts.map((cut) => span.start + cut),
      ...(header === undefined ? {} : { header })
    })
  }

  heading(level: number, text: string) {
    const heading = collapse(storable(text))
    if (heading === "") return
    if (level === 1) this.title ??= heading
    this.blocks.push({ kind: "heading", level, ...this.place(heading) })
  }

  paragraph(text: string) {
    const paragraph = text.trim()
    this.body("paragraph", paragraph, sentenceEnds(paragraph))
  }

  list(items: ReadonlyArray<string>) {
    const lines = items.filter((item) => item.trim() !== "").map((item) => `- ${item.trim()}`)
    const cuts: Array<number> = []
    let at = 0
    for (const line of lines) {
      if (at > 0) cuts.push(at)
      at += line.length + 1
    }
    this.body("list", lines.join("\n"), cuts)
  }

  /** Rows of cells; the first row is the header. */
  table(rows: ReadonlyArray<ReadonlyArray<string>>) {
    const lines = rows.map((row) => row.map(collapse)).filter((row) => row.some((cell) => cell !== ""))
    const text = lines.map((row) => row.join(" | ")).join("\n")
    const header = lines[0]?.join(" | ")
    this.body("table", text, lineStarts(text), header)
  }

  /** Text whose lines and blanks carry meaning. */
  code(text: string, kind: "code" | "log" = "code") {
    const code = text.replace(/^(?:[ \t]*\n)+/, "").trimEnd()
    this.body(kind, code, lineStarts(code))
  }

  finish(mediaType: MediaType, title?: string): ParsedDocument {
    const named = collapse(storable(title ?? ""))
    return { mediaType, title: named === "" ? this.title : named, text: this.text, blocks: this.blocks }
  }
}
