import type { MediaType } from "@resync/rag/model/MediaType"
import { Effect } from "effect"
import { fileTypeFromBuffer } from "file-type"
import { corrupt, DocumentUnreadable } from "./DocumentUnreadable.ts"
import { decodeText } from "./decodeText.ts"
import { binaryByExtension, extensionOf } from "./FileName.ts"
import { isCsv } from "./formats/csv.ts"
import { isJobDefinition } from "./formats/jobDefinition.ts"
import { isJobLog } from "./formats/jobLog.ts"
import { looksLikeJson } from "./formats/json.ts"
import { isMessageCatalogue } from "./formats/messageCatalogue.ts"

/** What a file is: bytes for a library to read, or text. */
export type Detected =
  | { readonly mediaType: MediaType; readonly text?: undefined }
  | { readonly mediaType: MediaType; readonly text: string }

const binary = new Set<string>(Object.values(binaryByExtension))

/** Office files with a password, and those of Word and Excel before 2007, are compound files. */
const compound = (bytes: Uint8Array) =>
  Buffer.from(bytes).includes(Buffer.from("EncryptedPackage", "utf16le"))
    ? new DocumentUnreadable({ reason: "encrypted", detail: "The office document wants a password" })
    : new DocumentUnreadable({
        reason: "unsupported-type",
        detail: "Office files of the old binary formats (.doc, .xls) are not read; save it as .docx or .xlsx"
      })

/** Tabs, line ends and form feeds are control characters too. */
const harmless = /\s/g

const isBinary = (text: string) => {
  const head = text.slice(0, 65_536)
  return head.includes("\0") || [...head.replaceAll(harmless, "").matchAll(/\p{Cc}/gu)].length * 100 > head.length
}

const markdownMarks = /^(?:#{1,6} \S|```|\|.+\|\s*$|[-*+] \[[ x]\] )/gm

/** What text is, by what it says; the name decides only between kinds that look alike. */
const textType = (text: string, extension: string): MediaType => {
  if (isJobLog(text)) return "text/vnd.workload-automation.job-log"
  if (looksLikeJson(text) || extension === "json" || extension === "ndjson" || extension === "jsonl") {
    return "application/json"
  }
  if (/^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<(?:!doctype html|html|head|body)\b/i.test(text))
    return "text/html"
  if (isJobDefinition(text)) return "text/vnd.workload-automation.job-definition"
  if (extension === "md" || extension === "markdown") return "text/markdown"
  if (extension === "htm" || extension === "html" || extension === "xhtml") return "text/html"
  if (isMessageCatalogue(text)) return "text/vnd.workload-automation.message-catalogue"
  if (extension === "csv" || extension === "tsv" || isCsv(text)) return "text/csv"
  return [...text.matchAll(markdownMarks)].length >= 2 ? "text/markdown" : "text/plain"
}

/**
 * Finds out what a file is by its content. Its name is heard where contents look alike, and where it promises a kind of
 * file that cannot be mistaken and the content is another: then one of the two is wrong, and the uploader is told.
 */
export const detect = Effect.fnUntraced(function* (bytes: Uint8Array, name: string) {
  const extension = extensionOf(name)
  const promised = binaryByExtension[extension]
  const found = yield* Effect.tryPromise({
    try: () => fileTypeFromBuffer(bytes),
    catch: (cause) => corrupt("file", cause)
  })
  if (found?.ext === "cfb") return yield* compound(bytes)
  const type = found === undefined || found.ext === "xml" ? undefined : found
  if (promised !== undefined && type?.mime !== promised) {
    // A damaged file of the promised kind may not be recognised: only content that is clearly another is a mismatch.
    const same = type?.ext === "zip" && extension !== "pdf"
    return yield* new DocumentUnreadable(
      same
        ? { reason: "corrupt", detail: `The file is a ZIP archive without the parts of a .${extension} file` }
        : { reason: "type-mismatch", detail: `The name ends in .${extension}, the content is ${type?.mime ?? "not"}` }
    )
  }
  if (type !== undefined) {
    if (binary.has(type.mime)) return { mediaType: type.mime as MediaType }
    return yield* new DocumentUnreadable({
      reason: "unsupported-type",
      detail: `Files of type ${type.mime} are not read`
    })
  }
  const text = decodeText(bytes)
  if (text.trim() === "") return yield* new DocumentUnreadable({ reason: "empty", detail: "The file holds no text" })
  if (isBinary(text)) {
    return yield* new DocumentUnreadable({
      reason: "unsupported-type",
      detail: "The file is not text, nor of a known type"
    })
  }
  return { mediaType: textType(text, extension), text }
})
