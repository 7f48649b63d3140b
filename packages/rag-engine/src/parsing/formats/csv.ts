import papaparse from "papaparse"
import { DocumentText } from "../DocumentText.ts"
import type { ParsedDocument } from "../ParsedDocument.ts"

/** Comma, semicolon, tab or pipe separated values, whichever the file uses; the first row is the header. */
export const parseCsv = (text: string): ParsedDocument => {
  const { data } = papaparse.parse<ReadonlyArray<string>>(text, { skipEmptyLines: "greedy" })
  const document = new DocumentText()
  document.table(data)
  return document.finish("text/csv")
}

/** Whether `text` reads as a table: three rows or more, all as wide as the first, at least two wide. */
export const isCsv = (text: string): boolean => {
  const head = text.split("\n", 51)
  if (head.length > 50) head.pop()
  const { data, errors } = papaparse.parse<ReadonlyArray<string>>(head.join("\n"), { skipEmptyLines: "greedy" })
  const width = data[0]?.length ?? 0
  return errors.length === 0 && data.length >= 3 && width >= 2 && data.every((row) => row.length === width)
}
