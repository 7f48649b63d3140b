import type { Block, Body } from "../parsing/Block.ts"
import type { ParsedDocument } from "../parsing/ParsedDocument.ts"

/** What stands under one heading, with the titles above it. */
export interface Section {
  readonly headings: ReadonlyArray<string>
  readonly bodies: ReadonlyArray<Body>
}

/** A title with nothing below it and no subtitle still says something: it stands for itself. */
const alone = (block: Block): Body => ({ kind: "paragraph", start: block.start, end: block.end, cuts: [] })

/** Parts a document at its headings. A heading ends the sections of its own and of lower ranks. */
export const sectionsOf = ({ blocks, text }: ParsedDocument): ReadonlyArray<Section> => {
  const sections: Array<Section> = []
  const path: Array<{ readonly level: number; readonly title: string }> = []
  let bodies: Array<Body> = []
  const flush = () => {
    if (bodies.length > 0) sections.push({ headings: path.map(({ title }) => title), bodies })
    bodies = []
  }
  blocks.forEach((block, index) => {
    if (block.kind !== "heading") {
      bodies.push(block)
      return
    }
    flush()
    while ((path.at(-1)?.level ?? 0) >= block.level) path.pop()
    path.push({ level: block.level, title: text.slice(block.start, block.end) })
    const next = blocks[index + 1]
    if (next === undefined || (next.kind === "heading" && next.level <= block.level)) bodies.push(alone(block))
  })
  flush()
  return sections
}
