import type { MediaType } from "@resync/rag/model/MediaType"

/** Kinds whose files cannot be mistaken for text, by the extension that people give them. */
export const binaryByExtension: Readonly<Record<string, MediaType>> = {
  pdf: "application/pdf",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
}

/** The extension of a file name in lower case, without the dot; empty when there is none. */
export const extensionOf = (name: string): string => /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? ""
