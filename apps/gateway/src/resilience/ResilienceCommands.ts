import { Api } from "@resync/api/Api"
import type { Justification } from "@resync/tws/model/Justification"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { answerOver } from "../commands/http/runOver.ts"
import { Commands } from "../commands/pipeline/Commands.ts"
import * as Kinds from "../commands/ResilienceCommandHandlers.ts"
import * as Group from "../http/Group.ts"

interface Input {
  readonly params: { readonly name: string }
  readonly headers: { readonly "idempotency-key"?: string }
  readonly payload: { readonly justification?: Justification } | null
}

/** What an operator does to the guards. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const run = answerOver(yield* Commands)
    const steer = (kind: typeof Kinds.ForceOpen) => (input: Input) =>
      run(kind, { name: input.params.name, ...input.payload }, input)
    return HttpApiBuilder.group(Api, "resilienceCommands", (handlers) =>
      handlers.handleAll({
        forceOpen: steer(Kinds.ForceOpen),
        forceClose: steer(Kinds.ForceClose),
        disable: steer(Kinds.Disable),
        reset: steer(Kinds.Reset),
        reconfigure: (input) => run(Kinds.Reconfigure, { name: input.params.name, patch: input.payload }, input)
      })
    )
  })
)
