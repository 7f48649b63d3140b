import { Effect, Stream } from "effect"
import { type Entry, fromBufferPromise, type ZipFile } from "yauzl"
import type { ParseLimits } from "./DocumentParserOptions.ts"
import { corrupt, DocumentUnreadable } from "./DocumentUnreadable.ts"

const broken = (cause: unknown) => corrupt("archive", cause)

const encrypted = new DocumentUnreadable({ reason: "encrypted", detail: "Parts of the archive want a password" })

/** The unpacked bytes of one entry, piece by piece; nothing is kept. What the archive says of its size is not trusted. */
const pieces = (zip: ZipFile, entry: Entry) =>
  entry.isEncrypted()
    ? Stream.fail(encrypted)
    : Stream.fromEffect(Effect.tryPromise({ try: () => zip.openReadStreamPromise(entry), catch: broken })).pipe(
        Stream.flatMap((readable) => Stream.fromAsyncIterable<Buffer, DocumentUnreadable>(readable, broken)),
        Stream.map((piece) => piece.length)
      )

/**
 * Fails when a ZIP archive unpacks to more than the bounds allow, before anything is held in memory. Libraries that read
 * DOCX and XLSX inflate whatever they are given.
 */
export const checkArchive = (bytes: Uint8Array, { maxRatio, maxUnpackedBytes }: ParseLimits) => {
  const bound = Math.min(maxUnpackedBytes, Math.max(bytes.length * maxRatio, 10_000_000))
  const tooLarge = new DocumentUnreadable({
    reason: "too-large",
    detail: `${bytes.length} bytes unpack to more than ${bound}`
  })
  return Effect.tryPromise({
    try: () => fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
    catch: broken
  }).pipe(
    Effect.flatMap((zip) =>
      Stream.fromAsyncIterable(zip.eachEntry(), broken).pipe(
        Stream.flatMap((entry) => pieces(zip, entry)),
        Stream.runFoldEffect(
          () => 0,
          (sum, length) => (sum + length > bound ? Effect.fail(tooLarge) : Effect.succeed(sum + length))
        )
      )
    ),
    Effect.asVoid
  )
}
