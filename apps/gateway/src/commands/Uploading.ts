import { IdempotencyKeyReused, replayedHeader } from "@resync/api/Idempotency"
import type { UploadAccepted } from "@resync/api/RagCommands"
import { StorageFull, UploadRejected } from "@resync/api/RagProblems"
import { ContentTooLarge } from "@resync/api/RequestProblems"
import { Rag } from "@resync/rag/Rag"
import type * as RagError from "@resync/rag/RagError"
import { Context, Effect, FileSystem, Path, type PlatformError, Predicate, Stream } from "effect"
import { HttpEffect, HttpServerResponse, type Multipart } from "effect/http"
import { GatewayConfig } from "../config/GatewayConfig.ts"
import * as RagProblem from "../upstream/RagProblem.ts"
import * as UploadForm from "./UploadForm.ts"

const setHeader = (name: string, value: string) =>
  HttpEffect.appendPreResponseHandler((_request, response) =>
    Effect.succeed(HttpServerResponse.setHeader(response, name, value))
  )

const storageFull = new StorageFull({ detail: "The upload could not be kept" })

/** Whether the disk, or the share of it that this user has, is full. */
const isFull = ({ reason }: PlatformError.PlatformError) => {
  const { cause } = reason
  return Predicate.hasProperty(cause, "code") && (cause.code === "ENOSPC" || cause.code === "EDQUOT")
}

const rejection = (fileName: string, limit: number) => (error: RagError.UploadRejected) => {
  const { detail, reason } = error
  switch (reason) {
    case "too-large":
      return new ContentTooLarge({ limit, detail })
    case "idempotency-key-reused":
      return new IdempotencyKeyReused({ detail })
    case "empty":
    case "invalid-name":
      return new UploadRejected({ reason, fileName, detail })
  }
}

/** The command that takes files in. */
export const make = Effect.gen(function* () {
  const rag = yield* Rag
  const config = yield* GatewayConfig
  const fs = yield* FileSystem.FileSystem
  const services = Context.make(FileSystem.FileSystem, fs).pipe(Context.add(Path.Path, yield* Path.Path))

  const handOver = Effect.fnUntraced(function* (
    { fileName, path }: UploadForm.ReceivedFile,
    upload: Omit<Parameters<Rag["Service"]["upload"]>[0], "fileName" | "content">
  ) {
    const accepted = yield* rag
      // What was written a moment ago can be read, or the machine is broken.
      .upload({ ...upload, fileName, content: Stream.orDie(fs.stream(path)) })
      .pipe(
        Effect.mapError((error) => {
          if (error._tag === "UploadRejected") return rejection(fileName, config.uploadMaxFileSize)(error)
          return error._tag === "RagUnavailable" && error.reason === "disk-full" ? storageFull : RagProblem.of(error)
        })
      )
    return { fileName, ...accepted } satisfies UploadAccepted
  })

  return Effect.fnUntraced(
    function* (parts: Stream.Stream<Multipart.Part, Multipart.MultipartError>, key: string | undefined) {
      const { files, metadata, replaces } = yield* UploadForm.receive(parts, config).pipe(
        // The rest of the body is not read.
        Effect.tapError(() => setHeader("connection", "close")),
        Effect.catchTag("PlatformError", (error) => (isFull(error) ? Effect.fail(storageFull) : Effect.die(error)))
      )
      const accepted = yield* Effect.forEach(files, (file, index) =>
        handOver(file, {
          metadata,
          ...(replaces === undefined ? {} : { replaces }),
          ...(key === undefined ? {} : { idempotencyKey: files.length === 1 ? key : `${key}#${index}` })
        })
      )
      yield* Effect.logInfo("upload accepted").pipe(
        Effect.annotateLogs({ documents: accepted.map(({ documentId }) => documentId) })
      )
      if (accepted.every(({ repeated }) => repeated)) yield* setHeader(replayedHeader, "true")
      const [first, ...more] = accepted
      return first !== undefined && more.length === 0 ? first : { items: accepted }
    },
    Effect.scoped,
    Effect.provideContext(services)
  )
})
