import { createHash } from "node:crypto"
import { UploadForm } from "@resync/api/RagCommands"
import { TooManyFiles } from "@resync/api/RagProblems"
import { ContentTooLarge, InvalidRequest, MalformedRequest } from "@resync/api/RequestProblems"
import { DocumentMetadata } from "@resync/rag/model/Document"
import { Array as Arr, Effect, FileSystem, Path, Predicate, Schema, SchemaIssue, Stream, Struct } from "effect"
import { Multipart } from "effect/http"
import * as UploadFolder from "./UploadFolder.ts"

/** A file of the form, on the disk until the request ends. */
export interface ReceivedFile {
  readonly fileName: string
  readonly bytes: number
  /** SHA-256 of what is in it, in hexadecimal digits. */
  readonly sha256: string
  readonly path: string
}

export interface UploadLimits {
  readonly uploadMaxFiles: number
  readonly uploadMaxFileSize: number
  /** The directory for what arrives; the system's own for temporary files when it is empty. */
  readonly uploadDir: string
}

/** Bytes of all that is no file, of the header of one part, and parts that are no files. */
const restSize = 1_048_576
const partHeaderSize = 16_384
const restParts = 200

/** The largest body that an upload may have. */
export const maxBodySize = ({ uploadMaxFiles, uploadMaxFileSize }: UploadLimits): number =>
  uploadMaxFiles * uploadMaxFileSize + restSize

/** Several tags may come in one field, so each is looked at when they are apart. */
const Fields = UploadForm.mapFields((fields) => ({
  ...Struct.omit(fields, ["file"]),
  tags: DocumentMetadata.fields.tags
}))
const decodeFields = Schema.decodeUnknownEffect(Fields, { errors: "all", onExcessProperty: "error" })
const format = SchemaIssue.makeFormatterStandardSchemaV1()

const invalid = (field: string, message: string) =>
  new InvalidRequest({ errors: [{ path: ["payload", field], message }] })

const fileTooLarge = ({ uploadMaxFileSize: limit }: UploadLimits) =>
  new ContentTooLarge({ limit, detail: `A file is larger than ${limit} bytes` })

/** What is wrong with the body, whose parser knows the limit that was passed. */
const problemOf = (error: Multipart.MultipartError, limits: UploadLimits) => {
  const { cause } = error.reason
  // An error on the way through a file comes as the cause of an internal one.
  const inner = Predicate.hasProperty(cause, "limit") ? cause.limit : undefined
  if (error.reason._tag === "FileTooLarge" || inner === "MaxPartSize") {
    return fileTooLarge(limits)
  }
  if (error.reason._tag === "BodyTooLarge" || inner === "MaxTotalSize") {
    const limit = maxBodySize(limits)
    return new ContentTooLarge({ limit, detail: `The body is larger than ${limit} bytes` })
  }
  if (error.reason._tag === "FieldTooLarge" || inner === "MaxFieldSize") {
    return new ContentTooLarge({ limit: restSize, detail: "A field is too large" })
  }
  return error.reason._tag === "TooManyParts" || inner === "MaxParts"
    ? new ContentTooLarge({ detail: "The form has too many fields" })
    : new MalformedRequest({ detail: "The multipart/form-data body is broken or ends too early" })
}

const metadataOf = (fields: ReadonlyMap<string, ReadonlyArray<string>>) => {
  const values = [...fields].flatMap(([name, given]) => {
    const texts = (name === "tags" ? given.flatMap((text) => text.split(",")) : given)
      .map((text) => text.trim())
      .filter((text) => text !== "")
    // Browsers send fields that nobody filled in.
    return texts.length === 0 ? [] : [[name, name === "tags" || texts.length > 1 ? texts : texts[0]] as const]
  })
  return decodeFields(Object.fromEntries(values)).pipe(
    Effect.mapError(
      ({ issue }) =>
        new InvalidRequest({
          errors: format(issue).issues.map(({ message, path = [] }) => ({
            path: ["payload", ...path.map((segment) => String(typeof segment === "object" ? segment.key : segment))],
            message
          }))
        })
    )
  )
}

/**
 * The whole form, its files on the disk and not in memory. Ends only when the last byte has come and everything is in order,
 * so that nothing of a request that is refused has gone any further: a file that is cut off looks complete until the parser
 * tells, after it, that the form is broken. The files go with the scope.
 */
export const receive = Effect.fnUntraced(function* (
  parts: Stream.Stream<Multipart.Part, Multipart.MultipartError>,
  limits: UploadLimits
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = yield* UploadFolder.make(limits.uploadDir)
  const files: Array<ReceivedFile> = []
  const fields = new Map<string, Array<string>>()

  const take = Effect.fnUntraced(function* (part: Multipart.Part) {
    if (part._tag === "Field") {
      fields.set(part.key, [...(fields.get(part.key) ?? []), part.value])
      return
    }
    // A form that was sent without choosing a file.
    if (part.name === "") return yield* Stream.runDrain(part.content)
    if (part.key !== "file") return yield* invalid(part.key, "Files are given as `file`")
    if (files.length === limits.uploadMaxFiles) {
      return yield* new TooManyFiles({
        limit: limits.uploadMaxFiles,
        detail: `More than ${limits.uploadMaxFiles} files in one request`
      })
    }
    const place = path.join(directory, String(files.length))
    const hash = createHash("sha256")
    let bytes = 0
    const content = Stream.tap(part.content, (chunk) => {
      bytes += chunk.length
      hash.update(chunk)
      return bytes > limits.uploadMaxFileSize ? Effect.fail(fileTooLarge(limits)) : Effect.void
    })
    yield* Stream.run(content, fs.sink(place))
    const fileName = part.name.slice(part.name.search(/[^/\\]*$/))
    files.push({ fileName, bytes, sha256: hash.digest("hex"), path: place })
  })

  yield* Stream.runForEach(parts, take).pipe(
    Effect.provideContext(
      Multipart.limitsServices({
        maxParts: limits.uploadMaxFiles + restParts,
        maxFieldSize: restSize,
        // The parser counts a part with its header.
        maxFileSize: limits.uploadMaxFileSize + partHeaderSize,
        maxTotalSize: maxBodySize(limits),
        // A JSON file is a file too.
        fieldMimeTypes: []
      })
    ),
    Effect.catchTag("MultipartError", (error) => Effect.fail(problemOf(error, limits)))
  )

  if (!Arr.isArrayNonEmpty(files)) return yield* invalid("file", "At least one file is needed")
  const { replaces, ...metadata } = yield* metadataOf(fields)
  if (files.length > 1) {
    if (replaces !== undefined) return yield* invalid("replaces", "Only one file can be the new version of a document")
    if (metadata.title !== undefined) return yield* invalid("title", "A title belongs to one file")
  }
  return { files, metadata, replaces }
})
