import { Api } from "@resync/api/Api"
import type { AcceptedCommand, AwaitingApproval } from "@resync/api/Command"
import type { Accepted } from "@resync/tws/model/Accepted"
import type { Justification } from "@resync/tws/model/Justification"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import * as Group from "../http/Group.ts"
import { runOver } from "./http/runOver.ts"
import { Commands, type Ran } from "./pipeline/Commands.ts"
import * as Kinds from "./TwsCommandKinds.ts"

const answer = (ran: Ran<Accepted>): AcceptedCommand | AwaitingApproval =>
  ran._tag === "Awaiting" ? ran.awaiting : { state: "accepted", commandId: ran.commandId, ...ran.answer }

interface Input<Id, Payload> {
  readonly params: { readonly id: Id }
  readonly headers: { readonly "idempotency-key"?: string }
  readonly payload: Payload
}

/** A body that was left out says nothing. */
const request = <Id, Payload extends { readonly justification?: Justification }>({
  params,
  payload
}: Input<Id, Payload | null>) => ({ id: params.id, ...(payload ?? ({} as Payload)) })

/** Actions on the scheduler. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const run = runOver(yield* Commands)
    return HttpApiBuilder.group(Api, "twsCommands", (handlers) =>
      handlers.handleAll({
        cancelJob: (input) => Effect.map(run(Kinds.CancelJob, request(input), input), answer),
        rerunJob: (input) => Effect.map(run(Kinds.RerunJob, request(input), input), answer),
        killJob: (input) => Effect.map(run(Kinds.KillJob, request(input), input), answer),
        holdJob: (input) => Effect.map(run(Kinds.HoldJob, request(input), input), answer),
        releaseJob: (input) => Effect.map(run(Kinds.ReleaseJob, request(input), input), answer),
        confirmJob: (input) => Effect.map(run(Kinds.ConfirmJob, request(input), input), answer),
        submitJobStream: (input) => Effect.map(run(Kinds.SubmitJobStream, request(input), input), answer),
        cancelJobStream: (input) => Effect.map(run(Kinds.CancelJobStream, request(input), input), answer),
        holdJobStream: (input) => Effect.map(run(Kinds.HoldJobStream, request(input), input), answer),
        releaseJobStream: (input) => Effect.map(run(Kinds.ReleaseJobStream, request(input), input), answer),
        linkWorkstation: (input) => Effect.map(run(Kinds.LinkWorkstation, request(input), input), answer),
        unlinkWorkstation: (input) => Effect.map(run(Kinds.UnlinkWorkstation, request(input), input), answer),
        startWorkstation: (input) => Effect.map(run(Kinds.StartWorkstation, request(input), input), answer),
        stopWorkstation: (input) => Effect.map(run(Kinds.StopWorkstation, request(input), input), answer),
        replyToPrompt: (input) => Effect.map(run(Kinds.ReplyToPrompt, request(input), input), answer)
      })
    )
  })
)
