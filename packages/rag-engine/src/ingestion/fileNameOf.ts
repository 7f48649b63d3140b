import type { DocumentMetadata } from "@resync/rag/model/Document"
import { UploadRejected } from "@resync/rag/RagError"
import { Effect } from "effect"
import { storable } from "../store/storable.ts"

const invalid = (detail: string) => new UploadRejected({ reason: "invalid-name", detail })

/** The name of an uploaded file without the folders that some browsers send with it. */
export const fileNameOf = (given: string): Effect.Effect<string, UploadRejected> => {
  const name = (given.split(/[/\\]/).at(-1) ?? "").trim().toWellFormed()
  if (name === "" || name === "." || name === "..") return Effect.fail(invalid("the file has no name"))
  if (name.length > 255) return Effect.fail(invalid("the file's name is longer than 255 characters"))
  if (/\p{Cc}/u.test(name)) return Effect.fail(invalid("the file's name holds control characters"))
  return Effect.succeed(name)
}

/** As the store keeps it. What is nothing then is left out. */
export const cleanMetadata = ({ authority, tags, ...texts }: DocumentMetadata): DocumentMetadata => ({
  ...Object.fromEntries(
    Object.entries(texts)
      .map(([name, text]) => [name, storable(text)] as const)
      .filter(([, text]) => text !== "")
  ),
  ...(authority === undefined ? {} : { authority }),
  ...(tags === undefined ? {} : { tags: tags.map(storable).filter((tag) => tag !== "") })
})
