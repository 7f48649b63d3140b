import { Api } from "@resync/api/Api"
import { replayedHeader } from "@resync/api/Idempotency"
import { type Accepted } from "@resync/tws/model/Accepted"
import { type Justification } from "@resync/tws/model/Justification"
import { type ActionOptions, Tws } from "@resync/tws/Tws"
import { type TwsConflict, type TwsError, type TwsObjectNotFound } from "@resync/tws/TwsError"
import { Effect } from "effect"
import { HttpEffect, HttpServerResponse } from "effect/http"
import { HttpApiBuilder, type HttpApiEndpoint } from "effect/http-api"
import * as Group from "../http/Group.ts"
import * as TwsProblem from "../upstream/TwsProblem.ts"
import { Idempotency } from "./Idempotency.ts"

interface Command {
  readonly endpoint: HttpApiEndpoint.Top
  readonly params: { readonly id: string }
  readonly headers: { readonly "idempotency-key"?: string }
  readonly payload: { readonly justification?: Justification } | null
}

const markReplayed = HttpEffect.appendPreResponseHandler((_request, response) =>
  Effect.succeed(HttpServerResponse.setHeader(response, replayedHeader, "true"))
)

/** The options of an action, without what is not part of the action itself. */
const options = <Payload extends { readonly justification?: Justification }>(payload: Payload | null) => {
  const { justification: _, ...rest } = payload ?? ({} as Payload)
  return rest
}

/** Actions on the scheduler. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const tws = yield* Tws
    const idempotency = yield* Idempotency

    const run = Effect.fnUntraced(function* (
      command: Command,
      act: (options: ActionOptions) => Effect.Effect<Accepted, TwsError | TwsObjectNotFound | TwsConflict>
    ) {
      const { endpoint, headers, params, payload } = command
      const justification = payload?.justification
      const answer = yield* idempotency.once(
        headers["idempotency-key"],
        JSON.stringify([endpoint.identifier, params.id, payload]),
        act({ justification }).pipe(
          Effect.tap(() => Effect.logInfo("command accepted")),
          Effect.annotateLogs({ command: endpoint.identifier, object: params.id, ...justification }),
          Effect.mapError(TwsProblem.of)
        )
      )
      if (answer.replayed) yield* markReplayed
      return answer.value
    })

    return HttpApiBuilder.group(Api, "twsCommands", (handlers) =>
      handlers.handleAll({
        cancelJob: (command) =>
          run(command, (o) => tws.actOnJob(command.params.id, { _tag: "Cancel", ...options(command.payload) }, o)),
        rerunJob: (command) =>
          run(command, (o) => tws.actOnJob(command.params.id, { _tag: "Rerun", ...options(command.payload) }, o)),
        killJob: (command) => run(command, (o) => tws.actOnJob(command.params.id, { _tag: "Kill" }, o)),
        holdJob: (command) => run(command, (o) => tws.actOnJob(command.params.id, { _tag: "Hold" }, o)),
        releaseJob: (command) => run(command, (o) => tws.actOnJob(command.params.id, { _tag: "Release" }, o)),
        confirmJob: (command) => {
          const _tag = command.payload.outcome === "success" ? "ConfirmSuccess" : "ConfirmAbend"
          return run(command, (o) => tws.actOnJob(command.params.id, { _tag }, o))
        },
        submitJobStream: (command) =>
          run(command, (o) => tws.submitJobStream(command.params.id, options(command.payload), o)),
        cancelJobStream: (command) =>
          run(command, (o) =>
            tws.actOnJobStream(command.params.id, { _tag: "Cancel", ...options(command.payload) }, o)
          ),
        holdJobStream: (command) => run(command, (o) => tws.actOnJobStream(command.params.id, { _tag: "Hold" }, o)),
        releaseJobStream: (command) =>
          run(command, (o) => tws.actOnJobStream(command.params.id, { _tag: "Release" }, o)),
        linkWorkstation: (command) => run(command, (o) => tws.actOnWorkstation(command.params.id, { _tag: "Link" }, o)),
        unlinkWorkstation: (command) =>
          run(command, (o) => tws.actOnWorkstation(command.params.id, { _tag: "Unlink" }, o)),
        startWorkstation: (command) =>
          run(command, (o) => tws.actOnWorkstation(command.params.id, { _tag: "Start" }, o)),
        stopWorkstation: (command) => run(command, (o) => tws.actOnWorkstation(command.params.id, { _tag: "Stop" }, o)),
        replyToPrompt: (command) =>
          run(command, (o) => tws.replyToPrompt(command.params.id, command.payload.answer === "yes", o))
      })
    )
  })
)
