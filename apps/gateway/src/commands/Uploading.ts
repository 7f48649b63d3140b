import { createHash } from "node:crypto"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import { IdempotencyKeyReused } from "@resync/api/Idempotency"
import type { UploadAccepted } from "@resync/api/RagCommands"
import { StorageFull, UploadRejected } from "@resync/api/RagProblems"
import { ContentTooLarge } from "@resync/api/RequestProblems"
import { type Accepted, Rag } from "@resync/rag/Rag"
import type * as RagError from "@resync/rag/RagError"
import { Effect, FileSystem, Stream } from "effect"
import { GatewayConfig } from "../config/GatewayConfig.ts"
import * as Command from "../dispatch/Command.ts"
import type { UploadProblem, UploadRequest } from "./RagCommandKinds.ts"
import * as RagFate from "./RagFate.ts"
import type { ReceivedFile } from "./UploadForm.ts"

const rejection = (fileName: string, limit: number, { detail, reason }: RagError.UploadRejected) => {
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

/** Keys belong to their caller, which the knowledge base does not know. */
const keyOf = (principalId: string, key: string, index: number) =>
  createHash("sha256").update(`${principalId}\n${key}\n${index}`).digest("hex")

/** Hands files over to the knowledge base, one after the other, from the disk. */
export const make = Effect.gen(function* () {
  const rag = yield* Rag
  const fs = yield* FileSystem.FileSystem
  const { uploadMaxFileSize } = yield* GatewayConfig

  const failed = (
    fileName: string,
    error: RagError.RagError | RagError.UploadRejected | RagError.DocumentNotFound
  ): Command.Failed<UploadProblem> => {
    if (error._tag === "UploadRejected") return Command.refused(rejection(fileName, uploadMaxFileSize, error))
    return error._tag === "RagUnavailable" && error.reason === "disk-full"
      ? { fate: "notDone", problem: new StorageFull({ detail: "The upload could not be kept" }) }
      : RagFate.of(error)
  }

  return Effect.fnUntraced(function* ({ files, key, metadata, replaces }: UploadRequest) {
    const { id } = yield* CurrentPrincipal
    const handOver = ({ fileName, path }: ReceivedFile, index: number) =>
      rag
        .upload({
          fileName,
          metadata,
          // What was written a moment ago can be read, or the machine is broken.
          content: Stream.orDie(fs.stream(path)),
          ...(replaces === undefined ? {} : { replaces }),
          ...(key === undefined ? {} : { idempotencyKey: keyOf(id, key, index) })
        })
        .pipe(
          Effect.map((accepted: Accepted): UploadAccepted => ({ fileName, ...accepted })),
          Effect.mapError((error): Command.Failed<UploadProblem> => {
            const end = failed(fileName, error)
            // Those before it were taken in.
            return index === 0 ? end : { ...end, fate: "unknown" }
          })
        )
    const accepted = yield* Effect.forEach(files, handOver)
    const [first, ...more] = accepted
    return first !== undefined && more.length === 0 ? first : { items: accepted }
  })
})
