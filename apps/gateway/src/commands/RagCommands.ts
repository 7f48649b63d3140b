import { Api } from "@resync/api/Api"
import { replayedHeader } from "@resync/api/Idempotency"
import { StorageFull } from "@resync/api/RagProblems"
import { Context, Effect, FileSystem, Path, type PlatformError, Predicate, type Stream } from "effect"
import { HttpEffect, HttpServerResponse, type Multipart } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { GatewayConfig } from "../config/GatewayConfig.ts"
import * as Group from "../http/Group.ts"
import { answerOver } from "./http/runOver.ts"
import { Commands } from "./pipeline/Commands.ts"
import * as Kinds from "./RagCommandKinds.ts"
import * as UploadForm from "./UploadForm.ts"

const setHeader = (name: string, value: string) =>
  HttpEffect.appendPreResponseHandler((_request, response) =>
    Effect.succeed(HttpServerResponse.setHeader(response, name, value))
  )

/** Whether the disk, or the share of it that this user has, is full. */
const isFull = ({ reason }: PlatformError.PlatformError) => {
  const { cause } = reason
  return Predicate.hasProperty(cause, "code") && (cause.code === "ENOSPC" || cause.code === "EDQUOT")
}

/** Changes of the knowledge base. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const run = answerOver(yield* Commands)
    const config = yield* GatewayConfig
    const services = Context.make(FileSystem.FileSystem, yield* FileSystem.FileSystem).pipe(
      Context.add(Path.Path, yield* Path.Path)
    )

    const receive = (parts: Stream.Stream<Multipart.Part, Multipart.MultipartError>) =>
      UploadForm.receive(parts, config).pipe(
        // The rest of the body is not read.
        Effect.tapError(() => setHeader("connection", "close")),
        Effect.catchTag("PlatformError", (error) =>
          isFull(error) ? Effect.fail(new StorageFull({ detail: "The upload could not be kept" })) : Effect.die(error)
        ),
        Effect.provideContext(services)
      )

    return HttpApiBuilder.group(Api, "ragCommands", (handlers) =>
      handlers.handleAll({
        upload: Effect.fnUntraced(function* (input) {
          const { files, metadata, replaces } = yield* receive(input.payload)
          const key = input.headers["idempotency-key"]
          const request = {
            files,
            metadata,
            ...(replaces === undefined ? {} : { replaces }),
            ...(key === undefined ? {} : { key })
          }
          // The files stay until the command has ended, also when the caller has hung up.
          const answer = yield* Effect.uninterruptible(run(Kinds.Upload, request, input))
          const accepted = "items" in answer ? answer.items : [answer]
          if (accepted.every(({ repeated }) => repeated)) yield* setHeader(replayedHeader, "true")
          return answer
        }, Effect.scoped),
        deleteDocument: (input) => Effect.asVoid(run(Kinds.DeleteDocument, input.params, input)),
        cancelIngestionJob: (input) => run(Kinds.CancelIngestion, input.params, input),
        retryIngestionJob: (input) => run(Kinds.RetryIngestion, input.params, input)
      })
    )
  })
)
