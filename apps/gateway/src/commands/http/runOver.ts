import { replayedHeader } from "@resync/api/Idempotency"
import type { Problem } from "@resync/api/Problem"
import { Effect } from "effect"
import { HttpEffect, HttpServerResponse } from "effect/http"
import type { Command } from "../../dispatch/Command.ts"
import type { Commands, Ran } from "../pipeline/Commands.ts"

/** Says with headers where the command is found, and whether it is the answer of an earlier one. */
const told = ({ commandId, replayed }: Ran<unknown>) =>
  HttpEffect.appendPreResponseHandler((_request, response) =>
    Effect.succeed(
      HttpServerResponse.setHeaders(response, {
        location: `/api/v1/commands/${commandId}`,
        ...(replayed ? { [replayedHeader]: "true" } : {})
      })
    )
  )

/** Runs a command for a request of HTTP. */
export const runOver =
  (commands: Commands["Service"]) =>
  <Request, Answer, E extends Problem>(
    command: Command<Request, Answer, E>,
    request: Request,
    { headers }: { readonly headers?: { readonly "idempotency-key"?: string } } = {}
  ) =>
    Effect.tap(commands.run(command, request, { key: headers?.["idempotency-key"] }), told)

/** The answer of a command that no policy makes wait. */
const answered = <A>(ran: Ran<A>): Effect.Effect<A> =>
  ran._tag === "Answered" ? Effect.succeed(ran.answer) : Effect.die(new Error("this command does not wait"))

/** Runs a command that no policy makes wait, for its answer. */
export const answerOver = (commands: Commands["Service"]) => {
  const run = runOver(commands)
  return <Request, Answer, E extends Problem>(
    command: Command<Request, Answer, E>,
    request: Request,
    input?: Parameters<typeof run>[2]
  ) => Effect.flatMap(run(command, request, input), answered)
}
