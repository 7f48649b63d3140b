import { Schema } from "effect"

/** The kinds of document that can be read. The scheduler's own texts have kinds of their own. */
export const MediaType = Schema.Literals([
  "application/pdf",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  "text/html",
  "text/markdown",
  "text/plain",
  "text/csv",
  "application/json",
  "text/vnd.workload-automation.job-log",
  "text/vnd.workload-automation.message-catalogue",
  "text/vnd.workload-automation.job-definition"
])
export type MediaType = typeof MediaType.Type

/** Kinds whose files cannot be mistaken for text, by the extension that people give them. */
export const binaryByExtension: Readonly<Record<string, MediaType>> = {
  pdf: "application/pdf",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
}

/** The extension of a file name in lower case, without the dot; empty when there is none. */
export const extensionOf = (name: string): string => /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? ""
