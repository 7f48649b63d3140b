import { createHash } from "node:crypto"
import { UploadRejected } from "@resync/rag/RagError"
import { Effect, type FileSystem, Stream } from "effect"

/** A file that was received, not yet accepted. */
export interface Received {
  readonly path: string
  readonly bytes: number
  readonly contentHash: string
}

/**
 * Writes an upload to a file as it comes, never more than `maxBytes` of it, and waits until the disk has it. What is left of
 * an upload that breaks off is removed by whoever made the path.
 */
export const receive = Effect.fnUntraced(function* <E>(
  fs: FileSystem.FileSystem,
  path: string,
  content: Stream.Stream<Uint8Array, E>,
  maxBytes: number
) {
  const file = yield* fs.open(path, { flag: "wx", mode: 0o600 })
  const hash = createHash("sha256")
  let bytes = 0
  yield* Stream.runForEach(
    content,
    Effect.fnUntraced(function* (piece) {
      bytes += piece.length
      if (bytes > maxBytes) {
        return yield* new UploadRejected({ reason: "too-large", detail: `the file has more than ${maxBytes} bytes` })
      }
      hash.update(piece)
      yield* file.writeAll(piece)
    })
  )
  if (bytes === 0) return yield* new UploadRejected({ reason: "empty", detail: "the file has no bytes" })
  yield* file.sync
  return { path, bytes, contentHash: hash.digest("hex") }
}, Effect.scoped)
