import type { MediaType } from "@resync/rag/model/MediaType"
import { type ChildNode, type Document, type Element, isTag, isText } from "domhandler"
import { findOne, getElementsByTagName, textContent } from "domutils"
import { parseDocument } from "htmlparser2"
import { collapse, DocumentText } from "../DocumentText.ts"
import type { ParsedDocument } from "../ParsedDocument.ts"

/** Never shown, or the furniture of a site rather than its text. */
const skipped = new Set(
  "script style template noscript svg iframe object nav footer aside form button select head dialog".split(" ")
)

/** Elements that flow within a line; any other one starts a block of its own. */
const inline = new Set(
  "a abbr b bdi bdo big cite code data del dfn em font i img ins kbd label mark q s samp small span strike strong sub sup time tt u var wbr".split(
    " "
  )
)

const skip = (node: ChildNode) =>
  isTag(node) &&
  (skipped.has(node.name) || node.attribs["hidden"] !== undefined || node.attribs["role"] === "navigation")

/** The text that a reader sees of a node, line breaks kept. */
const words = (node: ChildNode): string => {
  if (isText(node)) return node.data.replaceAll(/\s+/g, " ")
  if (!isTag(node) || skip(node)) return ""
  if (node.name === "br") return "\n"
  if (node.name === "img") return node.attribs["alt"] ?? ""
  const inner = node.children.map(words).join("")
  return inline.has(node.name) ? inner : ` ${inner} `
}

const lines = (text: string) =>
  text
    .split("\n")
    .map(collapse)
    .filter((line) => line !== "")
    .join("\n")

const childrenNamed = (node: Element, ...names: ReadonlyArray<string>) =>
  node.children.filter((child): child is Element => isTag(child) && names.includes(child.name))

const itemText = (item: Element, depth = 0): string => {
  const nested = childrenNamed(item, "ul", "ol")
  const own = item.children.filter((child) => !nested.includes(child as Element))
  const inner = nested.flatMap((list) => childrenNamed(list, "li"))
  return [
    lines(own.map(words).join("")),
    ...inner.map((child) => `${"  ".repeat(depth + 1)}- ${itemText(child, depth + 1)}`)
  ].join("\n")
}

/** A term and what is said of it are one item. */
const definitions = (list: Element): ReadonlyArray<string> => {
  const items: Array<string> = []
  for (const child of getElementsByTagName((name) => name === "dt" || name === "dd", list.children, true)) {
    const text = lines(child.children.map(words).join(""))
    if (child.name === "dt") items.push(text)
    else items.push([items.pop(), text].filter((part) => part !== undefined && part !== "").join(": "))
  }
  return items
}

const rows = (table: Element) =>
  getElementsByTagName("tr", table.children, true).map((row) =>
    childrenNamed(row, "th", "td").map((cell) => lines(cell.children.map(words).join("")))
  )

/** A table of one column, or one that holds another table, lays out a page and holds no data. */
const isLayout = (table: Element) =>
  getElementsByTagName("table", table.children, true).length > 0 || rows(table).every((row) => row.length < 2)

const walk = (into: DocumentText, nodes: ReadonlyArray<ChildNode>) => {
  let flow = ""
  const flush = () => {
    into.paragraph(lines(flow))
    flow = ""
  }
  for (const node of nodes) {
    if (skip(node)) continue
    if (!isTag(node) || inline.has(node.name) || node.name === "br") {
      flow += words(node)
      continue
    }
    flush()
    if (/^h[1-6]$/.test(node.name)) into.heading(Number(node.name[1]), words(node))
    else if (node.name === "pre") into.code(textContent(node))
    else if (node.name === "ul" || node.name === "ol")
      into.list(childrenNamed(node, "li").map((item) => itemText(item)))
    else if (node.name === "dl") into.list(definitions(node))
    else if (node.name === "table" && !isLayout(node)) into.table(rows(node))
    else walk(into, node.children)
  }
  flush()
}

const bodyOf = (document: Document): ReadonlyArray<ChildNode> => {
  const main = findOne((node) => node.name === "main" || node.attribs["role"] === "main", document.children, true)
  return (main ?? findOne((node) => node.name === "body", document.children, true) ?? document).children
}

/** HTML: headings, paragraphs, lists, tables and preformatted text of its main part; scripts and navigation left out. */
export const parseHtml = (html: string, mediaType: MediaType = "text/html"): ParsedDocument => {
  const document = parseDocument(html)
  const title = getElementsByTagName("title", document.children, true, 1)[0]
  const text = new DocumentText()
  walk(text, bodyOf(document))
  return text.finish(mediaType, title === undefined ? undefined : textContent(title))
}
