import { DocumentText } from "../DocumentText.ts"
import type { ParsedDocument } from "../ParsedDocument.ts"
import { addPlainText } from "./plainText.ts"

/** A message at the start of a line, as manuals list them, or as the numbered entry of a message source file. */
const entry = /^(?:\d+\s+"?)?(?<id>(?:AWS|AWK|EQQ)[A-Z]{2,4}\d{3,4}[IWE])\b[:\s]*(?<text>.*?)"?$/gm

/** Text that lists messages: at least three entries, and one on every 25 lines or closer. */
export const isMessageCatalogue = (text: string): boolean => {
  const entries = [...text.matchAll(entry)].length
  return entries >= 3 && entries * 25 >= text.split("\n").length
}

/** Lists of messages: a section for each, named by the message's id and its text, with its explanation below. */
export const parseMessageCatalogue = (text: string): ParsedDocument => {
  const document = new DocumentText()
  const entries = [...text.matchAll(entry)]
  addPlainText(document, text.slice(0, entries[0]?.index ?? text.length))
  entries.forEach((match, index) => {
    const body = text.slice(match.index + match[0].length, entries[index + 1]?.index ?? text.length)
    const message = match.groups?.["text"]?.replaceAll(/\\[nt"]/g, " ") ?? ""
    document.heading(2, `${match.groups?.["id"]} ${message}`)
    if (body.trim() === "") document.paragraph(`${match.groups?.["id"]}: ${message}`)
    else addPlainText(document, body)
  })
  return document.finish("text/vnd.workload-automation.message-catalogue")
}
