import type { MediaType } from "@resync/rag/model/MediaType"
import { Effect } from "effect"
import { checkArchive } from "./archive.ts"
import type { ParseLimits } from "./DocumentParserOptions.ts"
import { DocumentUnreadable } from "./DocumentUnreadable.ts"
import { detect } from "./detect.ts"
import { parseCsv } from "./formats/csv.ts"
import { parseHtml } from "./formats/html.ts"
import { parseJobDefinition } from "./formats/jobDefinition.ts"
import { parseJobLog } from "./formats/jobLog.ts"
import { parseJson } from "./formats/json.ts"
import { parseMarkdown } from "./formats/markdown.ts"
import { parseMessageCatalogue } from "./formats/messageCatalogue.ts"
import { parsePlainText } from "./formats/plainText.ts"
import type { ParsedDocument } from "./ParsedDocument.ts"

/** Libraries for files that are not text are loaded when the first such file comes. */
const fromBytes = (mediaType: MediaType, bytes: Uint8Array, limits: ParseLimits) =>
  mediaType === "application/pdf"
    ? Effect.flatMap(
        Effect.promise(() => import("./formats/pdf.ts")),
        ({ parsePdf }) => parsePdf(bytes, limits.maxPages)
      )
    : Effect.andThen(
        checkArchive(bytes, limits),
        mediaType === "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
          ? Effect.flatMap(
              Effect.promise(() => import("./formats/xlsx.ts")),
              ({ parseXlsx }) => parseXlsx(bytes)
            )
          : Effect.flatMap(
              Effect.promise(() => import("./formats/docx.ts")),
              ({ parseDocx }) => parseDocx(bytes)
            )
      )

const fromText = (mediaType: MediaType, text: string): Effect.Effect<ParsedDocument, DocumentUnreadable> => {
  switch (mediaType) {
    case "application/json":
      return parseJson(text)
    case "text/html":
      return Effect.sync(() => parseHtml(text))
    case "text/markdown":
      return Effect.sync(() => parseMarkdown(text))
    case "text/csv":
      return Effect.sync(() => parseCsv(text))
    case "text/vnd.workload-automation.job-log":
      return Effect.sync(() => parseJobLog(text))
    case "text/vnd.workload-automation.message-catalogue":
      return Effect.sync(() => parseMessageCatalogue(text))
    case "text/vnd.workload-automation.job-definition":
      return Effect.sync(() => parseJobDefinition(text))
    default:
      return Effect.sync(() => parsePlainText(text))
  }
}

/**
 * Reads a document, whatever it is, in the thread it is called on. `name` is the file's name as it was uploaded.
 * `DocumentParser` does the same in a process of its own with bounds on time and memory.
 */
export const parse = Effect.fnUntraced(function* (bytes: Uint8Array, name: string, limits: ParseLimits) {
  if (bytes.length === 0) return yield* new DocumentUnreadable({ reason: "empty", detail: "The file has no bytes" })
  const { mediaType, text } = yield* detect(bytes, name)
  const document = yield* text === undefined ? fromBytes(mediaType, bytes, limits) : fromText(mediaType, text)
  if (document.text.trim() === "") {
    return yield* new DocumentUnreadable({
      reason: "no-text",
      detail: "The document holds no text; a scan has to go through character recognition first"
    })
  }
  return document
})
