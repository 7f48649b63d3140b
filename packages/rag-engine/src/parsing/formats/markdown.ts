import { lexer, type Token, type Tokens } from "marked"
import { DocumentText } from "../DocumentText.ts"
import type { ParsedDocument } from "../ParsedDocument.ts"

/** The words of a token without its marks. */
const plain = (token: Token): string => {
  if (token.type === "br") return "\n"
  if (token.type === "html" || token.type === "checkbox") return ""
  const inner = (token as Tokens.Generic).tokens
  if (inner !== undefined && inner.length > 0) return inner.map(plain).join("")
  return (token as { readonly text?: string }).text ?? ""
}

const inline = (tokens: ReadonlyArray<Token> | undefined) => (tokens ?? []).map(plain).join("")

/** An item is one text; the items of a list inside it follow it, indented. */
const itemText = (item: Tokens.ListItem, depth = 0): string =>
  item.tokens
    .map((token) =>
      token.type === "list"
        ? (token as Tokens.List).items
            .map((inner) => `\n${"  ".repeat(depth + 1)}- ${itemText(inner, depth + 1)}`)
            .join("")
        : token.type === "code"
          ? `\n${(token as Tokens.Code).text}`
          : plain(token)
    )
    .join("")

const add = (into: DocumentText, token: Token): void => {
  switch (token.type) {
    case "heading":
      into.heading((token as Tokens.Heading).depth, inline(token.tokens))
      break
    case "paragraph":
      into.paragraph(inline(token.tokens))
      break
    case "text":
      into.paragraph(plain(token))
      break
    case "code":
      into.code((token as Tokens.Code).text)
      break
    case "list":
      into.list((token as Tokens.List).items.map((item) => itemText(item)))
      break
    case "table": {
      const table = token as Tokens.Table
      into.table([table.header, ...table.rows].map((row) => row.map((cell) => inline(cell.tokens))))
      break
    }
    case "blockquote":
      for (const inner of (token as Tokens.Blockquote).tokens) add(into, inner)
      break
  }
}

const frontMatter = /^---\n([\s\S]*?)\n---(?:\n|$)/

/** Markdown (GitHub's), its front matter read for the title and otherwise left out. */
export const parseMarkdown = (text: string): ParsedDocument => {
  const front = frontMatter.exec(text)
  const title = /^title:\s*["']?(.+?)["']?\s*$/m.exec(front?.[1] ?? "")?.[1]
  const document = new DocumentText()
  for (const token of lexer(text.slice(front?.[0].length ?? 0))) add(document, token)
  return document.finish("text/markdown", title)
}
